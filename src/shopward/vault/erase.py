"""Destroy a customer's keys: what they sealed cannot be opened again.

The DEKs, indexes and facts leave the database in the same transaction as the entry. Copies of the
database still hold wrapped DEKs; those die with the key of their epoch. What stays is the token's
digest, so that a later look can be told "erased" from "unknown", and the entry of the erasure,
sealed for the house.

A class that a law keeps (`survives_erasure`) stays with its key until its own date, for purposes
that rest on a law; everything else of the customer goes, also every index and other token.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from msgspec import Struct, structs

from shopward.clock import from_ms, to_ms
from shopward.errors import InvalidError, UndecryptableError
from shopward.events import Kind
from shopward.policy import Policy
from shopward.policy.retention import due_ms
from shopward.store import ClassRow, Found, Need, Op, Snapshot
from shopward.vault.details import LEDGER_CLASS, TOKEN_FIELD
from shopward.vault.operation import Base, Lasting, Prepared
from shopward.vault.terms import aliases_in, terms_of, today_ms

Write = tuple[Op, tuple[Any, ...]]


class Stay(Struct, frozen=True):
    """A retention class that a law keeps: until when, and on what ground."""

    name: str
    until_ms: int
    ground: str


class Erase(Struct, frozen=True):
    """Erase a whole customer, or some retention classes; answers (token, classes, what stays)."""

    verb: ClassVar[str] = "erase"
    changes: ClassVar[str] = "subject"

    base: Base
    alias: bytes
    subject: str | None
    classes: tuple[str, ...] | None

    def need(self) -> Need:
        """The customer, and an earlier answer to the same idempotency key."""
        return Need(self.alias, replay=self.base.replay_need().replay)

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """The keys go now; the generation moves, so that no look prepared before can win."""
        base, snapshot = self.base, found.snapshot
        details = base.details("erase", classes=self.classes or (), subject=self.subject)
        if deny := base.barred("erase", now):
            return base.refuse(deny, details)
        self._check_classes()
        if snapshot is None or snapshot.erased_ms is not None:
            return base.absent(details, snapshot)
        if deny := base.barred("erase", now, snapshot):
            return base.refuse(deny, details, snapshot)
        token = self._token(snapshot)
        stays, going = self._divided(snapshot)
        today = today_ms(base.vault.policy, now)
        held = stays_of(base.vault.policy, stays, today)
        told = tuple(f"{one.name} until {from_ms(one.until_ms).date()}" for one in held)
        permitted = base.permit(details, subject=token, classes=going, stays=told)
        if self.classes is None:
            writes = erasing(snapshot, now, held, today)
        else:
            writes = dropping(base.vault.policy, snapshot, going)
        change = base.entry(Kind.RECORD_ERASED, permitted, None, writes)
        change.guard, change.generation = snapshot.subject, snapshot.generation
        change.terms = terms_of(snapshot)
        value = (token, going, [structs.astuple(one) for one in held])
        base.remember(change, value)
        whole = self.classes is None
        lasting = Lasting(
            "erased",
            snapshot.subject,
            classes=None if whole else going,
            stays=tuple(one.name for one in held) if whole else (),
        )
        return Prepared(change, permitted, value, gone=snapshot, lasting=lasting)

    def _divided(self, snapshot: Snapshot) -> tuple[list[ClassRow], tuple[str, ...]]:
        """(rows that a law keeps, names of the classes that go) of those that were asked for."""
        policy, wanted = self.base.vault.policy, self.classes
        rows = [*snapshot.classes.values(), *snapshot.over.values()]
        asked = [
            row
            for row in rows
            if row.name != LEDGER_CLASS and (wanted is None or row.name in wanted)
        ]
        stays = [row for row in asked if row.name not in snapshot.over and _is_held(policy, row)]
        going = tuple(sorted(row.name for row in asked if row not in stays))
        return stays, going

    def _token(self, snapshot: Snapshot) -> str | None:
        try:
            return self.base.vault.token_of(snapshot)
        except UndecryptableError:
            return self.subject

    def _check_classes(self) -> None:
        for name in self.classes or ():
            if name not in self.base.vault.policy.classes:
                raise InvalidError(
                    f"The policy has no retention class `{name}`.",
                    hint="`shopward policy check` lists the classes; nothing was erased.",
                    field="classes",
                )


def stays_of(policy: Policy, rows: Iterable[ClassRow], today: int) -> list[Stay]:
    """What a law keeps of a customer, and until when; a term that did not count begins today."""
    found = []
    for row in sorted(rows, key=lambda row: row.name):
        kept = policy.classes[row.name]
        since_ms = today if row.since_ms is None else row.since_ms
        until_ms = due_ms(kept, since_ms) or since_ms
        ground = "" if kept.ground is None else kept.ground.say("en")
        found.append(Stay(row.name, until_ms, ground))
    return found


def erasing(
    snapshot: Snapshot, now: datetime, stays: Sequence[Stay] = (), today: int = 0
) -> tuple[Write, ...]:
    """The writes that leave nothing of a customer but the token's digest and what `stays`.

    What did not count yet counts from `today`.
    """
    subject, writes = snapshot.subject, list[Write]()
    kept = {one.name for one in stays}
    if not kept:
        writes.append((Op.DELETE_CLASSES, (subject,)))
    for row in (*snapshot.classes.values(), *snapshot.over.values()) if kept else ():
        if row.name not in kept:
            writes.append((Op.DELETE_CLASS, (subject, row.name)))
        elif row.since_ms is None:
            writes.append((Op.MOVE_TERM, (subject, row.name, today)))
    erased_ms = to_ms(now) if snapshot.erased_ms is None else snapshot.erased_ms
    freeze = snapshot.freeze if kept else None
    writes += [
        (Op.DELETE_ALIASES, (subject, TOKEN_FIELD)),
        (Op.DELETE_POSTINGS, (subject,)),
        (Op.DELETE_FACTS, (subject,)),
        (Op.DELETE_SEEN, (subject,)),
        (Op.PUT_SUBJECT, (subject, snapshot.generation + 1, erased_ms, freeze)),
    ]
    return tuple(writes)


def dropping(policy: Policy, snapshot: Snapshot, going: Sequence[str]) -> tuple[Write, ...]:
    """The writes that take some classes of a customer, with their indexes."""
    subject, writes = snapshot.subject, list[Write]()
    rows = (*snapshot.classes.values(), *snapshot.over.values())
    for name in sorted(aliases_in(policy, [row for row in rows if row.name in going])):
        writes.append((Op.DELETE_ALIAS, (subject, name)))
        writes.append((Op.DELETE_POSTINGS_BY, (subject, name)))
    writes += [(Op.DELETE_CLASS, (subject, name)) for name in going]
    row = (subject, snapshot.generation + 1, snapshot.erased_ms, snapshot.freeze)
    writes.append((Op.PUT_SUBJECT, row))
    return tuple(writes)


def _is_held(policy: Policy, row: ClassRow) -> bool:
    kept = policy.classes.get(row.name)
    return kept is not None and kept.survives_erasure
