"""Find a customer by a uniquely indexed field, without looking at any other."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from msgspec import Struct

from shopward.errors import UndecryptableError
from shopward.events import Kind
from shopward.policy import Ask, Deny, Reason
from shopward.store import Found, Need
from shopward.vault.frozen import read_freeze
from shopward.vault.operation import Base, Prepared
from shopward.vault.reveal import fact_key, fact_view


class Search(Struct, frozen=True):
    """`alias` is the blind index of the value that is searched, 32 bytes."""

    verb: ClassVar[str] = "search"
    changes: ClassVar[str] = ""

    base: Base
    alias: bytes
    field: str
    purpose: str | None
    fact: str | None

    def need(self) -> Need:
        """The customer with this value, and the fact."""
        return Need(self.alias, fact_key(self.fact))

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """A hit, a miss or a denial; each is entered."""
        base, caller, snapshot = self.base, self.base.caller, found.snapshot
        ask = Ask(
            "search",
            caller.role,
            self.purpose,
            (self.field,),
            caller.assurance,
            caller.clauses,
            self.fact,
            fact_view(found.fact, snapshot),
            None if snapshot is None else read_freeze(snapshot.freeze),
            base.vault.register.freeze_of(caller),
            base.spent(self.purpose, snapshot, now),
            auth_age_s=caller.auth_age_s(now),
        )
        details = base.details("search", purpose=self.purpose, fact=self.fact, fields=(self.field,))
        verdict = base.vault.decide(ask, now)
        if isinstance(verdict, Deny):
            known = snapshot if verdict.reason is Reason.SUBJECT_FROZEN else None
            return base.refuse(verdict, details, known, (ask, now))
        try:
            token = None if snapshot is None else base.vault.token_of(snapshot)
        except UndecryptableError as error:
            return base.fail(error, details, snapshot)
        permitted = base.permit(details, subject=token)
        change = base.entry(Kind.RECORD_SEARCHED, permitted, snapshot)
        if found.fact is not None:
            change.fact = (found.fact.type, found.fact.id, found.fact.version)
        base.spend(change, self.purpose, snapshot, now)
        return Prepared(change, permitted, token)
