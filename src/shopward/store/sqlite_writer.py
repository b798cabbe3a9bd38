"""Applies groups of changes to the SQLite file: guards, writes and leaves in one transaction.

Everything but the commit itself runs on the event loop. Statements of one kind are executed
together; unique indexes are tried first, and looked into only when one was taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import apsw

from shopward.errors import IntegrityError
from shopward.store.guards import Guards
from shopward.store.port import Change, Clock, Committed, Ledger, Op, Outcome, Spend, State, Taken
from shopward.store.schema import query, unavailable
from shopward.store.sqlite_places import write_places

FORGET = """DELETE FROM replay WHERE digest IN
(SELECT digest FROM replay WHERE expires_ms <= ? LIMIT 1000)"""
STATEMENTS = {
    Op.DELETE_ALIASES: "DELETE FROM alias WHERE subject = ? AND name <> ?",
    Op.DELETE_ALIAS: "DELETE FROM alias WHERE subject = ? AND name = ?",
    Op.DELETE_POSTINGS: "DELETE FROM posting WHERE subject = ?",
    Op.DELETE_POSTINGS_BY: "DELETE FROM posting WHERE subject = ?1 AND instr("
    "'+' || substr(name, instr(name, ':') + 1) || '+', '+' || ?2 || '+')",
    Op.DELETE_CLASS: "DELETE FROM record WHERE subject = ? AND class = ?",
    Op.DELETE_CLASSES: "DELETE FROM record WHERE subject = ?",
    Op.DELETE_FACTS: "DELETE FROM fact WHERE subject = ?",
    Op.PUT_SUBJECT: "INSERT OR REPLACE INTO subject VALUES (?, ?, ?, ?)",
    Op.PUT_CLASS: "INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?, ?, ?)",
    Op.MOVE_TERM: "UPDATE record SET since_ms = ?3 WHERE subject = ?1 AND class = ?2",
    Op.PUT_ALIAS: "INSERT OR IGNORE INTO alias VALUES (?, ?, ?, ?, ?)",
    Op.PUT_POSTING: "INSERT OR IGNORE INTO posting VALUES (?, ?, ?, ?)",
    Op.PUT_FACT: "INSERT OR REPLACE INTO fact VALUES (?, ?, ?, ?, ?, ?)",
    Op.DELETE_SEEN: "DELETE FROM seen WHERE subject = ?",
    Op.FORGET_SEEN: """DELETE FROM seen WHERE (day, caller, purpose, subject) IN
(SELECT day, caller, purpose, subject FROM seen WHERE day < ? LIMIT 1000)""",
    Op.PUT_SEEN: "INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?)",
    Op.PUT_CALLER: "INSERT INTO caller VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    Op.REVOKE_CALLER: "UPDATE caller SET revoked_ms = ?, proof = ?"
    " WHERE id = ? AND revoked_ms IS NULL",
    Op.FREEZE_CALLER: "UPDATE caller SET freeze = ?, proof = ? WHERE id = ?",
    Op.PUT_POLICY: "INSERT OR IGNORE INTO policy VALUES (?, ?, ?)",
    Op.PUT_JOB: "INSERT OR REPLACE INTO job VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    Op.PROVE_CALLER: "UPDATE caller SET proof = ? WHERE id = ? AND proof = ?",
    Op.REWRAP_CLASS: "UPDATE record SET epoch = ?, wrapped = ?"
    " WHERE subject = ? AND class = ? AND wrapped = ?",
    Op.RENEW_CLASS: "UPDATE record SET version = ?, epoch = ?, wrapped = ?, body = ?"
    " WHERE subject = ? AND class = ? AND wrapped = ?",
    Op.RENEW_LEAF: "UPDATE leaf SET sealed = ? WHERE position = ? AND sealed = ?",
    Op.RENEW_REPLAY: "UPDATE replay SET sealed = ? WHERE digest = ? AND sealed = ?",
    Op.ADD_ALIAS: "INSERT OR IGNORE INTO alias SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS"
    " (SELECT 1 FROM record WHERE subject = ?2 AND class = ?6 AND wrapped = ?7)",
    Op.DROP_ALIAS: "DELETE FROM alias WHERE digest = ? AND version = ?",
    Op.ADD_POSTING: "INSERT OR IGNORE INTO posting SELECT ?1, ?2, ?3, ?4 WHERE EXISTS"
    " (SELECT 1 FROM subject WHERE subject = ?2 AND generation = ?5)",
    Op.DROP_POSTING: "DELETE FROM posting WHERE digest = ?1 AND subject = ?2 AND EXISTS"
    " (SELECT 1 FROM subject WHERE subject = ?2 AND generation = ?3)",
    Op.PUT_BUILT: "INSERT OR IGNORE INTO built SELECT ?1 FROM head WHERE policy = ?2",
    Op.DELETE_BUILT: "DELETE FROM built WHERE name = ?",
    Op.PUT_LOG_KEY: "INSERT OR REPLACE INTO log_key VALUES (?, ?, ?)",
}


class _CollisionError(Exception):
    """An alias was taken; the group is taken apart."""


@dataclass(frozen=True, slots=True)
class Pending:
    """An open transaction: what its changes come to once it is durable.

    `has_moved` says that rows changed which other changes may have been prepared on.
    """

    outcomes: list[Outcome]
    staged: Any
    state: State
    has_moved: bool


class _Rows:
    """What the guards ask of the file, row by row.

    Where `is_current`, the counts that this process keeps of budgets are those of the file.
    """

    def __init__(self, connection: apsw.Connection, now_ms: int, *, is_current: bool) -> None:
        self._connection = connection
        self._now_ms = now_ms
        self._is_current = is_current

    def generation(self, subject: bytes) -> int | None:
        sql = "SELECT generation FROM subject WHERE subject = ?"
        rows = query(self._connection, sql, (subject,))
        return rows[0][0] if rows else None

    def fact_version(self, kind: str, identifier: str) -> int:
        sql = "SELECT version FROM fact WHERE type = ? AND id = ?"
        rows = query(self._connection, sql, (kind, identifier))
        return rows[0][0] if rows else 0

    def job_version(self, identifier: str) -> int:
        rows = query(self._connection, "SELECT version FROM job WHERE id = ?", (identifier,))
        return rows[0][0] if rows else 0

    def terms(self, subject: bytes) -> set[tuple[str, int | None]]:
        sql = "SELECT class, since_ms FROM record WHERE subject = ?"
        return set(query(self._connection, sql, (subject,)))

    def counted(self, spend: Spend) -> int:
        if self._is_current:
            return spend.counted
        sql = "SELECT count(*) FROM seen WHERE day = ? AND caller = ? AND purpose = ?"
        count: int = query(self._connection, sql, spend.key)[0][0]
        return count

    def is_counted(self, spend: Spend) -> bool:
        if self._is_current:
            return False
        sql = "SELECT 1 FROM seen WHERE day = ? AND caller = ? AND purpose = ? AND subject = ?"
        return bool(query(self._connection, sql, (*spend.key, spend.subject)))

    def is_replayed(self, digest: bytes) -> bool:
        sql = "SELECT 1 FROM replay WHERE digest = ? AND expires_ms > ?"
        return bool(query(self._connection, sql, (digest, self._now_ms)))


class Writer:
    """The one writer of a store's file: `begin`, `commit`, then `accept` or `abort`.

    `revision` counts the transactions that changed more than the ledger; `state` is as committed.
    """

    def __init__(self, connection: apsw.Connection, ledger: Ledger, clock: Clock) -> None:
        self._connection = connection
        self._ledger = ledger
        self._clock = clock
        self._grown = range(0)
        self.revision = 0
        self.state = State(*query(connection, "SELECT policy, callers FROM head")[0])

    def begin(self, changes: Sequence[Change], as_of: int) -> Pending:
        """Opens a transaction and writes the changes that hold.

        Raises:
            UnavailableError: The file cannot be written now; nothing was.
            IntegrityError: Another program changed the ledger in the file.
        """
        try:
            try:
                return self._begin(changes, {}, as_of)
            except _CollisionError:
                return self._begin(changes, self._taken(changes), as_of)
        except apsw.Error as error:
            raise unavailable(error, self._connection) from error

    def commit(self) -> None:
        """Makes the open transaction durable: the one call that waits, and not on the loop.

        Raises:
            UnavailableError: It could not be; `abort` must follow.
        """
        try:
            write_places(self._connection, self._grown)
            self._connection.execute("COMMIT")
        except apsw.Error as error:
            raise unavailable(error, self._connection) from error

    def accept(self, pending: Pending) -> list[Outcome]:
        """Moves the ledger's edge to what is durable; the outcome of each change."""
        self._ledger.accept(pending.staged)
        self.revision += pending.has_moved
        self.state = pending.state
        return pending.outcomes

    def abort(self) -> None:
        """Rolls the open transaction back, if it is still open."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _begin(self, changes: Sequence[Change], taken: dict[int, str], as_of: int) -> Pending:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            return self._write(changes, taken, as_of)
        except BaseException:
            self.abort()
            raise

    def _write(self, changes: Sequence[Change], taken: dict[int, str], as_of: int) -> Pending:
        now_ms = self._clock()
        size, *state = query(self._connection, "SELECT size, policy, callers FROM head")[0]
        if size != self._ledger.size:
            raise IntegrityError("The ledger in the store is not the one this process wrote.")
        outcomes: list[Outcome] = [None] * len(changes)
        is_current = as_of == self.revision
        rows = _Rows(self._connection, now_ms, is_current=is_current)
        guards = Guards(rows, State(*state), is_current=is_current)
        ready = guards.admit(changes, taken)
        for number, name in taken.items():
            outcomes[number] = Taken(name)
        drafts = [changes[number] for number in ready]
        staged = self._ledger.stage(drafts, now_ms)
        self._execute_writes(drafts)
        self._append(drafts, staged, guards.state)
        for offset, number in enumerate(ready):
            outcomes[number] = Committed(staged.first + offset, staged.hashes[offset], staged.note)
        has_moved = any(draft.writes or draft.replay for draft in drafts)
        return Pending(outcomes, staged, guards.state, has_moved)

    def _execute_writes(self, drafts: Sequence[Change]) -> None:
        by_op: defaultdict[Op, list[tuple[Any, ...]]] = defaultdict(list)
        for draft in drafts:
            for op, values in draft.writes:
                by_op[op].append(values)
        if not by_op:
            return
        for op, sql in STATEMENTS.items():
            if op not in by_op:
                continue
            before = self._connection.total_changes()
            self._connection.executemany(sql, by_op[op])
            if op is Op.PUT_ALIAS and self._connection.total_changes() - before != len(by_op[op]):
                raise _CollisionError

    def _append(self, drafts: Sequence[Change], staged: Any, state: State) -> None:
        self._grown = positions = range(staged.first, staged.size)
        if not drafts:
            return
        self._connection.executemany(
            "INSERT INTO leaf VALUES (?, ?, ?, ?)",
            [
                (position, leaf, draft.subject, draft.sealed)
                for position, leaf, draft in zip(positions, staged.leaves, drafts, strict=True)
            ],
        )
        if staged.tiles:
            self._connection.executemany("INSERT INTO tile VALUES (?, ?, ?)", staged.tiles)
        replays = [
            (*draft.replay[:2], position, *draft.replay[2:])
            for position, draft in zip(positions, drafts, strict=True)
            if draft.replay is not None
        ]
        if replays:
            self._connection.executemany(
                "INSERT OR REPLACE INTO replay VALUES (?, ?, ?, ?, ?)", replays
            )
            self._connection.execute(FORGET, (staged.time_ms,))
        self._connection.execute(
            "UPDATE head SET size = ?, time_ms = ?, note = ?, policy = ?, callers = ?",
            (staged.size, staged.time_ms, staged.note, state.policy, state.callers),
        )

    def _taken(self, changes: Sequence[Change]) -> dict[int, str]:
        seen: dict[bytes, bytes] = {}
        keys: set[bytes] = set()
        taken = {}
        for number, change in enumerate(changes):
            if change.replay is not None and change.replay[0] in keys:
                continue  # the same request again: the guards send it back to its first answer
            fresh = [values for op, values in change.writes if op is Op.PUT_ALIAS]
            for digest, subject, name, *_ in fresh:
                if (seen.get(digest) or self._owner(digest) or subject) != subject:
                    taken[number] = name
            if change.replay is not None and number not in taken:
                keys.add(change.replay[0])
            if number not in taken:
                seen |= {digest: subject for digest, subject, *_ in fresh}
        return taken

    def _owner(self, digest: bytes) -> bytes | None:
        sql = "SELECT subject FROM alias WHERE digest = ?"
        rows = query(self._connection, sql, (digest,))
        return rows[0][0] if rows else None
