"""Words that a password must not be made of, kept as digests: nobody reads them where they lie.

Between typing an address and choosing a password lie several requests, and the address is kept
nowhere. What is kept of its words finds them again in a password that is made of them.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from shopward.identity.password import normalise

_HEX: Final = 32
Kept = Sequence[tuple[int, str]]


def kept(words: Iterable[str], key: bytes) -> list[tuple[int, str]]:
    """What is kept of them: each one's length in code points, and 32 hex digits of its digest."""
    return [(len(word), _digest(word, key)) for word in words]


def found(typed: str, words: Kept, key: bytes) -> tuple[str, ...]:
    """Those of the kept words that stand in a password, case aside. Secret."""
    text = normalise(typed).casefold()
    known = {(size, digest) for size, digest in words}
    parts = {part for size in {size for size, _ in known} for part in _parts(text, size)}
    return tuple(sorted(part for part in parts if (len(part), _digest(part, key)) in known))


def _parts(text: str, size: int) -> Iterator[str]:
    return (text[at : at + size] for at in range(len(text) - size + 1))


def _digest(word: str, key: bytes) -> str:
    return hmac.digest(key, word.encode("utf-8", "surrogatepass"), "sha256").hex()[:_HEX]
