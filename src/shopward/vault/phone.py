"""The one form of a phone number: E.164, as libphonenumber understands it.

Most numbers come in that form already, and reading one with libphonenumber takes 40 µs. `is_plain`
recognises those that it would leave as they are, from its own data: the country code, the length,
and that no national prefix could be taken off. Everything else goes the long way; both agree.

Source: ITU-T E.164; libphonenumber's metadata by the `phonenumbers` package.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

_DIGITS: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_CODE_DIGITS: Final = (1, 2, 3)


def e164(text: str, region: str | None) -> str | None:
    """The number in E.164, with `;ext=` and its extension if it has one; None when it is none.

    Args:
        text: As written; personal data.
        region: ISO 3166-1 alpha-2, for numbers without a country code.
    """
    return text if is_plain(text) else _read(text, region)


def is_plain(text: str) -> bool:
    """Whether this is a possible number in E.164 that stays as it is."""
    if _DIGITS.fullmatch(text) is None:
        return False
    for count in _CODE_DIGITS:
        rules = _rules(int(text[1 : count + 1]))
        if rules is not None:
            lengths, prefix = rules
            national = text[count + 1 :]
            return len(national) in lengths and (prefix is None or prefix.match(national) is None)
    return False


def _read(text: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    form = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{form};ext={number.extension}" if number.extension else form


@cache
def _rules(code: int) -> tuple[frozenset[int], re.Pattern[str] | None] | None:
    """Lengths of a country code's national numbers, and the prefix that is taken off them."""
    regions = COUNTRY_CODE_TO_REGION_CODE.get(code)
    if not regions or regions[0] == "001":
        return None
    metadata = PhoneMetadata.metadata_for_region(regions[0])
    if metadata is None or metadata.general_desc is None:
        return None
    prefix = metadata.national_prefix_for_parsing
    lengths = frozenset(metadata.general_desc.possible_length)
    return lengths, re.compile(prefix) if prefix else None
