"""Which changes of a group still hold, given what is committed and what goes before them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Protocol

from shopward.store.port import CALLER_OPS, Change, Op, Spend, State


class Committed(Protocol):
    """What the store holds now, asked under the writer's lock."""

    def generation(self, subject: bytes, /) -> int | None:
        """A subject's generation; None when there is no such subject."""

    def fact_version(self, kind: str, identifier: str, /) -> int:
        """A fact's version; 0 when there is none."""

    def job_version(self, identifier: str, /) -> int:
        """A job's version; 0 when there is none."""

    def terms(self, subject: bytes, /) -> set[tuple[str, int | None]]:
        """(class, what its term counts from) of a subject."""

    def counted(self, spend: Spend, /) -> int:
        """Customers in a budget; at the limit it need not count on."""

    def is_counted(self, spend: Spend, /) -> bool:
        """Whether the customer is one of them."""

    def is_replayed(self, digest: bytes, /) -> bool:
        """Whether an idempotency key has an answer that has not expired."""


LOSING = frozenset({Op.DELETE_FACTS, Op.DELETE_SEEN})
"""Writes that delete all of a subject's rows in a table."""


class Guards:
    """Judges the changes of one transaction in their order, under the state in force.

    `is_current` says that nothing was committed since they were prepared: then only what the
    changes do to each other is left to judge, and the store is not asked.
    """

    def __init__(self, committed: Committed, state: State, *, is_current: bool) -> None:
        self._is_current = is_current
        self._committed = committed
        self._policy = state.policy
        self._callers = state.callers
        self._touched: set[Any] = set()
        self._spent: dict[tuple[int, str, str], int] = {}
        self._has_rows = False

    @property
    def state(self) -> State:
        """The state once the admitted changes are committed."""
        return State(self._policy, self._callers)

    def admit(self, changes: Sequence[Change], taken: Collection[int]) -> list[int]:
        """The numbers of the changes that hold; what they touch is stale for those after."""
        ready = []
        for number, change in enumerate(changes):
            if number not in taken and self.holds(change):
                ready.append(number)
                self.note(change)
        return ready

    def holds(self, change: Change) -> bool:
        """Whether everything it was prepared on is still true."""
        return (
            change.policy in (None, self._policy)
            and change.callers in (None, self._callers)
            and (change.guard is None or self._subject_holds(change.guard, change.generation))
            and (not change.terms or self._terms_hold(change.guard, change.terms))
            and not (self._has_rows and self._loses_rows(change))
            and (change.fact is None or self._fact_holds(*change.fact))
            and (change.spend is None or self._spend_holds(change.spend))
            and (change.job is None or self._job_holds(*change.job))
            and (change.replay is None or not self._is_replayed(change.replay[0]))
        )

    def note(self, change: Change) -> None:
        """Remembers what an admitted change does."""
        for op, values in change.writes:
            if op is Op.PUT_SUBJECT:
                self._touched.add(values[0])
            elif op is Op.PUT_FACT:
                self._touched.add((values[0], values[1]))
                self._touched.add((Op.DELETE_FACTS, values[2]))
                self._has_rows = True
            elif op is Op.MOVE_TERM:
                self._touched.add((op, values[0]))
            elif op is Op.SET_POLICY:
                self._policy = values[0]
            elif op in CALLER_OPS:
                self._callers += 1
            elif op is Op.PUT_JOB:
                self._touched.add((op, values[0]))
        if change.spend is not None:
            self._touched.add((*change.spend.key, change.spend.subject))
            self._touched.add((Op.DELETE_SEEN, change.spend.subject))
            self._has_rows = True
            self._spent[change.spend.key] += 1
        if change.replay is not None:
            self._touched.add(change.replay[0])

    def _subject_holds(self, subject: bytes, generation: int) -> bool:
        if subject in self._touched or self._is_current:
            return subject not in self._touched
        return self._committed.generation(subject) == generation

    def _fact_holds(self, kind: str, identifier: str, version: int) -> bool:
        key = (kind, identifier)
        if key in self._touched or self._is_current:
            return key not in self._touched
        return self._committed.fact_version(kind, identifier) == version

    def _job_holds(self, identifier: str, version: int) -> bool:
        """Asks the store always: a job's row is read long before the group that changes it."""
        if (Op.PUT_JOB, identifier) in self._touched:
            return False
        return self._committed.job_version(identifier) == version

    def _terms_hold(self, subject: bytes | None, terms: tuple[tuple[str, int | None], ...]) -> bool:
        """Whether no fact moved what these classes count from."""
        if (Op.MOVE_TERM, subject) in self._touched or self._is_current:
            return (Op.MOVE_TERM, subject) not in self._touched
        return subject is not None and set(terms) <= self._committed.terms(subject)

    def _spend_holds(self, spend: Spend) -> bool:
        """Whether the customer is not counted yet and the budget has room for one."""
        if (*spend.key, spend.subject) in self._touched:
            return False
        if spend.key not in self._spent:
            self._spent[spend.key] = self._committed.counted(spend)
        is_full = self._spent[spend.key] >= spend.limit
        return not is_full and not self._committed.is_counted(spend)

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
        return self._committed.is_replayed(digest)
