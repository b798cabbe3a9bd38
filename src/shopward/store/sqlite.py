"""The embedded store: one SQLite file, reads and writes on the event loop, commits on a thread.

A point read takes microseconds, so reads run where they are asked; writes go through the group
commit. The file is opened by one process at a time (`schema.StoreLock`).
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import apsw
from msgspec import structs

from shopward.errors import ConfigError, IntegrityError, UnavailableError
from shopward.store import schema
from shopward.store.commit_thread import CommitThread
from shopward.store.port import (
    HOUSE,
    Change,
    Clock,
    Found,
    Ledger,
    Looked,
    Need,
    Op,
    Outcome,
    State,
    Store,
)
from shopward.store.rows import (
    CallerRow,
    ClassRow,
    FactRow,
    FrozenRow,
    Head,
    LeafRow,
    PastLog,
    ReplayRow,
    Snapshot,
)
from shopward.store.schema import query, unavailable
from shopward.store.sqlite_places import leaves_of
from shopward.store.sqlite_postings import PostingReads
from shopward.store.sqlite_scans import Scans
from shopward.store.sqlite_writer import STATEMENTS, Writer

LOOK = """SELECT a.digest, a.name, a.proof, a.version, s.subject, s.generation, s.erased_ms,
       s.freeze, r.class, r.version, r.epoch, r.wrapped, r.body, r.since_ms
FROM carray(?) c CROSS JOIN alias a ON a.digest = c.value
JOIN subject s ON s.subject = a.subject LEFT JOIN record r ON r.subject = a.subject"""
LOOK_SUBJECT = """SELECT s.generation, s.erased_ms, s.freeze,
       r.class, r.version, r.epoch, r.wrapped, r.body, r.since_ms
FROM subject s LEFT JOIN record r ON r.subject = s.subject WHERE s.subject = ?"""
DUE = "SELECT subject FROM record WHERE class = ? AND since_ms <= ? ORDER BY since_ms LIMIT ?"
LEFT = """SELECT DISTINCT s.subject FROM subject s JOIN record r ON r.subject = s.subject
WHERE s.erased_ms IS NOT NULL AND r.class NOT IN (SELECT value FROM json_each(?)) LIMIT ?"""
TERMS = "SELECT count(*), min(since_ms) FROM record WHERE class = ? AND since_ms <= ?"
FROZEN = """SELECT s.subject, s.freeze, r.class, r.version, r.epoch, r.wrapped, r.body
FROM subject s JOIN record r ON r.subject = s.subject AND r.class = ?
WHERE s.freeze IS NOT NULL AND s.freeze ->> 'until' > ? ORDER BY s.freeze ->> 'until' LIMIT ?"""
FACT = "SELECT type, id, subject, state, expires_ms, version FROM fact "


class SqliteStore(PostingReads, Scans):
    """Vault and ledger in one SQLite file (WAL, synchronous=FULL)."""

    is_exclusive = True

    def __init__(self, path: Path, clock: Clock) -> None:
        self._lock = schema.StoreLock(path)
        try:
            self._writer = schema.connect(path)
            schema.migrate(self._writer)
            self._reader = schema.connect(path)
        except BaseException:
            self._lock.close()
            raise
        self._clock = clock
        self._transactions: Writer | None = None
        self._thread = CommitThread()

    def installation(self) -> tuple[bytes, str] | None:
        """(id of 16 bytes, origin of the log), or None in a store not yet initialised.

        Raises:
            UnavailableError: The file is damaged: a row breaks the rules of its own table.
        """
        rows = query(self._reader, "SELECT id, origin FROM installation")
        if rows and tuple(map(type, rows[0])) != (bytes, str):
            raise schema.unavailable(apsw.CorruptError())
        return rows[0] if rows else None

    def initialise(self, installation: bytes, origin: str, now_ms: int, house: ClassRow) -> None:
        """Writes the rows every store has, once; `house` holds the DEK that is no customer's.

        Raises:
            ConfigError: The store has an identity already.
        """
        if self.installation():
            raise ConfigError("The store was initialised before.")
        with self._writer:
            query(
                self._writer,
                "INSERT INTO installation VALUES (1, ?, ?, ?)",
                (installation, origin, now_ms),
            )
            self._writer.execute("INSERT INTO head VALUES (1, 0, ?, '', '', 0)", (now_ms,))
            self._writer.execute("INSERT INTO subject VALUES (?, 1, NULL, NULL)", (HOUSE,))
            self._writer.execute(
                STATEMENTS[Op.PUT_CLASS],
                (HOUSE, *structs.astuple(house)),
            )

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Nobody else writes this file, so every moment is the same."""
        yield

    def attach(self, ledger: Ledger) -> Store:
        """From now on commits are taken, each leaf appended to this ledger."""
        self._transactions = Writer(self._writer, ledger, self._clock)
        return self

    async def close(self) -> None:
        """Closes file and lock; nothing may be under way."""
        self.abandon()

    def abandon(self) -> None:
        """As `close`, outside an event loop."""
        self._thread.close()
        self._reader.close()
        self._writer.close()
        self._lock.close()

    # Reads

    async def look(self, needs: Sequence[Need]) -> Looked:
        """What each need found, as last committed.

        Reads on the writer's connection, whose page cache its own commits leave warm; commits and
        looks follow each other.
        """
        as_of = self._transactions.revision if self._transactions else 0
        state = await self.refresh()
        try:
            snapshots = self._snapshots(tuple({need.alias for need in needs if need.alias}))
            found = [
                Found(
                    self._snapshot(need, snapshots),
                    self._fact(need.fact) if need.fact is not None else None,
                    self._replay(need.replay) if need.replay is not None else None,
                )
                for need in needs
            ]
        except apsw.Error as error:
            raise unavailable(error, self._writer) from error
        return Looked(found, as_of, state)

    async def refresh(self) -> State:
        """The state as last committed; nobody else appends to the ledger of this file."""
        return self._transactions.state if self._transactions else State()

    def _snapshot(self, need: Need, by_alias: Mapping[bytes, Snapshot]) -> Snapshot | None:
        if need.subject is None:
            return by_alias.get(need.alias) if need.alias is not None else None
        rows = query(self._writer, LOOK_SUBJECT, (need.subject,))
        if not rows:
            return None
        generation, erased_ms, freeze = rows[0][:3]
        classes = {row[3]: ClassRow(*row[3:]) for row in rows if row[3] is not None}
        return Snapshot(need.subject, generation, erased_ms, classes, freeze=freeze)

    def _snapshots(self, digests: tuple[bytes, ...]) -> dict[bytes, Snapshot]:
        found: dict[bytes, Snapshot] = {}
        if not digests:
            return found
        for (
            digest,
            alias,
            proof,
            version,
            subject,
            generation,
            erased_ms,
            freeze,
            name,
            *row,
        ) in query(self._writer, LOOK, (apsw.carray(digests),)):
            snapshot = found.get(digest)
            if snapshot is None:
                snapshot = found[digest] = Snapshot(
                    subject, generation, erased_ms, {}, alias, proof, freeze, version=version
                )
            if name is not None:
                snapshot.classes[name] = ClassRow(name, *row)
        return found

    def _fact(self, key: tuple[str, str]) -> FactRow | None:
        rows = query(self._writer, FACT + "WHERE type = ? AND id = ?", key)
        return FactRow(*rows[0]) if rows else None

    def _replay(self, digest: bytes) -> ReplayRow | None:
        rows = query(
            self._writer,
            "SELECT request, position, sealed FROM replay WHERE digest = ? AND expires_ms > ?",
            (digest, self._clock()),
        )
        return ReplayRow(*rows[0]) if rows else None

    async def facts(self, subject: bytes) -> list[FactRow]:
        """Every fact about one subject, by type and id."""
        rows = query(self._reader, FACT + "WHERE subject = ? ORDER BY type, id", (subject,))
        return [FactRow(*row) for row in rows]

    async def callers(self) -> list[CallerRow]:
        """Every caller ever made, the revoked too."""
        return self.caller_rows()

    def caller_rows(self) -> list[CallerRow]:
        """As `callers`, outside an event loop."""
        rows = query(self._reader, "SELECT * FROM caller ORDER BY created_ms, id")
        return [
            CallerRow(row[0], row[1], row[2], row[3], tuple(row[4].split()), *row[5:])
            for row in rows
        ]

    async def due(self, before: Sequence[tuple[str, int]], limit: int) -> list[bytes]:
        """Customers with a row of a class that counts from that moment or earlier."""
        found: dict[bytes, None] = {}
        for one in before:
            rows = query(self._reader, DUE, (*one, limit - len(found)))
            found |= dict.fromkeys(row[0] for row in rows)
        return list(found)

    async def left(self, classes: Sequence[str], limit: int) -> list[bytes]:
        """Erased customers with a row of another class than these."""
        rows = query(self._reader, LEFT, (json.dumps(list(classes)), limit))
        return [row[0] for row in rows]

    async def terms(self, before: Sequence[tuple[str, int]]) -> dict[str, tuple[int, int | None]]:
        """By class: how many customers' rows count from that moment or earlier, and the first."""
        return {one[0]: query(self._reader, TERMS, one)[0] for one in before}

    async def seen(self, day: int, caller: str, purpose: str) -> set[bytes]:
        """The customers that a caller looked at for a purpose on one day."""
        sql = "SELECT subject FROM seen WHERE day = ? AND caller = ? AND purpose = ?"
        return {row[0] for row in query(self._reader, sql, (day, caller, purpose))}

    async def frozen(self, name: str, now_ms: int, limit: int) -> list[FrozenRow]:
        """Up to `limit` customers with a freeze that stands, the first to end first."""
        rows = query(self._reader, FROZEN, (name, now_ms, limit))
        return [FrozenRow(subject, freeze, ClassRow(*row)) for subject, freeze, *row in rows]

    async def policy(self, sha256: str) -> tuple[bytes, bytes] | None:
        """(source, proof of 32 bytes) of a policy that was once in force."""
        rows = query(self._reader, "SELECT source, proof FROM policy WHERE sha256 = ?", (sha256,))
        return (rows[0][0], rows[0][1]) if rows else None

    async def classes(self, subjects: Sequence[bytes], name: str) -> dict[bytes, ClassRow]:
        """The row of one retention class for each subject that still has it."""
        found = {one: self.class_row(one, name) for one in set(subjects)}
        return {one: row for one, row in found.items() if row is not None}

    def class_row(self, subject: bytes, name: str) -> ClassRow | None:
        """One retention class of one subject; used before an event loop runs."""
        rows = query(
            self._reader,
            "SELECT class, version, epoch, wrapped, body, since_ms FROM record"
            " WHERE subject = ? AND class = ?",
            (subject, name),
        )
        return ClassRow(*rows[0]) if rows else None

    async def leaves(self, start: int, count: int) -> list[LeafRow]:
        """Up to `count` leaves from a position on, in order."""
        return self.leaf_rows(start, count)

    async def leaves_of(self, subject: bytes, before: int, count: int) -> list[LeafRow]:
        """Up to `count` leaves under a subject's key, before a position, the newest first."""
        return leaves_of(self._reader, subject, before, count)

    def leaf_rows(self, start: int, count: int) -> list[LeafRow]:
        """As `leaves`, outside an event loop."""
        rows = query(
            self._reader,
            "SELECT position, leaf, subject, sealed FROM leaf WHERE position >= ?"
            " ORDER BY position LIMIT ?",
            (start, count),
        )
        return [LeafRow(*row) for row in rows]

    def leaf_count(self, log: int = 0) -> int:
        """Leaves that are stored, whatever the head says; of a past log by its number."""
        present, past = "SELECT count(*) FROM leaf", "SELECT count(*) FROM past_leaf WHERE log = ?"
        rows = query(self._reader, past, (log,)) if log else query(self._reader, present)
        count: int = rows[0][0]
        return count

    def leaf_bytes(self, start: int, count: int) -> list[bytes]:
        """The public leaves alone; used while the ledger's edge is rebuilt at start."""
        return [row.leaf for row in self.leaf_rows(start, count)]

    async def tile(self, level: int, position: int) -> bytes | None:
        """A full tile of 256 hashes (8192 bytes), if it is complete."""
        return self.tile_bytes(level, position)

    def tile_bytes(self, level: int, position: int) -> bytes | None:
        """As `tile`, outside an event loop."""
        rows = query(
            self._reader,
            "SELECT hashes FROM tile WHERE level = ? AND position = ?",
            (level, position),
        )
        return rows[0][0] if rows else None

    async def head(self) -> Head:
        """The head of the ledger as last committed."""
        return self.head_row()

    def head_row(self) -> Head:
        """As `head`, outside an event loop."""
        rows = query(self._reader, "SELECT size, time_ms, note, policy, callers FROM head")
        if not rows:
            raise IntegrityError("The store's ledger has no head.")
        return Head(*rows[0])

    async def past_logs(self) -> list[PastLog]:
        """The logs before the present one, the oldest first."""
        return self.past_log_rows()

    def past_log_rows(self) -> list[PastLog]:
        """As `past_logs`, outside an event loop."""
        sql = "SELECT number, origin, size, note FROM past_log ORDER BY number"
        return [PastLog(*row) for row in query(self._reader, sql)]

    async def past_leaves(self, log: int, start: int, count: int) -> list[LeafRow]:
        """Up to `count` leaves of a past log, in order."""
        return self.past_leaf_rows(log, start, count)

    def past_leaf_rows(self, log: int, start: int, count: int) -> list[LeafRow]:
        """As `past_leaves`, outside an event loop."""
        rows = query(
            self._reader,
            "SELECT position, leaf, subject, sealed FROM past_leaf WHERE log = ? AND position >= ?"
            " ORDER BY position LIMIT ?",
            (log, start, count),
        )
        return [LeafRow(*row) for row in rows]

    async def past_tile(self, log: int, level: int, position: int) -> bytes | None:
        """A tile of a past log; the last of each level may be partial."""
        return self.past_tile_bytes(log, level, position)

    def past_tile_bytes(self, log: int, level: int, position: int) -> bytes | None:
        """As `past_tile`, outside an event loop."""
        rows = query(
            self._reader,
            "SELECT hashes FROM past_tile WHERE log = ? AND level = ? AND position = ?",
            (log, level, position),
        )
        return rows[0][0] if rows else None

    # Writes

    async def commit(self, changes: Sequence[Change], as_of: int) -> list[Outcome]:
        """Applies the changes, each whole or not at all; durable when this returns.

        One call at a time: the next `look` or `commit` follows when this has returned.

        Args:
            changes: In the order of their leaves.
            as_of: The revision at which they were looked up.

        Raises:
            UnavailableError: The store cannot write (full, read-only, failing). Nothing is seen of
                it; after an error of the disk, a restart may still find it in the WAL.
        """
        writer = self._transactions
        if writer is None:
            raise UnavailableError("The store has no ledger attached.", reason="starting")
        pending = writer.begin(changes, as_of)
        try:
            await self._thread.call(writer.commit)
        except Exception:
            writer.abort()
            raise
        return writer.accept(pending)
