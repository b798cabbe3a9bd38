"""Facts that purposes rest on: order 1042 of this customer is open until Friday.

Written by callers that may not look at values; a look checks them in its own transaction. A
customer who signed in states her own consent, and no other fact.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

from msgspec import Struct

from shopward.errors import ConflictError
from shopward.events import Kind
from shopward.policy import Deny, Reason, may
from shopward.policy.retention import after_fact
from shopward.store import Found, Need, Op, Snapshot
from shopward.vault.operation import Base, Prepared
from shopward.vault.terms import today_ms

LAST_VERSION = 2**53 - 1
"""The largest whole number that every JSON reader keeps exact."""


class PutFact(Struct, frozen=True):
    """State a fact; answers its version. A version not above the stored one is refused."""

    verb: ClassVar[str] = "facts"
    changes: ClassVar[str] = "fact"

    base: Base
    alias: bytes
    subject: str | None
    type: str
    id: str
    state: str
    expires_ms: int | None
    version: int | None

    def need(self) -> Need:
        """The customer, the fact as it was, and an earlier answer."""
        return Need(self.alias, (self.type, self.id), self.base.replay_need().replay)

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """The next version of the fact, linked to the customer for good."""
        base, snapshot, before = self.base, found.snapshot, found.fact
        named = f"{self.type}:{self.id}"
        details = base.details("facts", fact=named, subject=self.subject, about=self.state)
        if deny := _barred(base, self.type, now):
            return base.refuse(deny, details)
        if snapshot is None or snapshot.erased_ms is not None:
            return base.absent(details, snapshot)
        if deny := _barred(base, self.type, now, snapshot):
            return base.refuse(deny, details, snapshot)
        if before is not None and before.subject != snapshot.subject:
            error = ConflictError(
                "This fact is about another customer.",
                hint="Facts keep their customer; close it and use a new `id`.",
                field="id",
                reason="fact-foreign",
            )
            return base.fail(error, details, snapshot)
        current = before.version if before else 0
        version = current + 1 if self.version is None else self.version
        if not current < version <= LAST_VERSION:
            error = ConflictError(
                "A newer version of this fact is stored.",
                hint="Leave `version` out, or send one above the stored; the last is 2^53 - 1.",
                field="version",
                reason="fact-stale",
            )
            return base.fail(error, details, snapshot)
        row = (self.type, self.id, snapshot.subject, self.state, self.expires_ms, version)
        permitted = base.permit(details)
        writes = ((Op.PUT_FACT, row), *self._terms(snapshot, now))
        change = base.entry(Kind.FACT_PUT, permitted, snapshot, writes)
        change.fact = (self.type, self.id, current)
        base.remember(change, version)
        return Prepared(change, permitted, version)

    def _terms(self, snapshot: Snapshot, now: datetime) -> Iterator[tuple[Op, tuple[Any, ...]]]:
        """What the customer's classes count from now; what is over stays over."""
        policy = self.base.vault.policy
        today = today_ms(policy, now)
        for name, row in snapshot.classes.items():
            kept = policy.classes.get(name)
            if kept is None:
                continue
            since_ms = after_fact(kept, row.since_ms, today, self.type, self.state)
            if since_ms != row.since_ms:
                yield Op.MOVE_TERM, (snapshot.subject, name, since_ms)


def _barred(base: Base, kind: str, now: datetime, snapshot: Snapshot | None = None) -> Deny | None:
    """Why this caller may not state a fact of this type; None when it may."""
    if base.caller.bound is None:
        return base.barred("facts", now, snapshot)
    if deny := base.barred("consent", now, snapshot):
        return deny
    return None if kind in base.vault.policy.consents else Deny(Reason.VERB_NOT_ALLOWED)


class ListFacts(Struct, frozen=True):
    """See which facts a customer has; answers (token, subject of 16 bytes)."""

    verb: ClassVar[str] = "facts"
    changes: ClassVar[str] = ""

    base: Base
    alias: bytes
    subject: str | None

    def need(self) -> Need:
        """The customer."""
        return Need(self.alias)

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """For whoever writes facts, whoever audits, and a customer about herself."""
        base, snapshot, role = self.base, found.snapshot, self.base.caller.role
        details = base.details("list-facts", subject=self.subject)
        verbs = ("facts", "audit") if base.caller.bound is None else ("consent",)
        denied = [may(base.vault.policy, role, verb) for verb in verbs]
        if None not in denied and denied[0] is not None:
            return base.refuse(denied[0], details)
        if snapshot is None or snapshot.erased_ms is not None:
            return base.absent(details, snapshot)
        token = base.vault.token_of(snapshot)
        permitted = base.permit(details, subject=token)
        change = base.entry(Kind.FACT_LISTED, permitted, snapshot)
        return Prepared(change, permitted, (token, snapshot.subject))
