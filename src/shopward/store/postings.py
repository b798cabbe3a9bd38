"""What a store tells of the digests by which customers may be found.

Reads come at any time, on another connection than commits, and are bounded: whoever is found by
them is looked at again, under guards, before anything is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from shopward.store.rows import ClassRow, Matching, PostingRow, Snapshot


class Postings(Protocol):
    """The reads over digests; a part of every store."""

    async def customers(self, after: bytes, count: int) -> list[Snapshot]:
        """Up to `count` subjects behind one, in order, with all their classes."""

    async def snapshots(self, subjects: Sequence[bytes]) -> list[Snapshot]:
        """Those of these subjects that there are, with all their classes."""

    async def postings(self, subjects: Sequence[bytes]) -> list[PostingRow]:
        """Every digest by which these may be found."""

    async def tally(self, digests: Sequence[bytes], most: int) -> dict[bytes, int]:
        """How many customers have each digest, counted up to `most`."""

    async def matching(
        self, digest: bytes, others: Sequence[bytes], after: bytes, count: int
    ) -> Matching:
        """Who has a digest and all others, among the next `count` that have the first."""

    async def built(self) -> set[str]:
        """The indexes that every customer is in."""


def grouped(rows: Iterable[Sequence[Any]]) -> list[Snapshot]:
    """Snapshots out of rows of (subject, generation, erased ms, freeze, class …), in their order.

    The class is None for a subject that has none.
    """
    found: dict[bytes, Snapshot] = {}
    for subject, generation, erased_ms, freeze, name, *row in rows:
        if subject not in found:
            found[subject] = Snapshot(subject, generation, erased_ms, {}, freeze=freeze)
        if name is not None:
            found[subject].classes[name] = ClassRow(name, *row)
    return list(found.values())
