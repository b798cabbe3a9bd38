"""What long work reads of the SQLite file: tables in the order of their keys, a page at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence

import apsw

from shopward.store.rows import ClassRow, FactRow, JobRow
from shopward.store.schema import query


class Scans:
    """Reads on the connection that no commit uses."""

    _reader: apsw.Connection

    async def jobs(self) -> list[JobRow]:
        """Every job there ever was, the oldest first."""
        rows = query(self._reader, "SELECT * FROM job ORDER BY started_ms, id")
        return [JobRow(*row) for row in rows]

    async def open_facts(self, types: Sequence[str], limit: int) -> list[FactRow]:
        """Up to `limit` facts of these types that are open, by type and id."""
        rows = query(
            self._reader,
            "SELECT * FROM fact WHERE type IN (SELECT value FROM json_each(?)) AND state = 'open'"
            " ORDER BY type, id LIMIT ?",
            (json.dumps(list(types)), limit),
        )
        return [FactRow(*row) for row in rows]

    async def scan(self, after: tuple[bytes, str], count: int) -> list[tuple[bytes, ClassRow]]:
        """Up to `count` records behind (subject, class), in the order of both."""
        rows = query(
            self._reader,
            "SELECT subject, class, version, epoch, wrapped, body, since_ms FROM record"
            " WHERE (subject, class) > (?, ?) ORDER BY subject, class LIMIT ?",
            (*after, count),
        )
        return [(row[0], ClassRow(*row[1:])) for row in rows]

    async def count_records(self) -> int:
        """How many records there are; counted one by one, so not for every request."""
        count: int = query(self._reader, "SELECT count(*) FROM record")[0][0]
        return count

    async def scan_aliases(self, after: bytes, count: int) -> list[tuple[bytes, int]]:
        """Up to `count` (digest, version) of aliases behind a digest, in its order."""
        rows = query(
            self._reader,
            "SELECT digest, version FROM alias WHERE digest > ? ORDER BY digest LIMIT ?",
            (after, count),
        )
        return [(digest, version) for digest, version in rows]

    async def owners(self, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        """Whose each alias is, for those there are."""
        rows = (
            query(
                self._reader,
                "SELECT digest, subject FROM carray(?) c JOIN alias ON digest = c.value",
                (apsw.carray(tuple(digests)),),
            )
            if digests
            else []
        )
        return dict(rows)

    async def scan_replays(self, after: bytes, count: int) -> list[tuple[bytes, bytes]]:
        """Up to `count` (digest, sealed answer) behind a digest, in its order."""
        rows = query(
            self._reader,
            "SELECT digest, sealed FROM replay WHERE digest > ? ORDER BY digest LIMIT ?",
            (after, count),
        )
        return [(digest, sealed) for digest, sealed in rows]

    async def log_keys(self) -> list[tuple[int, str, str]]:
        """(version, vkey, note) of the keys that signed the ledger after the first."""
        rows = query(self._reader, "SELECT version, vkey, note FROM log_key ORDER BY version")
        return [(version, vkey, note) for version, vkey, note in rows]
