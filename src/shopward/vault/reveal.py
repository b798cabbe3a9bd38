"""Look at fields of one customer, for a purpose, resting on a fact."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from msgspec import Struct

from shopward.clock import from_ms
from shopward.errors import UndecryptableError
from shopward.events import Kind
from shopward.policy import Ask, Deny, FactView, Permit, Reason, Show
from shopward.policy.retention import outlives_erasure
from shopward.store import FactRow, Found, Need, Snapshot
from shopward.vault.bodies import Bodies
from shopward.vault.frozen import read_freeze
from shopward.vault.masks import mask
from shopward.vault.operation import Base, Prepared

ABOUT_FACTS = frozenset(
    {
        Reason.FACT_UNKNOWN,
        Reason.FACT_FOREIGN,
        Reason.FACT_WRONG_TYPE,
        Reason.FACT_CLOSED,
        Reason.FACT_EXPIRED,
    }
)
"""Reasons that are about a fact. Whoever holds the token of a customer that is gone is told that
first; whoever names a customer by a value learns no more than about one who is there."""


NOTHING: frozenset[str] = frozenset()


def fact_key(reference: str | None) -> tuple[str, str] | None:
    """`order:1042` as (type, id)."""
    if reference is None:
        return None
    kind, _, identifier = reference.partition(":")
    return kind, identifier


def fact_view(fact: FactRow | None, snapshot: Snapshot | None) -> FactView | None:
    """A stored fact as the policy sees it."""
    if fact is None:
        return None
    belongs = snapshot is not None and fact.subject == snapshot.subject
    expires_at = None if fact.expires_ms is None else from_ms(fact.expires_ms)
    return FactView(fact.type, fact.state, expires_at, belongs)


class Reveal(Struct, frozen=True):
    """`alias` is the digest of the subject's reference; `subject` the reference when a token."""

    verb: ClassVar[str] = "reveal"
    changes: ClassVar[str] = ""

    base: Base
    alias: bytes
    subject: str | None
    fields: tuple[str, ...]
    purpose: str | None
    fact: str | None

    def need(self) -> Need:
        """The customer and the fact, in one look."""
        return Need(self.alias, fact_key(self.fact))

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """Decide, open, mask; a denial or a failure is prepared just as a value is."""
        base, snapshot = self.base, found.snapshot
        present = self._present(snapshot)
        details = base.details(
            "reveal",
            purpose=self.purpose,
            fact=self.fact,
            subject=self.subject,
            fields=self.fields,
            decision="permit",
        )
        ask = self._ask(found, present, now)
        verdict = base.vault.decide(ask, now)
        tells_gone = present is None and self.subject is not None
        if isinstance(verdict, Deny) and not (tells_gone and verdict.reason in ABOUT_FACTS):
            return base.refuse(verdict, details, present, (ask, now))
        if present is None or isinstance(verdict, Deny):
            return base.absent(details, snapshot)
        try:
            subject = self.subject or base.vault.token_of(present)
            values = self._open(present, verdict, now)
        except UndecryptableError as error:
            return base.fail(error, details, present)
        if subject != self.subject:
            details = base.permit(details, subject=subject)
        change = base.entry(Kind.RECORD_REVEALED, details, present)
        if found.fact is not None:
            change.fact = (found.fact.type, found.fact.id, found.fact.version)
        base.spend(change, self.purpose, present, now)
        return Prepared(change, details, (subject, values))

    def _ask(self, found: Found, present: Snapshot | None, now: datetime) -> Ask:
        caller = self.base.caller
        return Ask(
            "reveal",
            caller.role,
            self.purpose,
            self.fields,
            caller.assurance,
            caller.clauses,
            self.fact,
            fact_view(found.fact, found.snapshot),
            None if present is None else read_freeze(present.freeze),
            self.base.vault.register.freeze_of(caller),
            self.base.spent(self.purpose, found.snapshot, now),
            auth_age_s=caller.auth_age_s(now),
            over=NOTHING if present is None or present.erased_ms else frozenset(present.over),
        )

    def _present(self, snapshot: Snapshot | None) -> Snapshot | None:
        """The customer if there is one to look at, also an erased one of whom a law keeps this."""
        if snapshot is None or snapshot.erased_ms is None:
            return snapshot
        policy = self.base.vault.policy
        if not outlives_erasure(policy, self.purpose, self.fields):
            return None
        kept_in = {policy.fields[name].retention for name in self.fields}
        return snapshot if kept_in & snapshot.classes.keys() else None

    def _open(self, snapshot: Snapshot, permit: Permit, now: datetime) -> dict[str, str | None]:
        policy = self.base.vault.policy
        bodies = Bodies(self.base.vault, snapshot)
        values: dict[str, str | None] = {}
        for name, show in zip(self.fields, permit.shows, strict=True):
            value = bodies.open_(name, policy.fields[name].retention)
            if value is not None and show is not Show.CLEAR:
                value = mask(show, value, now.astimezone(policy.shop.time_zone).date())
            values[name] = value
        return values
