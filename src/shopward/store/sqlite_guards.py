"""Which changes of a group still hold, given what is committed and what goes before them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import apsw

from shopward.store.port import CALLER_OPS, Change, Op, Spend
from shopward.store.schema import query

LOSING = frozenset({Op.DELETE_FACTS, Op.DELETE_SEEN})
"""Writes that delete all of a subject's rows in a table."""


class Guards:
    """Judges the changes of one transaction in their order; `policy` is the one in force.

    `callers` counts the changes of the table of callers, those of this transaction included.

    `is_current` says that nothing was committed since they were prepared: then only what the
    changes do to each other is left to judge, and the file is not asked.
    """

    def __init__(
        self,
        connection: apsw.Connection,
        policy: str,
        callers: int,
        now_ms: int,
        *,
        is_current: bool,
    ) -> None:
        self._is_current = is_current
        self._connection = connection
        self._now_ms = now_ms
        self._policy = policy
        self.callers = callers
        self._touched: set[Any] = set()
        self._spent: dict[tuple[int, str, str], int] = {}
        self._has_rows = False

    def admit(self, changes: Sequence[Change], taken: Mapping[int, str]) -> list[int]:
        """The numbers of the changes that hold; what they touch is stale for those after."""
        ready = []
        for number, change in enumerate(changes):
            if number not in taken and self._holds(change):
                ready.append(number)
                self._note(change)
        return ready

    def _holds(self, change: Change) -> bool:
        return (
            change.policy in (None, self._policy)
            and change.callers in (None, self.callers)
            and (change.guard is None or self._subject_holds(change.guard, change.generation))
            and not (self._has_rows and self._loses_rows(change))
            and (change.fact is None or self._fact_holds(*change.fact))
            and (change.spend is None or self._spend_holds(change.spend))
            and (change.job is None or self._job_holds(*change.job))
            and (change.replay is None or not self._is_replayed(change.replay[0]))
        )

    def _subject_holds(self, subject: bytes, generation: int) -> bool:
        if subject in self._touched or self._is_current:
            return subject not in self._touched
        sql = "SELECT generation FROM subject WHERE subject = ?"
        rows = query(self._connection, sql, (subject,))
        return bool(rows) and rows[0][0] == generation

    def _fact_holds(self, kind: str, identifier: str, version: int) -> bool:
        key = (kind, identifier)
        if key in self._touched or self._is_current:
            return key not in self._touched
        sql = "SELECT version FROM fact WHERE type = ? AND id = ?"
        rows = query(self._connection, sql, key)
        return (rows[0][0] if rows else 0) == version

    def _job_holds(self, identifier: str, version: int) -> bool:
        """Asks the file always: a job's row is read long before the group that changes it."""
        if (Op.PUT_JOB, identifier) in self._touched:
            return False
        rows = query(self._connection, "SELECT version FROM job WHERE id = ?", (identifier,))
        return (rows[0][0] if rows else 0) == version

    def _spend_holds(self, spend: Spend) -> bool:
        """Whether the customer is not counted yet and the budget has room for one."""
        if (*spend.key, spend.subject) in self._touched:
            return False
        if spend.key not in self._spent:
            sql = "SELECT count(*) FROM seen WHERE day = ? AND caller = ? AND purpose = ?"
            is_current = self._is_current
            counted = spend.counted if is_current else query(self._connection, sql, spend.key)[0][0]
            self._spent[spend.key] = counted
        if self._spent[spend.key] >= spend.limit:
            return False
        sql = "SELECT 1 FROM seen WHERE day = ? AND caller = ? AND purpose = ? AND subject = ?"
        values = (*spend.key, spend.subject)
        return self._is_current or not query(self._connection, sql, values)

    def _loses_rows(self, change: Change) -> bool:
        """Whether it deletes a subject's rows of a table that got another in this transaction.

        Deletions come first there, so that row would stay.
        """
        return any(
            op in LOSING and (op, values[0]) in self._touched for op, values in change.writes
        )

    def _is_replayed(self, digest: bytes) -> bool:
        if digest in self._touched or self._is_current:
            return digest in self._touched
        sql = "SELECT 1 FROM replay WHERE digest = ? AND expires_ms > ?"
        return bool(query(self._connection, sql, (digest, self._now_ms)))

    def _note(self, change: Change) -> None:
        for op, values in change.writes:
            if op is Op.PUT_SUBJECT:
                self._touched.add(values[0])
            elif op is Op.PUT_FACT:
                self._touched.add((values[0], values[1]))
                self._touched.add((Op.DELETE_FACTS, values[2]))
                self._has_rows = True
            elif op is Op.SET_POLICY:
                self._policy = values[0]
            elif op is Op.PUT_JOB:
                self._touched.add((op, values[0]))
            elif op in CALLER_OPS:
                self.callers += 1
        if change.spend is not None:
            self._touched.add((*change.spend.key, change.spend.subject))
            self._touched.add((Op.DELETE_SEEN, change.spend.subject))
            self._has_rows = True
            self._spent[change.spend.key] += 1
        if change.replay is not None:
            self._touched.add(change.replay[0])
