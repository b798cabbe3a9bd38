"""What stands in a protected column: a customer's token, plain or shaped like a mail address.

    opaque    cus_ and 27 characters: 31
    mail      the same, then `@customer.invalid` (RFC 2606 §2: nobody's domain): 48

The last character of a token is a check over GF(32), as the vault makes it. That a text has the
form of a token says nothing about whose it is.
"""

from __future__ import annotations

import re

MAIL_END = "@customer.invalid"
CHARS = {"opaque": 31, "mail": 31 + len(MAIL_END)}
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_FORM = re.compile(r"(cus_([0-7][0-9a-hjkmnp-tv-z]{26}))(?:@customer\.invalid)?", re.ASCII)


def shaped(token: str, shape: str) -> str:
    """What the column holds for a token."""
    return token + MAIL_END if shape == "mail" else token


def token_in(text: object) -> str | None:
    """The token that a column's text holds; None where it holds something else."""
    found = _FORM.fullmatch(text) if isinstance(text, str) else None
    return found[1] if found is not None and _holds(found[2]) else None


def _holds(body: str) -> bool:
    total = 0
    for letter in body:
        doubled = total << 1 if total < 16 else total << 1 ^ 0b100101
        total = doubled ^ _ALPHABET.index(letter)
    return total == 0
