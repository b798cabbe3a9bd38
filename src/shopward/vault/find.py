"""Find customers beside by a whole unique value: one entry for the look, and one for each found.

Who matches was sought before (`seek`) and is looked at again here, under the same guards as any
look: erased, frozen, updated or past its date in between, and it is not found. Each customer found
has an entry of her own and counts in a budget.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from msgspec import Struct

from shopward.errors import NotFoundError
from shopward.events import Kind
from shopward.policy import Ask, Deny, FactView
from shopward.store import Found, Need, Snapshot
from shopward.vault.frozen import read_freeze
from shopward.vault.operation import Base, Prepared
from shopward.vault.reveal import ABOUT_FACTS, fact_key, fact_view
from shopward.vault.seek import Query


class Looking(Struct, frozen=True):
    """Who looks for whom and why: what the look and each find have in common."""

    base: Base
    query: Query
    purpose: str | None
    fact: str | None

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are looked into."""
        return self.query.index.fields

    def ask(self, fact: FactView | None, snapshot: Snapshot | None, now: datetime) -> Ask:
        """The question to the policy, about one customer or none in particular."""
        base, caller = self.base, self.base.caller
        return Ask(
            "search",
            caller.role,
            self.purpose,
            self.fields,
            caller.assurance,
            caller.clauses,
            self.fact,
            fact,
            None if snapshot is None else read_freeze(snapshot.freeze),
            base.vault.register.freeze_of(caller),
            base.spent(self.purpose, snapshot, now),
            auth_age_s=caller.auth_age_s(now),
            over=frozenset() if snapshot is None else frozenset(snapshot.over),
            find=str(self.query.index.way),
        )


class Find(Struct, frozen=True):
    """The look itself, whoever is found; `count` is how many there may be."""

    verb: ClassVar[str] = "search"
    changes: ClassVar[str] = ""

    looking: Looking
    count: int = 0

    @property
    def base(self) -> Base:
        """Where and for whom it runs."""
        return self.looking.base

    @property
    def purpose(self) -> str | None:
        """What for."""
        return self.looking.purpose

    def need(self) -> Need:
        """The fact."""
        return Need(fact=fact_key(self.looking.fact))

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """A permission or a denial; whether the fact is theirs is asked for each who is found."""
        looking, base = self.looking, self.base
        fact = found.fact
        view = None if fact is None else fact_view(fact, Snapshot(fact.subject, 0, None, {}))
        ask = looking.ask(view, None, now)
        details = base.details(
            "find",
            purpose=looking.purpose,
            fact=looking.fact,
            fields=looking.fields,
            about=f"{looking.query.index.way} {self.count}",
        )
        verdict = base.vault.decide(ask, now)
        if isinstance(verdict, Deny):
            return base.refuse(verdict, details, None, (ask, now))
        permitted = base.permit(details)
        change = base.entry(Kind.RECORD_SEARCHED, permitted)
        if fact is not None:
            change.fact = (fact.type, fact.id, fact.version)
        base.spend(change, looking.purpose, None, now)
        return Prepared(change, permitted)


class Hit(Struct, frozen=True):
    """One customer (16 bytes) who matched a moment ago; answers her token."""

    verb: ClassVar[str] = "search"
    changes: ClassVar[str] = ""

    looking: Looking
    subject: bytes

    @property
    def base(self) -> Base:
        """Where and for whom it runs."""
        return self.looking.base

    @property
    def purpose(self) -> str | None:
        """What for."""
        return self.looking.purpose

    def need(self) -> Need:
        """The customer and the fact."""
        return Need(fact=fact_key(self.looking.fact), subject=self.subject)

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """The customer's own entry.

        Raises:
            NotFoundError: Not, or not any more, one who is looked for: nothing is entered.
        """
        looking, base, snapshot = self.looking, self.base, found.snapshot
        if (
            snapshot is None
            or snapshot.erased_ms is not None
            or looking.query.rank(base.vault, snapshot) is None
        ):
            raise NotFoundError("No such customer any more.")
        ask = looking.ask(fact_view(found.fact, snapshot), snapshot, now)
        details = base.details(
            "find", purpose=looking.purpose, fact=looking.fact, fields=looking.fields
        )
        verdict = base.vault.decide(ask, now)
        if isinstance(verdict, Deny):
            if verdict.reason in ABOUT_FACTS:
                raise NotFoundError("The fact is another customer's.")
            return base.refuse(verdict, details, snapshot, (ask, now))
        token = base.vault.token_of(snapshot)
        permitted = base.permit(details, subject=token)
        change = base.entry(Kind.RECORD_SEARCHED, permitted, snapshot)
        if found.fact is not None:
            change.fact = (found.fact.type, found.fact.id, found.fact.version)
        base.spend(change, looking.purpose, snapshot, now)
        return Prepared(change, permitted, token)
