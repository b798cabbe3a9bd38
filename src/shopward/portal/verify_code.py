"""The code in each mail of ours: twelve letters that say "we sent this", and to nobody to whom.

    K7QF-2M9X-4PTB      60 secret bits in Crockford's base32, which has no I, L, O and U

Kept is its SHA-256 with the day and the kind of mail. How often it was asked for is counted: a code
belongs to one mail to one person, so one that many people ask about was copied.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHARS: Final = 12
MANY: Final = 5
"""After so many checks a code is told to be copied, perhaps."""
_ALIKE: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_FORM: Final = re.compile(rf"[{ALPHABET}]{{{CHARS}}}")
_IN_TEXT: Final = re.compile(r"\b[0-9A-Za-z]{4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}\b")


def of(secret: bytes) -> str:
    """The twelve letters of a secret of 8 bytes or more, such as a keyed hash of the mail's id."""
    bits = int.from_bytes(secret[:8], "big") >> 4
    return "".join(ALPHABET[(bits >> shift) & 31] for shift in range(55, -1, -5))


def spelled(letters: str) -> str:
    """A code as it stands in a mail."""
    return "-".join(letters[at : at + 4] for at in range(0, CHARS, 4))


def read(typed: str) -> str | None:
    """The twelve letters of what somebody typed; None where it is no code."""
    letters = re.sub(r"[\s\-\u2013\u2014.]", "", typed).upper().translate(_ALIKE)
    return letters if _FORM.fullmatch(letters) else None


def found_in(text: str) -> list[str]:
    """The codes that stand in a text, each once."""
    codes = (read(one) for one in _IN_TEXT.findall(text) if is_likely(one))
    return list(dict.fromkeys(filter(None, codes)))


def is_likely(typed: str) -> bool:
    """Whether it is a code rather than three words: it has a digit, or is spelled in capitals."""
    has_digit = any(map(str.isdigit, typed))
    return read(typed) is not None and (has_digit or typed.isupper())


def digest(letters: str) -> str:
    """What is stored of a code, 64 hex digits."""
    return hashlib.sha256(f"verify-code\x00{letters}".encode()).hexdigest()
