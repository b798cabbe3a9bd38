"""What check digits and known ranges say about a number, and which numbers are made for tests.

Values come in as bytes or text and go no further; a test number is one that its issuer or a
standard published for tests, examples or documentation.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import phonenumbers

_DOCUMENTATION_V4: Final = ("192.0.2.", "198.51.100.", "203.0.113.", "127.", "10.", "192.168.")
_TEST_CARDS: Final = frozenset(
    {
        "4242424242424242", "4000056655665556", "5555555555554444", "2223003122003222",
        "5200828282828210", "5105105105105100", "378282246310005", "371449635398431",
        "6011111111111117", "6011000990139424", "3056930009020004", "36227206271667",
        "3566002020360505", "6200000000000005", "4111111111111111", "4012888888881881",
        "4222222222222", "5454545454545454", "4000000000000002", "4000002500003155",
        "30569309025904", "38520000023237", "3530111333300000", "5431111111111111",
    }
)  # fmt: skip
_TEST_IBANS: Final = frozenset(
    {
        "GB82WEST12345698765432", "DE89370400440532013000", "FR1420041010050500013M02606",
        "GB33BUKB20201555555555", "NL91ABNA0417164300", "ES9121000418450200051332",
        "IT60X0542811101000000123456", "AT611904300234573201", "BE68539007547034",
        "CH9300762011623852957",
    }
)  # fmt: skip
_TEST_SSNS: Final = frozenset({"078-05-1120", "219-09-9999", "123-45-6789"})
_TEST_MAIL: Final = re.compile(
    r"@(?:[^@]*\.)?(?:example(?:\.(?:com|org|net))?|test|invalid|localhost)$"
)
_TEST_PHONE: Final = re.compile(r"1?\d{3}55501\d\d|441632960\d{3}|447700900\d{3}|3363998\d{4}")
_LIKE_VAT: Final = re.compile(r"[A-Z]{2}[0-9A-Z+*. ]{8,13}")
_NOT_DIGIT: Final = re.compile(r"\D")

_ISSUERS: Final = (
    (re.compile(r"4"), {13, 16, 19}),
    (re.compile(r"3[47]"), {15}),
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), {16}),
    (re.compile(r"6011|65|64[4-9]"), {16, 17, 18, 19}),
    (re.compile(r"3[689]|30[0-5]"), {14, 15, 16, 17, 18, 19}),
    (re.compile(r"352[89]|35[3-8]"), {16, 17, 18, 19}),
    (re.compile(r"62"), {16, 17, 18, 19}),
    (re.compile(r"5018|5020|5038|5893|6304|6759|676[1-3]|0604|6390|5612"), set(range(12, 20))),
    (re.compile(r"2131|1800"), {15}),
)


def digits(text: str) -> str:
    """The digits of a text."""
    return _NOT_DIGIT.sub("", text)


def is_luhn(number: str) -> bool:
    """Whether the check digit of a number holds.

    Source: ISO/IEC 7812-1 Annex B.
    """
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = ord(digit) - 48
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def is_card(number: str) -> bool:
    """Whether digits are a card number: a known issuer's range and length, and its check digit."""
    known = any(len(number) in lengths and first.match(number) for first, lengths in _ISSUERS)
    return known and len(set(number)) > 1 and is_luhn(number)


def is_test_card(number: str) -> bool:
    """Whether a card number is one that gateways publish for tests."""
    return number in _TEST_CARDS


def is_iban(text: str) -> bool:
    """Whether a text is an IBAN by length, national format and check digits."""
    compact = text.replace(" ", "").upper()
    if int("".join(str(int(letter, 36)) for letter in compact[4:] + compact[:4])) % 97 != 1:
        return False
    from stdnum import iban  # noqa: PLC0415 - it reads a table of countries

    return bool(iban.is_valid(compact))


def is_test_iban(text: str) -> bool:
    """Whether an IBAN is one of the published examples."""
    return text.replace(" ", "").upper() in _TEST_IBANS


def is_vat(text: str) -> bool:
    """Whether a text is a VAT number of an EU country, with its check digits."""
    if not _LIKE_VAT.fullmatch(text):
        return False
    from stdnum.eu import vat  # noqa: PLC0415 - it reads a module per country

    return bool(vat.is_valid(text))


def is_ssn(text: str) -> bool:
    """Whether `AAA-GG-SSSS` can have been issued.

    Source: Social Security Administration, POMS RM 10201.030.
    """
    area, group, serial = text.split("-")
    return area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000"


def is_test_ssn(text: str) -> bool:
    """Whether it is one of the numbers printed in advertisements."""
    return text in _TEST_SSNS


def is_v4(text: str) -> bool:
    """Whether four numbers are an address: each below 256 and without a leading zero."""
    return all(len(part) == 1 or (part[0] != "0" and int(part) < 256) for part in text.split("."))


def is_inner_v4(text: str) -> bool:
    """Whether an address is for documentation, loopback or a private network: of no person."""
    return text.startswith(_DOCUMENTATION_V4)


def is_test_mail(address: str) -> bool:
    """Whether a mail address is in a domain that is reserved for examples.

    Source: RFC 2606.
    """
    return _TEST_MAIL.search(address.lower()) is not None


def is_phone(text: str) -> bool:
    """Whether a number with its country code is possible."""
    try:
        return bool(phonenumbers.is_possible_number(phonenumbers.parse(text)))
    except phonenumbers.NumberParseException:
        return False


@cache
def _region_of(name: str) -> str | None:
    known = phonenumbers.SUPPORTED_REGIONS
    return name if name in known else None


def is_national_phone(text: str, region: str) -> bool:
    """Whether a number without a country code is possible in a region such as `DE`."""
    if _region_of(region) is None:
        return False
    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(text, region)))
    except phonenumbers.NumberParseException:
        return False


def is_test_phone(number: str) -> bool:
    """Whether the digits are of a range that is kept for films and examples."""
    return _TEST_PHONE.fullmatch(number) is not None
