"""A customer who signed in asks about herself alone: everything else is refused, and entered.

- She writes only what she may see in clear, under the conditions under which she may see it.
- She ends only freezes that she made, and shortens none that others made.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Final

from msgspec import Struct

from shopward.policy import Ask, Deny, Freeze, Permit, Reason, Show
from shopward.store import Found, Need
from shopward.vault.operation import Base, Prepared

OWN: Final = "customer-"
"""How the reasons of freezes begin that customers make themselves, and may end."""


class Foreign(Struct, frozen=True):
    """A request of a bound caller that does not name its own customer by the token."""

    verb: ClassVar[str] = ""
    changes: ClassVar[str] = ""

    base: Base
    asked: str

    def need(self) -> Need:
        """Nothing: whom it named is not even looked up."""
        return Need()

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """Always a refusal."""
        details = self.base.details(self.asked, subject=self.base.caller.bound)
        return self.base.refuse(Deny(Reason.SUBJECT_FOREIGN), details)


def unwritable(base: Base, names: Iterable[str], now: datetime) -> Deny | None:
    """Why a customer may not write one of these fields of hers; None when she may.

    Whoever is not bound writes what the role's `update` says: all of them.
    """
    if base.caller.bound is None:
        return None
    return next((deny for name in names if (deny := _unwritable(base, name, now))), None)


def unthawable(base: Base, stands: Freeze | None, now: datetime) -> Deny | None:
    """Why a customer may not replace or end this freeze of hers; None when she may."""
    if base.caller.bound is None or stands is None or not stands.stands(now):
        return None
    if stands.reason.startswith(OWN):
        return None
    return Deny(Reason.SUBJECT_FROZEN, until=stands.until)


def _unwritable(base: Base, name: str, now: datetime) -> Deny | None:
    caller, policy = base.caller, base.vault.policy
    lacks = Deny(Reason.FIELD_NOT_ALLOWED, name)
    for (role, purpose), scope in policy.scopes.items():
        if role != caller.role or name not in scope.rules:
            continue
        ask = Ask(
            "update",
            role,
            purpose,
            (name,),
            caller.assurance,
            caller.clauses,
            auth_age_s=caller.auth_age_s(now),
        )
        verdict = base.vault.decide(ask, now)
        if isinstance(verdict, Permit) and verdict.shows == (Show.CLEAR,):
            return None
        lacks = verdict if isinstance(verdict, Deny) else lacks
    return lacks
