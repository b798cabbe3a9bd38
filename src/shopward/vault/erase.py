"""Destroy a customer's keys: what they sealed cannot be opened again.

The DEKs, indexes and facts leave the database in the same transaction as the entry. Copies of the
database still hold wrapped DEKs; those die with the key of their epoch. What stays is the token's
digest, so that a later look can be told "erased" from "unknown", and the entry of the erasure,
sealed for the house.
"""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any, ClassVar

from msgspec import Struct

from shopward.clock import to_ms
from shopward.errors import InvalidError, UndecryptableError
from shopward.events import Kind
from shopward.store import Found, Need, Op, Snapshot
from shopward.vault import body
from shopward.vault.details import LEDGER_CLASS, TOKEN_FIELD
from shopward.vault.operation import Base, Lasting, Prepared

Write = tuple[Op, tuple[Any, ...]]


class Erase(Struct, frozen=True):
    """Erase a whole customer, or some retention classes; answers (token, classes)."""

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
        there = tuple(sorted(set(snapshot.classes) - {LEDGER_CLASS}))
        going = there if self.classes is None else tuple(sorted(set(self.classes) & set(there)))
        permitted = base.permit(details, subject=token, classes=going)
        writes = (
            self._everything(snapshot, now) if self.classes is None else self._some(snapshot, going)
        )
        change = base.entry(Kind.RECORD_ERASED, permitted, None, writes)
        change.guard, change.generation = snapshot.subject, snapshot.generation
        base.remember(change, (token, going))
        lasting = Lasting(
            "erased", snapshot.subject, classes=None if self.classes is None else going
        )
        return Prepared(change, permitted, (token, going), gone=snapshot, lasting=lasting)

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

    def _everything(self, snapshot: Snapshot, now: datetime) -> tuple[Write, ...]:
        subject = snapshot.subject
        return (
            (Op.DELETE_CLASSES, (subject,)),
            (Op.DELETE_ALIASES, (subject, TOKEN_FIELD)),
            (Op.DELETE_FACTS, (subject,)),
            (Op.DELETE_SEEN, (subject,)),
            (Op.PUT_SUBJECT, (subject, snapshot.generation + 1, to_ms(now), None)),
        )

    def _some(self, snapshot: Snapshot, going: tuple[str, ...]) -> tuple[Write, ...]:
        subject, writes = snapshot.subject, list[Write]()
        for name in sorted(self._names(snapshot, going)):
            writes.append((Op.DELETE_ALIAS, (subject, name)))
        writes += [(Op.DELETE_CLASS, (subject, name)) for name in going]
        row = (subject, snapshot.generation + 1, None, snapshot.freeze)
        writes.append((Op.PUT_SUBJECT, row))
        return tuple(writes)

    def _names(self, snapshot: Snapshot, going: tuple[str, ...]) -> set[str]:
        """Fields and tokens whose indexes go: what the rows hold, and what the policy keeps there.

        A row that is damaged is erased all the same.
        """
        fields = self.base.vault.policy.fields.items()
        kept = {name for name, known in fields if known.retention in going}
        names = kept | {f"token:{name}" for name in kept}
        for one in going:
            with contextlib.suppress(UndecryptableError):
                names |= set(body.unpack(snapshot.classes[one].body))
        return names
