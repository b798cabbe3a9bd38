"""The patterns of detection, on RE2 over bytes: linear in time, UTF-8 and damaged text alike.

RE2 looks neither ahead nor behind; `text` looks at the neighbours of a match itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

import re2

_BYTES: Final = re2.Options()
_BYTES.encoding = re2.Options.Encoding.LATIN1
_BYTES.log_errors = False


class Match(Protocol):
    """What is used of a match."""

    def start(self, group: int = 0) -> int:
        """Where it begins, in bytes."""

    def end(self, group: int = 0) -> int:
        """Where it ends, in bytes."""

    def group(self, group: int = 0) -> bytes:
        """The bytes that match."""

    def groups(self) -> tuple[bytes | None, ...]:
        """The bytes of every group."""


class Pattern(Protocol):
    """What is used of a pattern."""

    def finditer(self, text: bytes, pos: int = 0, endpos: int = ...) -> Iterator[Match]:
        """Every match, from left to right."""

    def search(self, text: bytes, pos: int = 0, endpos: int = ...) -> Match | None:
        """The first match."""

    def fullmatch(self, text: bytes) -> Match | None:
        """The match, if it is all of the text."""


def compiled(pattern: str) -> Pattern:
    """A pattern over bytes."""
    made: Pattern = re2.compile(pattern.encode(), _BYTES)
    return made


_PHONE_WORDS: Final = (
    "phone|mobile|cell|fax|tel|telephone|telefon|handy|téléphone|desk|office|call|number|reach|"
    "contact|whats ?app|sms|registered|messages to|answering at|dial|line"
)

MAIL: Final = compiled(
    r"(?i)[a-z0-9!#$%&'*+/=?^_`{|}~.\x80-\xff-]{1,64}@"
    r"(?:[a-z0-9\x80-\xff-]{1,63}\.)+[a-z\x80-\xff]{2,24}"
)
URL: Final = compiled(r"(?i)\bhttps?://[a-z0-9\x80-\xff][^\s<>\"'\\\x60]*")
V4: Final = compiled(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b")
V6: Final = compiled(
    r"(?i)\b(?:[0-9a-f]{1,4}:){2,7}(?::?[0-9a-f]{1,4}){1,7}\b|\b(?:[0-9a-f]{1,4}:){2,7}:"
)
CARD: Final = compiled(r"\b\d(?:[ -]?\d){11,22}\b")
IBAN: Final = compiled(r"(?i)\b[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,3})?\b")
SSN: Final = compiled(r"\b\d{3}-\d{2}-\d{4}\b")
PHONE: Final = compiled(r"(?:\+|\b|\()\d[\d ().-]{5,22}\d(?:x\d{2,5})?\b")
PLUS_PHONE: Final = compiled(r"\+\d[\d ().-]{5,22}\d(?:x\d{2,5})?\b")
PHONE_WORD: Final = compiled(rf"(?i)\b(?:{_PHONE_WORDS})\b")
AFTER_PHONE: Final = compiled(r"(?i)\A\s*-?(?:office|fax|mobile|home|cell|work)\b")
PHONE_TAIL: Final = compiled(r"(?i)\d\s*-?(?:office|fax|mobile|home|cell|work)\b")
SECRET: Final = compiled(
    r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"
    r"|\b(?:sk|rk)_live_[0-9A-Za-z]{16,}"
    r"|\bAKIA[0-9A-Z]{16}\b"
    r"|\bgh[opsu]_[0-9A-Za-z]{36}\b"
    r"|\bshp(?:at|ca|pa|ss)_[0-9a-f]{32}\b"
    r"|\bxox[bpars]-[0-9A-Za-z-]{20,}"
    r"|\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{20,}"
)
PASSWORD_HASH: Final = compiled(
    r"(?:pbkdf2_sha(?:1|256)|bcrypt(?:_sha256)?|scrypt|argon2)\$[^\s'\"]{16,}"
    r"|\$argon2i?d?\$v=[^\s'\"]{16,}"
    r"|\$(?:wp\$)?2[abxy]\$\d\d\$[./0-9A-Za-z]{53}"
    r"|\$[PH]\$[./0-9A-Za-z]{31}"
    r"|\$[156]\$[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{22,86}"
)
