"""What verifying and tailing need of a stored log: five things, read from one snapshot.

The store implements it over its tables, the tests over lists. It reads; nothing here writes.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from shopward.ledger.entry import SALT_BYTES, Leaf, commitment


@dataclass(frozen=True, slots=True)
class Opened:
    """The salt (32 bytes) and details an entry commits to; personal data, kept out of `repr`."""

    salt: bytes = field(repr=False)
    details: bytes = field(repr=False)

    def opens(self, leaf: Leaf) -> bool:
        """Whether the leaf commits to these details under this salt."""
        if len(self.salt) != SALT_BYTES:
            return False
        return hmac.compare_digest(commitment(self.salt, self.details), leaf.commitment)


UNOPENABLE = Opened(b"", b"")
"""Stands for sealed details that have a key and yet do not open; matches no commitment."""


class LedgerReader(Protocol):
    """A snapshot of a stored log: size, head and entries belong to one moment."""

    @property
    def size(self) -> int:
        """How many leaves are stored."""
        ...

    @property
    def note(self) -> str:
        """The stored signed checkpoint."""
        ...

    def leaves(self, start: int, count: int) -> Sequence[bytes]:
        """The leaves from `start` on, at most `count`, in order."""
        ...

    def tile(self, level: int, index: int) -> bytes | None:
        """The 8,192 bytes of a full tile, None when it is not there."""
        ...

    def details(self, start: int, count: int) -> Sequence[Opened | None]:
        """What the leaves from `start` on commit to, aligned with `leaves`.

        None where it is erased or the reader has no key; `UNOPENABLE` where it should open.
        """
        ...
