"""What happened in a control plane: a sign-in, an invitation, a job that failed.

Only a control plane itself records, and the operator. Its kinds are those of
`events.OF_CONTROL_PLANES`, so that it cannot enter a look that never was. About a customer it is
sealed under the customer's own ledger key and goes with the customer.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from msgspec import Struct, structs

from shopward.events import Kind
from shopward.policy import Deny, Reason
from shopward.store import Found, Need
from shopward.vault.operation import Base, Prepared


class Event(Struct, frozen=True):
    """`about` holds slugs and counts, never a value; `at` is RFC 3339."""

    kind: Kind
    at: str
    actor: str
    realm: str = ""
    role: str = ""
    session: str | None = None
    subject: str | None = None
    about: str | None = None


class Record(Struct, frozen=True):
    """Enter an event; answers nothing. `alias` is the digest of the subject's token."""

    verb: ClassVar[str] = "record"
    changes: ClassVar[str] = ""

    base: Base
    event: Event
    alias: bytes | None

    def need(self) -> Need:
        """The customer it is about, and an earlier answer."""
        return Need(self.alias, replay=self.base.replay_need().replay)

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """The entry, under the actor's name; a customer who is gone is not named any more."""
        base, event, snapshot = self.base, self.event, found.snapshot
        caller = base.caller
        if not (caller.is_operator or caller.realm == "system"):
            return base.refuse(Deny(Reason.VERB_NOT_ALLOWED), base.details("record"))
        alive = snapshot if snapshot is not None and snapshot.erased_ms is None else None
        said = structs.replace(
            base.details("record", at=event.at, about=event.about),
            actor=event.actor,
            realm=event.realm,
            role=event.role,
            session=event.session,
            assurance=0,
            via=caller.credential,
            subject=event.subject if alive is not None else None,
        )
        change = base.entry(event.kind, said, alive)
        change.policy = None
        base.remember(change, None)
        return Prepared(change, said)
