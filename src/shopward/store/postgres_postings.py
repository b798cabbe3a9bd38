"""The digests by which customers may be found, read from PostgreSQL."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from psycopg.types.numeric import Int8

from shopward.store.postgres_arrays import Blobs
from shopward.store.postgres_look import SUBJECTS
from shopward.store.postings import grouped
from shopward.store.rows import Matching, PostingRow, Snapshot

CUSTOMERS = """SELECT s.subject, s.generation, s.erased_ms, s."freeze",
       r.class, r.version, r.epoch, r.wrapped, r.body, r.since_ms
FROM (SELECT * FROM subject WHERE subject > %b ORDER BY subject LIMIT %b) s
LEFT JOIN record r ON r.subject = s.subject ORDER BY s.subject"""
POSTINGS = """SELECT digest, subject, name, version FROM posting
WHERE subject = ANY (%b) ORDER BY subject, digest"""
TALLY = """SELECT d.digest, (SELECT count(*) FROM (SELECT FROM posting p
WHERE p.digest = d.digest LIMIT %b) few) FROM unnest(%b) AS d (digest)"""
NEXT = "SELECT subject FROM posting WHERE digest = %b AND subject > %b ORDER BY subject LIMIT %b"
HAS_ALL = """SELECT subject FROM posting WHERE digest = ANY (%b) AND subject = ANY (%b)
GROUP BY subject HAVING count(*) = %b ORDER BY subject"""


class PostingReads(ABC):
    """Reads on the connection that no commit uses."""

    @abstractmethod
    async def _read(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows that a statement gives."""

    async def customers(self, after: bytes, count: int) -> list[Snapshot]:
        """Up to `count` subjects behind one, in order, with all their classes."""
        return grouped(await self._read(CUSTOMERS, after, Int8(count)))

    async def snapshots(self, subjects: Sequence[bytes]) -> list[Snapshot]:
        """Those of these subjects that there are, with all their classes."""
        found = grouped(await self._read(SUBJECTS, Blobs(subjects)))
        return sorted(found, key=lambda one: one.subject)

    async def postings(self, subjects: Sequence[bytes]) -> list[PostingRow]:
        """Every digest by which these may be found."""
        return [PostingRow(*row) for row in await self._read(POSTINGS, Blobs(subjects))]

    async def tally(self, digests: Sequence[bytes], most: int) -> dict[bytes, int]:
        """How many customers have each digest, counted up to `most`."""
        return dict(await self._read(TALLY, Int8(most), Blobs(digests)))

    async def matching(
        self, digest: bytes, others: Sequence[bytes], after: bytes, count: int
    ) -> Matching:
        """Who has a digest and all others, among the next `count` that have the first."""
        subjects = [row[0] for row in await self._read(NEXT, digest, after, Int8(count))]
        last = subjects[-1] if len(subjects) == count else None
        if subjects and others:
            given = Blobs(others), Blobs(subjects), Int8(len(others))
            subjects = [row[0] for row in await self._read(HAS_ALL, *given)]
        return Matching(subjects, last)

    async def built(self) -> set[str]:
        """The indexes that every customer is in."""
        return {row[0] for row in await self._read("SELECT name FROM built")}
