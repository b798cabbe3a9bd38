"""The shared store: vault and ledger in one PostgreSQL database that several processes serve.

Each process keeps two connections: one for looks and commits, which follow each other, and one for
the other reads. Both are made when they are needed and again when they were lost, so that the vault
goes on by itself when PostgreSQL comes back.

- A read that lost its connection is done once more on another; so is a group before its COMMIT.
- Lost while it commits, a group is looked for in the ledger under the ledger's lock, which the
  server gives away only when the lost transaction has ended. What is told after is the truth; when
  the server does not come back in time, what is told is that nobody knows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, TypeVar

import psycopg
from psycopg.types.numeric import Int8

from shopward.clock import monotonic_s
from shopward.errors import UnavailableError
from shopward.store.port import (
    Change,
    Clock,
    Ledger,
    Looked,
    Need,
    Outcome,
    State,
)
from shopward.store.postgres_arrays import Blobs, Numbers, Texts
from shopward.store.postgres_line import BY_KEY, Address, is_lost
from shopward.store.postgres_look import asked, found
from shopward.store.postgres_postings import PostingReads
from shopward.store.postgres_use import Line
from shopward.store.postgres_writer import (
    BEGIN,
    HEAD,
    SEEN,
    Connection,
    Staged,
    Writer,
    follow,
    one,
)
from shopward.store.rows import (
    CallerRow,
    ClassRow,
    FactRow,
    FrozenRow,
    Head,
    JobRow,
    LeafRow,
    PastLog,
)

Result = TypeVar("Result")

DOUBT_S = 10.0
"""How long a group whose outcome is unknown waits for the server, before that is what is told."""
AGAIN_S = 0.2


class PostgresStore(PostingReads):
    """Vault and ledger in one PostgreSQL database."""

    is_exclusive = False

    def __init__(self, address: Address, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._writer = Writer(ledger, clock, is_pooled=address.is_pooled)
        self._line = Line(address, BY_KEY)
        self._reading = Line(address)

    async def close(self) -> None:
        """Closes both connections; nothing may be under way."""
        await self._line.drop()
        await self._reading.drop()

    # Looks and commits

    async def look(self, needs: Sequence[Need]) -> Looked:
        """What each need found, as last committed.

        The revision is read first: what is found is never older than it.
        """
        return await self._line.use(lambda connection: self._look(connection, needs))

    async def _look(self, connection: Connection, needs: Sequence[Need]) -> Looked:
        size, now_ms = Int8(self._ledger.size), Int8(self._clock())
        asks = asked(needs, now_ms)
        async with connection.pipeline():
            seen = await connection.execute(SEEN, (size,), binary=True)
            cursors = [await connection.execute(*one, binary=True) for one in asks]
            head = await one(seen)
            answers = {
                sql: await cursor.fetchall() for (sql, _), cursor in zip(asks, cursors, strict=True)
            }
        as_of, state = await self._follow(connection, head)
        return Looked(found(needs, answers), as_of, state)

    async def refresh(self) -> State:
        """The state as last committed; the ledger's edge follows what others appended."""

        async def read(connection: Connection) -> State:
            seen = await connection.execute(SEEN, (Int8(self._ledger.size),), binary=True)
            return (await self._follow(connection, await one(seen)))[1]

        return await self._line.use(read)

    async def _follow(self, connection: Connection, head: tuple[Any, ...]) -> tuple[int, State]:
        size, note, policy, callers, revision, fresh = head
        await follow(connection, self._ledger, size, note, fresh)
        return revision, State(policy, callers)

    async def commit(self, changes: Sequence[Change], as_of: int) -> list[Outcome]:
        """Applies the changes, each whole or not at all; durable when this returns.

        Args:
            changes: In the order of their leaves.
            as_of: The revision at which they were looked up.

        Raises:
            UnavailableError: The server cannot write, and nothing was; with the reason
                `outcome-unknown`: the server was lost while it committed.
            IntegrityError: Another program changed the ledger.
        """

        async def write(connection: Connection) -> list[Outcome]:
            staged = await self._writer.begin(connection, changes, as_of)
            try:
                await self._writer.commit(connection, staged)
            except psycopg.Error as error:
                if not is_lost(error, connection) or not await self._is_durable(staged):
                    raise
            if staged.drafts:
                self._ledger.accept(staged.batch)
            return staged.outcomes

        return await self._line.use(write)

    async def _is_durable(self, staged: Staged) -> bool:
        """Whether a group that was lost while it committed is in the ledger.

        Raises:
            UnavailableError: The server stays away.
        """
        until_s = monotonic_s() + DOUBT_S
        while staged.drafts:
            await self._line.drop()
            try:
                return await self._is_written(await self._line.open(), staged)
            except psycopg.Error:
                if monotonic_s() > until_s:
                    raise UnavailableError(
                        "PostgreSQL was lost while it committed; whether this was written is not"
                        " known.",
                        hint="Ask again later, or repeat it under the same Idempotency-Key.",
                        reason="outcome-unknown",
                    ) from None
                await asyncio.sleep(AGAIN_S)
        return False

    async def _is_written(self, connection: Connection, staged: Staged) -> bool:
        """Whether the leaves are in the ledger, asked under its lock: nobody is writing it."""
        await connection.execute(BEGIN)
        await connection.execute(HEAD)
        rows = await self._leaves(connection, staged.batch.first, 1)
        await connection.execute("ROLLBACK")
        return bool(rows) and rows[0].leaf == staged.batch.leaves[0]

    # Reads at any time

    async def facts(self, subject: bytes) -> list[FactRow]:
        """Every fact about one subject, by type and id."""
        sql = """SELECT type, id, subject, state, expires_ms, version FROM fact
        WHERE subject = %b ORDER BY type, id"""
        return [FactRow(*row) for row in await self._read(sql, subject)]

    async def callers(self) -> list[CallerRow]:
        """Every caller ever made, the revoked too."""
        return [caller_row(row) for row in await self._read(CALLERS)]

    async def due(self, before: Sequence[tuple[str, int]], limit: int) -> list[bytes]:
        """Customers with a row of a class that counts from that moment or earlier."""
        classes, moments = zip(*before, strict=True) if before else ((), ())
        rows = await self._read(DUE, Texts(classes), Numbers(moments), Int8(limit))
        return [row[0] for row in rows]

    async def left(self, classes: Sequence[str], limit: int) -> list[bytes]:
        """Erased customers with a row of another class than these."""
        return [row[0] for row in await self._read(LEFT, Texts(classes), Int8(limit))]

    async def terms(self, before: Sequence[tuple[str, int]]) -> dict[str, tuple[int, int | None]]:
        """By class: how many customers' rows count from that moment or earlier, and the first."""
        classes, moments = zip(*before, strict=True) if before else ((), ())
        rows = await self._read(TERMS, Texts(classes), Numbers(moments))
        return {name: (count, first) for name, count, first in rows}

    async def seen(self, day: int, caller: str, purpose: str) -> set[bytes]:
        """The customers that a caller looked at for a purpose on one day."""
        sql = "SELECT subject FROM seen WHERE day = %b AND caller = %b AND purpose = %b"
        return {row[0] for row in await self._read(sql, Int8(day), caller, purpose)}

    async def frozen(self, name: str, now_ms: int, limit: int) -> list[FrozenRow]:
        """Up to `limit` customers with a freeze that stands, the first to end first."""
        rows = await self._read(FROZEN, name, Int8(now_ms), Int8(limit))
        return [FrozenRow(subject, freeze, ClassRow(*row)) for subject, freeze, *row in rows]

    async def policy(self, sha256: str) -> tuple[bytes, bytes] | None:
        """(source, proof of 32 bytes) of a policy that was once in force."""
        rows = await self._read("SELECT source, proof FROM policy WHERE sha256 = %b", sha256)
        return (rows[0][0], rows[0][1]) if rows else None

    async def classes(self, subjects: Sequence[bytes], name: str) -> dict[bytes, ClassRow]:
        """The row of one retention class for each subject that still has it."""
        sql = """SELECT subject, class, version, epoch, wrapped, body, since_ms FROM record
        WHERE subject = ANY (%b) AND class = %b"""
        rows = await self._read(sql, Blobs(set(subjects)), name)
        return {row[0]: ClassRow(*row[1:]) for row in rows}

    async def open_facts(self, types: Sequence[str], limit: int) -> list[FactRow]:
        """Up to `limit` facts of these types that are open, by type and id."""
        sql = """SELECT * FROM fact WHERE type = ANY (%b) AND state = 'open'
        ORDER BY type, id LIMIT %b"""
        return [FactRow(*row) for row in await self._read(sql, Texts(types), Int8(limit))]

    async def jobs(self) -> list[JobRow]:
        """Every job there ever was, the oldest first."""
        rows = await self._read("SELECT * FROM job ORDER BY started_ms, id")
        return [JobRow(*row) for row in rows]

    async def scan(self, after: tuple[bytes, str], count: int) -> list[tuple[bytes, ClassRow]]:
        """Up to `count` records behind (subject, class), in the order of both."""
        sql = """SELECT subject, class, version, epoch, wrapped, body, since_ms FROM record
        WHERE (subject, class) > (%b, %b) ORDER BY subject, class LIMIT %b"""
        rows = await self._read(sql, *after, Int8(count))
        return [(row[0], ClassRow(*row[1:])) for row in rows]

    async def count_records(self) -> int:
        """How many records there are; counted one by one, so not for every request."""
        count: int = (await self._read("SELECT count(*) FROM record"))[0][0]
        return count

    async def scan_aliases(self, after: bytes, count: int) -> list[tuple[bytes, int]]:
        """Up to `count` (digest, version) of aliases behind a digest, in its order."""
        sql = "SELECT digest, version FROM alias WHERE digest > %b ORDER BY digest LIMIT %b"
        return [(row[0], row[1]) for row in await self._read(sql, after, Int8(count))]

    async def owners(self, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        """Whose each alias is, for those there are."""
        sql = "SELECT digest, subject FROM alias WHERE digest = ANY (%b)"
        return dict(await self._read(sql, Blobs(digests)))

    async def scan_replays(self, after: bytes, count: int) -> list[tuple[bytes, bytes]]:
        """Up to `count` (digest, sealed answer) behind a digest, in its order."""
        sql = "SELECT digest, sealed FROM replay WHERE digest > %b ORDER BY digest LIMIT %b"
        return [(row[0], row[1]) for row in await self._read(sql, after, Int8(count))]

    async def log_keys(self) -> list[tuple[int, str, str]]:
        """(version, vkey, note) of the keys that signed the ledger after the first."""
        rows = await self._read("SELECT version, vkey, note FROM log_key ORDER BY version")
        return [(version, vkey, note) for version, vkey, note in rows]

    async def leaves(self, start: int, count: int) -> list[LeafRow]:
        """Up to `count` leaves from a position on, in order."""
        return await self._reading.use(lambda line: self._leaves(line, start, count))

    async def _leaves(self, connection: Connection, start: int, count: int) -> list[LeafRow]:
        cursor = await connection.execute(LEAF_ROWS, (Int8(start), Int8(count)), binary=True)
        return [LeafRow(*row) for row in await cursor.fetchall()]

    async def leaves_of(self, subject: bytes, before: int, count: int) -> list[LeafRow]:
        """Up to `count` leaves under a subject's key, before a position, the newest first."""
        rows = await self._read(LEAVES_OF, subject, Int8(before), Int8(count))
        return [LeafRow(*row) for row in rows]

    async def tile(self, level: int, position: int) -> bytes | None:
        """A full tile of 256 hashes (8192 bytes), if it is complete."""
        rows = await self._read(TILE, Int8(level), Int8(position))
        return rows[0][0] if rows else None

    async def head(self) -> Head:
        """The head of the ledger as last committed."""
        return Head(*(await self._read("SELECT size, time_ms, note, policy, callers FROM head"))[0])

    async def past_logs(self) -> list[PastLog]:
        """The logs before the present one, the oldest first."""
        return [PastLog(*row) for row in await self._read(PAST_LOGS)]

    async def past_leaves(self, log: int, start: int, count: int) -> list[LeafRow]:
        """Up to `count` leaves of a past log, in order."""
        rows = await self._read(PAST_LEAVES, *map(Int8, (log, start, count)))
        return [LeafRow(*row) for row in rows]

    async def past_tile(self, log: int, level: int, position: int) -> bytes | None:
        """A tile of a past log; the last of each level may be partial."""
        rows = await self._read(PAST_TILE, *map(Int8, (log, level, position)))
        return rows[0][0] if rows else None

    async def _read(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        async def read(connection: Connection) -> list[tuple[Any, ...]]:
            return await (await connection.execute(sql, values, binary=True)).fetchall()

        return await self._reading.use(read)


CALLERS = "SELECT * FROM caller ORDER BY created_ms, id"
FROZEN = """SELECT s.subject, s."freeze", r.class, r.version, r.epoch, r.wrapped, r.body
FROM subject s JOIN record r ON r.subject = s.subject AND r.class = %b
WHERE s."freeze" IS NOT NULL AND (s."freeze"::json ->> 'until')::bigint > %b
ORDER BY (s."freeze"::json ->> 'until')::bigint LIMIT %b"""
DUE = """SELECT DISTINCT r.subject FROM unnest(%b, %b) AS k (class, latest)
JOIN record r ON r.class = k.class AND r.since_ms <= k.latest LIMIT %b"""
LEFT = """SELECT DISTINCT s.subject FROM subject s JOIN record r ON r.subject = s.subject
WHERE s.erased_ms IS NOT NULL AND r.class <> ALL (%b) LIMIT %b"""
TERMS = """SELECT k.class, count(r.subject), min(r.since_ms)
FROM unnest(%b, %b) AS k (class, latest)
LEFT JOIN record r ON r.class = k.class AND r.since_ms <= k.latest GROUP BY k.class"""
LEAF_ROWS = """SELECT position, leaf, subject, sealed FROM leaf WHERE position >= %b
ORDER BY position LIMIT %b"""
LEAVES_OF = """SELECT position, leaf, subject, sealed FROM leaf
WHERE subject = %b AND position < %b ORDER BY position DESC LIMIT %b"""
PAST_LOGS = "SELECT number, origin, size, note FROM past_log ORDER BY number"
PAST_LEAVES = """SELECT position, leaf, subject, sealed FROM past_leaf
WHERE log = %b AND position >= %b ORDER BY position LIMIT %b"""
PAST_TILE = "SELECT hashes FROM past_tile WHERE log = %b AND level = %b AND position = %b"
TILE = "SELECT hashes FROM tile WHERE level = %b AND position = %b"


def caller_row(row: Sequence[Any]) -> CallerRow:
    """A row of the table of callers."""
    identifier, name, role, assurance, clauses, *rest = row
    return CallerRow(identifier, name, role, assurance, tuple(clauses.split()), *rest)
