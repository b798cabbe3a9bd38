"""The digests by which customers may be found, read from the SQLite file."""

from __future__ import annotations

from collections.abc import Sequence

import apsw

from shopward.store.postings import grouped
from shopward.store.rows import Matching, PostingRow, Snapshot
from shopward.store.schema import query

WHOLE = """s.subject, s.generation, s.erased_ms, s.freeze,
       r.class, r.version, r.epoch, r.wrapped, r.body, r.since_ms"""
CUSTOMERS = f"""SELECT {WHOLE}
FROM (SELECT * FROM subject WHERE subject > ? ORDER BY subject LIMIT ?) s
LEFT JOIN record r ON r.subject = s.subject ORDER BY s.subject"""  # noqa: S608 - a constant
SNAPSHOTS = f"""SELECT {WHOLE} FROM carray(?) c CROSS JOIN subject s ON s.subject = c.value
LEFT JOIN record r ON r.subject = s.subject ORDER BY s.subject"""  # noqa: S608 - as above
POSTINGS = """SELECT p.digest, p.subject, p.name, p.version
FROM carray(?) c CROSS JOIN posting p ON p.subject = c.value ORDER BY p.subject, p.digest"""
TALLY = "SELECT count(*) FROM (SELECT 1 FROM posting WHERE digest = ? LIMIT ?)"
NEXT = "SELECT subject FROM posting WHERE digest = ? AND subject > ? ORDER BY subject LIMIT ?"
HAS_ALL = """SELECT p.subject FROM carray(?) c CROSS JOIN carray(?) d
CROSS JOIN posting p ON p.digest = d.value AND p.subject = c.value
GROUP BY p.subject HAVING count(*) = ? ORDER BY p.subject"""


class PostingReads:
    """Reads on the connection that no commit uses."""

    _reader: apsw.Connection

    async def customers(self, after: bytes, count: int) -> list[Snapshot]:
        """Up to `count` subjects behind one, in order, with all their classes."""
        return grouped(query(self._reader, CUSTOMERS, (after, count)))

    async def snapshots(self, subjects: Sequence[bytes]) -> list[Snapshot]:
        """Those of these subjects that there are, with all their classes."""
        if not subjects:
            return []
        return grouped(query(self._reader, SNAPSHOTS, (apsw.carray(tuple(subjects)),)))

    async def postings(self, subjects: Sequence[bytes]) -> list[PostingRow]:
        """Every digest by which these may be found."""
        if not subjects:
            return []
        rows = query(self._reader, POSTINGS, (apsw.carray(tuple(subjects)),))
        return [PostingRow(*row) for row in rows]

    async def tally(self, digests: Sequence[bytes], most: int) -> dict[bytes, int]:
        """How many customers have each digest, counted up to `most`."""
        return {one: query(self._reader, TALLY, (one, most))[0][0] for one in digests}

    async def matching(
        self, digest: bytes, others: Sequence[bytes], after: bytes, count: int
    ) -> Matching:
        """Who has a digest and all others, among the next `count` that have the first."""
        rows = query(self._reader, NEXT, (digest, after, count))
        subjects = [row[0] for row in rows]
        last = subjects[-1] if len(subjects) == count else None
        if subjects and others:
            given = apsw.carray(tuple(subjects)), apsw.carray(tuple(others)), len(others)
            subjects = [row[0] for row in query(self._reader, HAS_ALL, given)]
        return Matching(subjects, last)

    async def built(self) -> set[str]:
        """The indexes that every customer is in."""
        return {row[0] for row in query(self._reader, "SELECT name FROM built")}
