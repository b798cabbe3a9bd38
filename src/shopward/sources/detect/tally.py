"""Counts over the values of one column: everything `judge` is told, and no value.

- Bounded: a few counters, at most `_CACHE` short values (dropped with the tally), and at most
  `MAX_DIGESTS` truncated digests by which an unkeyed hash is recognised.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from shopward.sources.detect.kinds import Kind
from shopward.sources.detect.numbers import digits
from shopward.sources.detect.plugins import Recogniser
from shopward.sources.detect.values import Look, Shape, look

MAX_DIGESTS: Final = 10_000
DIGEST_BYTES: Final = 8
_CACHE: Final = 256
_CACHED_CHARS: Final = 48
_DISTINCT: Final = 1_000
_HASHED: Final = frozenset({Kind.EMAIL, Kind.PHONE})


@dataclass(slots=True)
class Tally:
    """What was counted in one column.

    Attributes:
        seen: Values looked at, empty ones too.
        filled: Values that are not empty.
        whole: Kind to the values that are all of it.
        inside: Kind to the values that hold it among other text.
        tests: Found values that are made for tests.
        shapes: How values are written.
        wraps: What wraps other values, such as JSON.
        distinct: Hashes of up to 1,000 different values.
        hashes: Digests that a mail's or phone's unkeyed hash would begin with, by kind.
        digests: What values shaped like a digest begin with.
        recogniser: Says what running text holds beyond what has a form; optional.
    """

    seen: int = 0
    filled: int = 0
    whole: Counter[Kind] = field(default_factory=Counter)
    inside: Counter[Kind] = field(default_factory=Counter)
    tests: int = 0
    shapes: Counter[Shape] = field(default_factory=Counter)
    wraps: Counter[str] = field(default_factory=Counter)
    distinct: set[int] = field(default_factory=set, repr=False)
    hashes: dict[Kind, set[bytes]] = field(default_factory=dict, repr=False)
    digests: set[bytes] = field(default_factory=set, repr=False)
    recogniser: Recogniser | None = field(default=None, repr=False)
    _cache: dict[str, Look] = field(default_factory=dict, repr=False)

    def add(self, value: object) -> None:
        """Count one value as a driver or parser gives it."""
        self.seen += 1
        if value is None:
            return
        if isinstance(value, str):
            if value and not value.isspace():
                self._text(value)
        elif isinstance(value, bytes | bytearray | memoryview):
            self._bytes(bytes(value))
        else:
            self._plain(value)

    def wrapped(self, wrap: str) -> None:
        """Count one value whose leaves are counted elsewhere."""
        self.seen += 1
        self.filled += 1
        self.wraps[wrap] += 1

    def _text(self, value: str) -> None:
        self.filled += 1
        found = self._cache.get(value)
        if found is None:
            found = self._with_names(value, look(value))
            if len(self._cache) < _CACHE and len(value) <= _CACHED_CHARS:
                self._cache[value] = found
            if len(self.distinct) < _DISTINCT:
                self.distinct.add(hash(value))
            self._remember(value, found)
        self._count(found)

    def _with_names(self, value: str, found: Look) -> Look:
        """What a plug-in says of running text, added."""
        if self.recogniser is None or " " not in value or found.whole is not None:
            return found
        known = {str(kind): kind for kind in Kind}
        named = [known[name] for name in self.recogniser(value) if name in known]
        return found._replace(inside=(*found.inside, *named)) if named else found

    def _count(self, found: Look) -> None:
        self.shapes[found.shape] += 1
        if found.whole is not None:
            self.whole[found.whole] += 1
        for kind in found.inside:
            self.inside[kind] += 1
        self.tests += found.is_test

    def _plain(self, value: object) -> None:
        """A number, a date, a truth value."""
        self.filled += 1
        if isinstance(value, date):
            self.shapes[Shape.DATE] += 1
        elif isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**11:
            self._count(look(str(value)))
        else:
            self.shapes[Shape.NUMBER] += 1

    def _bytes(self, value: bytes) -> None:
        if not value:
            return
        try:
            text = value.decode()
        except UnicodeDecodeError:
            text = "\0"
        if "\0" not in text:
            self._text(text)
            return
        self.filled += 1
        self.shapes[Shape.BINARY] += 1

    def _remember(self, value: str, found: Look) -> None:
        if found.shape is Shape.HEX and len(self.digests) < MAX_DIGESTS:
            self.digests.add(bytes.fromhex(value.strip())[:DIGEST_BYTES])
        elif found.whole in _HASHED:
            kept = self.hashes.setdefault(found.whole, set())
            if len(kept) < MAX_DIGESTS:
                kept.update(unkeyed(found.whole, value))


def unkeyed(kind: Kind, value: str) -> list[bytes]:
    """How the hashes begin that shops make of a mail or phone: MD5, SHA-1 and SHA-256."""
    text = value.strip().lower() if kind is Kind.EMAIL else digits(value)
    data = text.encode()
    made = (
        hashlib.md5(data, usedforsecurity=False),
        hashlib.sha1(data, usedforsecurity=False),
        hashlib.sha256(data),
    )
    return [one.digest()[:DIGEST_BYTES] for one in made]
