"""Freeze a customer for a while, thaw it again, and see who is frozen.

The freeze stands on the customer's own row and moves its generation, so a look that was prepared
before does not win over it. The entry is the customer's; the note in it must name nobody.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from msgspec import Struct

from shopward.errors import InvalidError
from shopward.events import Kind
from shopward.policy import Deny, Freeze, Reason
from shopward.policy.freeze import LONGEST, STOPPABLE
from shopward.store import Found, Need, Op
from shopward.vault.bound import OWN, unthawable
from shopward.vault.frozen import read_freeze, write_freeze
from shopward.vault.operation import Base, Lasting, Prepared

NO_CUSTOMER = frozenset({"store"})
"""What a customer's freeze cannot stop: there is no customer yet."""


def may_freeze(base: Base, now: datetime) -> Deny | None:
    """Why this caller may not freeze or thaw; the operator always may.

    A caller that is frozen itself may not, whatever its freeze stops: it would thaw itself.
    """
    if base.caller.is_operator:
        return None
    stop = base.vault.register.freeze_of(base.caller)
    if stop is not None and stop.stands(now):
        return Deny(Reason.CALLER_FROZEN, until=stop.until)
    return base.barred("freeze", now)


def check_freeze(freeze: Freeze, now: datetime, *, is_of_customer: bool) -> None:
    """Refuses a freeze that ends before now or later than 90 days, or stops what it cannot.

    Raises:
        InvalidError: Names the member and what may stand there.
    """
    if not now < freeze.until <= now + LONGEST:
        raise InvalidError(
            f"A freeze ends in the future, {LONGEST.days} days from now at the latest.",
            hint="Give an earlier `until`; a freeze can be renewed before it ends.",
            field="until",
        )
    allowed = set(STOPPABLE) - (NO_CUSTOMER if is_of_customer else set())
    if not freeze.stops or not freeze.stops <= allowed:
        raise InvalidError(
            "`stops` names what is stopped, one of it at least.",
            hint="It can be " + ", ".join(name for name in STOPPABLE if name in allowed) + ".",
            field="stops",
        )


def check_own(base: Base, freeze: Freeze) -> None:
    """Refuses a customer's freeze of herself that does not say by its reason that it is hers.

    Raises:
        InvalidError: The reason is not one of hers.
    """
    if base.caller.bound is not None and not freeze.reason.startswith(OWN):
        raise InvalidError(
            f"The reason of a customer's own freeze begins with `{OWN}`.",
            hint=f"Give for example `{OWN}not-me`.",
            field="reason",
        )


class FreezeSubject(Struct, frozen=True):
    """Freeze a customer, or thaw it when `freeze` is None; answers (token, freeze).

    Whoever is not frozen can be thawed: it changes nothing, and is entered.
    """

    verb: ClassVar[str] = "freeze"
    changes: ClassVar[str] = "subject"

    base: Base
    alias: bytes
    subject: str | None
    freeze: Freeze | None
    note: str | None = None

    def need(self) -> Need:
        """The customer."""
        return Need(self.alias)

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """The customer's row with the freeze; a later freeze takes the place of an earlier one."""
        base, snapshot, freeze = self.base, found.snapshot, self.freeze
        verb = "freeze" if freeze else "thaw"
        details = base.details(verb, subject=self.subject, about=told(freeze, self.note))
        if deny := may_freeze(base, now):
            return base.refuse(deny, details)
        if freeze is not None:
            check_freeze(freeze, now, is_of_customer=True)
            check_own(base, freeze)
        if snapshot is None or snapshot.erased_ms is not None:
            return base.absent(details, snapshot)
        if deny := unthawable(base, read_freeze(snapshot.freeze), now):
            return base.refuse(deny, details, snapshot)
        token = base.vault.token_of(snapshot)
        permitted = base.permit(details, subject=token)
        kept = write_freeze(freeze) if freeze else None
        row = (snapshot.subject, snapshot.generation + 1, None, kept)
        kind = Kind.SUBJECT_FROZEN if freeze else Kind.SUBJECT_THAWED
        change = base.entry(kind, permitted, snapshot, ((Op.PUT_SUBJECT, row),))
        lasting = Lasting("frozen", snapshot.subject, freeze=kept)
        return Prepared(change, permitted, (token, freeze), lasting=lasting)


class ListFreezes(Struct, frozen=True):
    """See who is frozen: an entry, after which the caller may be told."""

    verb: ClassVar[str] = "freeze"
    changes: ClassVar[str] = ""

    base: Base

    def need(self) -> Need:
        """Nothing."""
        return Need()

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """For whoever may freeze."""
        details = self.base.details("list-freezes")
        if deny := may_freeze(self.base, now):
            return self.base.refuse(deny, details)
        permitted = self.base.permit(details)
        return Prepared(self.base.entry(Kind.FREEZE_LISTED, permitted), permitted)


def told(freeze: Freeze | None, note: str | None) -> str | None:
    """What the entry says of a freeze beside whom: why, for what, until when, and the note."""
    if freeze is None:
        return note
    stops = ",".join(sorted(freeze.stops))
    said = f"{freeze.reason} {stops} until {freeze.until.isoformat()}"
    return f"{said}: {note}" if note else said
