"""Tokens: what a shop keeps where a customer's data used to be.

A token says nothing about the customer; it is drawn at random and stored as a keyed digest. This
module does not store tokens, and a token is a name, not a credential: whoever holds one still
needs a caller's credential and a purpose.

Formats, in lower case Crockford base32 (`0-9 a-z` without `i l o u`):

    cus_ | tok_   26 characters of 128 random bits, 1 check character
    mail          the same 27 characters, then `@token.invalid` (RFC 2606 §2: nobody's domain)
    phone         +999, 11 random digits, 1 check digit: 15 digits, the most that E.164 allows

- The check character catches every substitution of one character and every transposition of two,
  adjacent or not: it is a sum over GF(32) with distinct weights. ISO 7064 MOD 37,36 was not
  taken since it misses a transposition.
- The check digit catches every substitution and every adjacent transposition (Damm).
- +999 is assigned to nobody (ITU-T E.164.D); 11 digits are 36 bits, so that two may meet: the
  unique index notices and the caller draws again. libphonenumber calls such a number invalid.

Source: Crockford base32; RFC 9562 §5.7 for subject ids; Damm, Total anti-symmetric quasigroups.
"""

from __future__ import annotations

import os
import re
from datetime import datetime
from typing import Final, Literal

from shopward.clock import to_ms

Shape = Literal["opaque", "mail", "phone"]

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS: Final = [high + low for high in _ALPHABET for low in _ALPHABET]
_VALUES: Final = bytes.maketrans(_ALPHABET.encode(), bytes(range(32)))
_DOUBLE: Final = tuple(e << 1 if e < 16 else e << 1 ^ 0b100101 for e in range(32))
"""Times x in GF(32) = GF(2)[x] / (x^5 + x^2 + 1), where x has 31 distinct powers."""

_MAIL_END: Final = "@token.invalid"
_PHONE_START: Final = "+999"
_PHONE_RANDOM: Final = 10**11
_OPAQUE: Final = re.compile(r"(?:cus|tok)_([0-7][0-9a-hjkmnp-tv-z]{26})", re.ASCII)
_MAIL: Final = re.compile(r"([0-7][0-9a-hjkmnp-tv-z]{26})@token\.invalid", re.ASCII)
_PHONE: Final = re.compile(r"\+999([0-9]{12})", re.ASCII)
_DAMM: Final = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


def new_token(prefix: Literal["cus", "tok"]) -> str:
    """A fresh opaque token of 31 characters: `cus` for a customer, `tok` for one value."""
    return f"{prefix}_{_checked(os.urandom(16))}"


def new_mail_token() -> str:
    """A fresh token of 41 characters for a column that takes only mail addresses."""
    return _checked(os.urandom(16)) + _MAIL_END


def new_phone_token() -> str:
    """A fresh token of 16 characters for a column that takes only phone numbers.

    Two may be alike: store it under a unique index and draw again when it is taken.
    """
    return _phone(int.from_bytes(os.urandom(16), "big") % _PHONE_RANDOM)


def new_shaped_token(shape: Shape) -> str:
    """A fresh token for one value, in the shape that the policy names for its field."""
    if shape == "mail":
        return new_mail_token()
    if shape == "phone":
        return new_phone_token()
    return new_token("tok")


def is_token(text: str) -> bool:
    """Whether this has the form of one of our tokens and its check character holds.

    It may still be nobody's. Tokens are compared exactly: upper case is another text.
    """
    if match := _OPAQUE.fullmatch(text) or _MAIL.fullmatch(text):
        return _check_sum(match[1]) == 0
    if match := _PHONE.fullmatch(text):
        return _damm(match[1]) == 0
    return False


def new_subject_id(now: datetime) -> bytes:
    """A fresh id of a customer: 16 bytes in the layout of UUIDv7, so that rows sort by age.

    Source: RFC 9562 §5.7.
    """
    return _subject_id(to_ms(now), os.urandom(10))


def _subject_id(milliseconds: int, random: bytes) -> bytes:
    head = milliseconds.to_bytes(6, "big")
    version = bytes([0x70 | (random[0] & 0x0F), random[1]])
    variant = bytes([0x80 | (random[2] & 0x3F)])
    return head + version + variant + random[3:10]


def _checked(random: bytes) -> str:
    """26 characters of 16 bytes, most significant first, and their check character."""
    number = int.from_bytes(random, "big")
    text = "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])
    return text + _ALPHABET[_DOUBLE[_check_sum(text)]]


def _check_sum(text: str) -> int:
    """The sum over GF(32) of each character times a power of x; 0 for a whole token."""
    total = 0
    for value in text.encode("ascii").translate(_VALUES):
        total = _DOUBLE[total] ^ value
    return total


def _phone(number: int) -> str:
    digits = f"{number:011}"
    return f"{_PHONE_START}{digits}{_damm(digits)}"


def _damm(digits: str) -> int:
    """The interim digit after these digits; 0 for a whole number."""
    interim = 0
    for digit in digits:
        interim = int(_DAMM[interim][int(digit)])
    return interim
