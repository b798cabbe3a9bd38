"""One group of changes in one transaction, two round trips: lock and judge, write and commit.

The row `head` is locked FOR UPDATE until the commit, so groups of all processes follow each other,
and a leaf's position is the size that this row tells. Where another process appended meanwhile,
its leaves are taken over first, and must be those that the ledger's key has signed.

- Everything before the COMMIT is sent may be repeated; what comes after has an outcome that only
  the ledger knows (`postgres`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from msgspec import Struct
from psycopg.types.numeric import Int8

from shopward.errors import IntegrityError, UnavailableError
from shopward.store.port import Change, Clock, Committed, Ledger, Outcome, State
from shopward.store.postgres_judge import Judge
from shopward.store.postgres_line import DURABLE, SET_SESSION
from shopward.store.postgres_writes import FORGET, statements

BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
HEAD = f"""SELECT size, note, policy, callers, revision, {DURABLE} FROM head
FOR UPDATE"""  # noqa: S608 - a constant
SEEN = """SELECT h.size, h.note, h.policy, h.callers, h.revision, ARRAY (SELECT leaf FROM leaf
WHERE position >= %b AND position < h.size ORDER BY position LIMIT 4096) FROM head h"""
LEAVES = "SELECT leaf FROM leaf WHERE position >= %b ORDER BY position LIMIT 4096"
SET_HEAD = """UPDATE head
SET size = %b, time_ms = %b, note = %b, policy = %b, callers = %b, revision = %b"""

Connection = psycopg.AsyncConnection[Any]


class Staged(Struct):
    """A transaction that is ready to commit: what its changes come to once it is durable."""

    outcomes: list[Outcome]
    drafts: list[Change]
    batch: Any
    state: State
    revision: int


class Writer:
    """Writes one group on a connection; `is_pooled` says that no session can be relied on."""

    def __init__(self, ledger: Ledger, clock: Clock, *, is_pooled: bool) -> None:
        self.ledger = ledger
        self._clock = clock
        self._is_pooled = is_pooled

    async def begin(self, connection: Connection, changes: Sequence[Change], as_of: int) -> Staged:
        """Opens a transaction under the lock and stages the changes that hold.

        Raises:
            psycopg.Error: The server failed; nothing was written.
            IntegrityError: The stored ledger does not continue the one this process knows.
            UnavailableError: The server would not wait for its disk.
        """
        now_ms = self._clock()
        judge = Judge(changes, as_of, now_ms)
        queries = judge.queries()
        async with connection.pipeline():
            await connection.execute(BEGIN)
            if self._is_pooled:
                await connection.execute(SET_SESSION)
            head = await connection.execute(HEAD, binary=True)
            after = (Int8(self.ledger.size),)
            leaves = await connection.execute(LEAVES, after, binary=True)
            asked = [await connection.execute(*query, binary=True) for query in queries]
            size, note, policy, callers, revision, is_durable = await one(head)
            fresh = [row[0] for row in await leaves.fetchall()]
            for (sql, _), cursor in zip(queries, asked, strict=True):
                judge.hear(sql, await cursor.fetchall())
        if not is_durable:
            raise UnavailableError(
                "PostgreSQL would acknowledge what is not yet on its disk.",
                hint="Set fsync, full_page_writes and synchronous_commit on again.",
                reason="not-durable",
            )
        await follow(connection, self.ledger, size, note, fresh)
        outcomes: list[Outcome] = [None] * len(changes)
        ready, state = judge.admit(outcomes, State(policy, callers), is_current=as_of == revision)
        drafts = [changes[number] for number in ready]
        batch = self.ledger.stage(drafts, now_ms)
        for offset, number in enumerate(ready):
            outcomes[number] = Committed(batch.first + offset, batch.hashes[offset], batch.note)
        has_moved = any(draft.writes or draft.replay for draft in drafts)
        return Staged(outcomes, drafts, batch, state, revision + has_moved)

    async def commit(self, connection: Connection, staged: Staged) -> None:
        """Writes what is staged and waits until it is durable.

        Raises:
            psycopg.Error: Refused, and nothing was written; or the connection was lost, and
                nobody knows yet.
        """
        if not staged.drafts:
            await connection.execute("ROLLBACK")
            return
        batch, state = staged.batch, staged.state
        async with connection.pipeline():
            for sql, values in statements(staged.drafts, batch):
                await connection.execute(sql, values)
            if any(draft.replay for draft in staged.drafts):
                await connection.execute(FORGET, (Int8(batch.time_ms),))
            grown = Int8(batch.size), Int8(batch.time_ms), batch.note
            now = state.policy, Int8(state.callers), Int8(staged.revision)
            await connection.execute(SET_HEAD, (*grown, *now))
            await connection.execute("COMMIT")


async def one(cursor: psycopg.AsyncCursor[Any]) -> tuple[Any, ...]:
    """The only row of a statement.

    Raises:
        IntegrityError: There is none: somebody emptied the table.
    """
    row: tuple[Any, ...] | None = await cursor.fetchone()
    if row is None:
        raise IntegrityError("The store's ledger has no head.")
    return row


async def follow(
    connection: Connection, ledger: Ledger, size: int, note: str, fresh: list[bytes]
) -> None:
    """Moves the ledger's edge to a head that was read; `fresh` begins the leaves it lacks.

    Leaves never change, so those that are still missing may be read in later statements.

    Raises:
        IntegrityError: The head is behind what this process has seen, or is not that of the
            stored leaves.
    """
    if size == ledger.size and (note == ledger.note or size == 0) and not fresh:
        return
    if size < ledger.size:
        raise IntegrityError(
            "The ledger in the store is shorter than the one this process has seen.",
            hint="A copy that lacks its last entries was put in place; see docs/operations.",
        )
    missing = size - ledger.size
    while len(fresh) < missing:
        start = (Int8(ledger.size + len(fresh)),)
        more = await (await connection.execute(LEAVES, start, binary=True)).fetchall()
        if not more:
            raise IntegrityError("The store's ledger lacks entries that its head counts.")
        fresh += [row[0] for row in more]
    ledger.follow(fresh[:missing], note)
