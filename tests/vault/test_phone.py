"""The short way and the long way read every phone number alike."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneNumberType

from shopward.vault.phone import _read, e164, is_plain

CODES = sorted(COUNTRY_CODE_TO_REGION_CODE)
TYPES = sorted(PhoneNumberType.values())


@given(st.sampled_from(CODES), st.from_regex("[0-9]{1,13}", fullmatch=True))
@example(49, "0301234567")
@example(39, "0612345678")
@example(54, "91123456789")
@example(52, "15512345678")
@example(1, "1201555012")
@example(7, "8800123456")
def test_what_is_plain_is_left_as_it_is(code: int, national: str) -> None:
    text = f"+{code}{national}"
    if is_plain(text):
        assert _read(text, None) == text


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_every_country_s_own_numbers_have_one_form(region: str) -> None:
    for kind in TYPES:
        number = phonenumbers.example_number_for_type(region, kind)
        if number is None:
            continue
        text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        assert e164(text, None) == _read(text, None)
        if is_plain(text):
            assert _read(text, None) == text


@pytest.mark.parametrize(
    "text",
    ["", "+", "+49", "491512345678", "+4915100000077;ext=1", "+٤٩١٥١٢٣٤٥٦٧٨", "+0491512345678"],
)
def test_what_is_not_in_that_form_goes_the_long_way(text: str) -> None:
    assert not is_plain(text)


def test_a_plain_mobile_number_goes_the_short_way() -> None:
    assert is_plain("+4915112345678")
    assert is_plain("+12015550123")
