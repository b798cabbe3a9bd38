"""Which changes of a group can be written: guards, and unique aliases that others have.

Everything is asked under the lock on the ledger's head, in one round trip; nobody else writes
until the transaction ends, so what is judged is what is written upon.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg.types.numeric import Int8

from shopward.store.guards import Guards
from shopward.store.port import Change, Op, Outcome, Spend, State, Taken
from shopward.store.postgres_arrays import Blobs, Numbers, Texts

Query = tuple[str, tuple[Any, ...]]

UNLESS_CURRENT = "(SELECT revision FROM head) <> %b"
"""PostgreSQL judges this once per statement and reads nothing when it is false."""
GENERATIONS = f"""SELECT subject, generation FROM subject
WHERE {UNLESS_CURRENT} AND subject = ANY (%b)"""  # noqa: S608 - a constant
MOVED = f"""SELECT subject, class, since_ms FROM record
WHERE {UNLESS_CURRENT} AND subject = ANY (%b)"""  # noqa: S608 - as above
FACTS = f"""SELECT f.type, f.id, f.version FROM unnest(%b, %b) AS k (type, id)
JOIN fact f ON f.type = k.type AND f.id = k.id WHERE {UNLESS_CURRENT}"""  # noqa: S608 - as above
REPLAYED = f"""SELECT digest FROM replay
WHERE {UNLESS_CURRENT} AND digest = ANY (%b) AND expires_ms > %b"""  # noqa: S608 - as above
JOBS = "SELECT id, version FROM job WHERE id = ANY (%b)"
COUNTED = """SELECT k.day, k.caller, k.purpose, (SELECT count(*) FROM (SELECT FROM seen s
WHERE s.day = k.day AND s.caller = k.caller AND s.purpose = k.purpose LIMIT k.most) few)
FROM unnest(%b, %b, %b, %b) AS k (day, caller, purpose, most)"""
"""Asked always: what a process has counted by itself is not what others have."""
SEEN_BEFORE = """SELECT s.day, s.caller, s.purpose, s.subject
FROM unnest(%b, %b, %b, %b) AS k (day, caller, purpose, subject)
JOIN seen s USING (day, caller, purpose, subject)"""
OWNERS = "SELECT digest, subject, name FROM alias WHERE digest = ANY (%b)"


class Judge:
    """Judges one group: `queries`, then `hear` with their rows, then `admit`."""

    def __init__(self, changes: Sequence[Change], as_of: int, now_ms: int) -> None:
        self._changes = changes
        self._as_of = as_of
        self._now_ms = now_ms
        self._generations: dict[bytes, int] = {}
        self._terms: dict[bytes, set[tuple[str, int | None]]] = {}
        self._facts: dict[tuple[str, str], int] = {}
        self._replayed: set[bytes] = set()
        self._jobs: dict[str, int] = {}
        self._counted: dict[tuple[int, str, str], int] = {}
        self._seen: set[tuple[int, str, str, bytes]] = set()
        self._owners: dict[bytes, tuple[bytes, str]] = {}

    def queries(self) -> list[Query]:
        """What has to be asked; nothing for a group that guards nothing."""
        as_of = Int8(self._as_of)
        subjects = {one.guard for one in self._changes if one.guard is not None}
        moved = {one.guard for one in self._changes if one.terms and one.guard is not None}
        facts = {one.fact[:2] for one in self._changes if one.fact is not None}
        keys = {one.replay[0] for one in self._changes if one.replay is not None}
        jobs = {one.job[0] for one in self._changes if one.job is not None}
        spends = [one.spend for one in self._changes if one.spend is not None]
        aliases = {
            values[0] for one in self._changes for op, values in one.writes if op is Op.PUT_ALIAS
        }
        asked: list[Query] = []
        if subjects:
            asked.append((GENERATIONS, (as_of, Blobs(subjects))))
        if moved:
            asked.append((MOVED, (as_of, Blobs(moved))))
        if facts:
            kinds, identifiers = zip(*facts, strict=True)
            asked.append((FACTS, (Texts(kinds), Texts(identifiers), as_of)))
        if keys:
            asked.append((REPLAYED, (as_of, Blobs(keys), Int8(self._now_ms))))
        if jobs:
            asked.append((JOBS, (Texts(jobs),)))
        if spends:
            asked += _budgets(spends)
        if aliases:
            asked.append((OWNERS, (Blobs(aliases),)))
        return asked

    def hear(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Takes the answer to one of the queries."""
        if sql is GENERATIONS:
            self._generations = dict(rows)
        elif sql is MOVED:
            for subject, *term in rows:
                self._terms.setdefault(subject, set()).add((term[0], term[1]))
        elif sql is FACTS:
            self._facts = {(kind, identifier): version for kind, identifier, version in rows}
        elif sql is REPLAYED:
            self._replayed = {row[0] for row in rows}
        elif sql is JOBS:
            self._jobs = dict(rows)
        elif sql is COUNTED:
            self._counted = {tuple(key): count for *key, count in rows}
        elif sql is SEEN_BEFORE:
            self._seen = set(rows)
        else:
            self._owners = {digest: (subject, name) for digest, subject, name in rows}

    # What the guards ask

    def generation(self, subject: bytes) -> int | None:
        """A subject's generation."""
        return self._generations.get(subject)

    def fact_version(self, kind: str, identifier: str) -> int:
        """A fact's version."""
        return self._facts.get((kind, identifier), 0)

    def job_version(self, identifier: str) -> int:
        """A job's version."""
        return self._jobs.get(identifier, 0)

    def terms(self, subject: bytes) -> set[tuple[str, int | None]]:
        """(class, what its term counts from) of a subject."""
        return self._terms.get(subject, set())

    def counted(self, spend: Spend) -> int:
        """Customers in a budget, at most its limit."""
        return self._counted[spend.key]

    def is_counted(self, spend: Spend) -> bool:
        """Whether the customer is one of them."""
        return (*spend.key, spend.subject) in self._seen

    def is_replayed(self, digest: bytes) -> bool:
        """Whether a key was used."""
        return digest in self._replayed

    def admit(
        self, outcomes: list[Outcome], state: State, *, is_current: bool
    ) -> tuple[list[int], State]:
        """(numbers of the changes that hold, the state after them); notes what is taken."""
        guards = Guards(self, state, is_current=is_current)
        aliases = _Aliases(self._owners)
        ready = []
        for number, change in enumerate(self._changes):
            if not guards.holds(change):
                continue
            if (name := aliases.taken(change)) is not None:
                outcomes[number] = Taken(name)
                continue
            guards.note(change)
            aliases.note(change)
            ready.append(number)
        return ready, guards.state


def _budgets(spends: Sequence[Spend]) -> list[Query]:
    limits = {spend.key: spend.limit for spend in spends}
    days, callers, purposes = zip(*limits, strict=True)
    budgets = Numbers(days), Texts(callers), Texts(purposes), Numbers(limits.values())
    keys = {(*spend.key, spend.subject) for spend in spends}
    days, callers, purposes, subjects = zip(*keys, strict=True)
    customers = Numbers(days), Texts(callers), Texts(purposes), Blobs(subjects)
    return [(COUNTED, budgets), (SEEN_BEFORE, customers)]


class _Aliases:
    """Who has which alias, as the group goes on: `held` by digest are (subject, name)."""

    def __init__(self, held: dict[bytes, tuple[bytes, str]]) -> None:
        self._held = dict(held)

    def taken(self, change: Change) -> str | None:
        """The name of an alias of this change that another subject has."""
        for op, values in change.writes:
            if op is Op.PUT_ALIAS:
                digest, subject, name, *_ = values
                if self._held.get(digest, (subject, name))[0] != subject:
                    return str(name)
        return None

    def note(self, change: Change) -> None:
        """Aliases given up, then aliases taken."""
        for op, values in change.writes:
            if op is Op.DELETE_ALIAS:
                self._drop(values[0], lambda name, gone=values[1]: name == gone)
            elif op is Op.DELETE_ALIASES:
                self._drop(values[0], lambda name, kept=values[1]: name != kept)
        for op, values in change.writes:
            if op is Op.PUT_ALIAS:
                self._held[values[0]] = (values[1], values[2])

    def _drop(self, subject: bytes, is_gone: Any) -> None:
        gone = [
            digest
            for digest, (owner, name) in self._held.items()
            if owner == subject and is_gone(name)
        ]
        for digest in gone:
            del self._held[digest]
