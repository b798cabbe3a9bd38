"""What a crash may never cost, by name, and how often each was looked at and found broken."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

INVARIANTS: Final = {
    "write": "an acknowledged write is there, with its value",
    "denial": "an acknowledged denial is entered",
    "look": "an acknowledged look is entered",
    "unentered": "no record without its entry",
    "unwritten": "no entry without its record",
    "half": "a write that was not answered happened whole or not at all",
    "key": "an idempotency key gets the same answer after the restart",
    "ledger": "the ledger verifies, and holds every checkpoint that was seen outside",
    "receipt": "a receipt given before proves after",
    "erased": "an acknowledged erasure stays erased",
    "keystore": "the keystore is whole and knows every epoch it knew",
}


class BrokenError(Exception):
    """A promise was seen broken while the load was still on."""


@dataclass(slots=True)
class Verdict:
    """Counts by invariant; `words` says what was broken, without values."""

    looked: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    words: list[str] = field(default_factory=list)

    def judge(self, invariant: str, holds: object, words: str) -> None:
        """One look at one invariant."""
        assert invariant in INVARIANTS
        self.looked[invariant] += 1
        if not holds:
            self.broken[invariant] += 1
            self.words.append(f"{invariant}: {words}")

    def add(self, other: Verdict) -> None:
        """The counts of another crash."""
        self.looked += other.looked
        self.broken += other.broken
        self.words += other.words
