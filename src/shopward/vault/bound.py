"""A customer who signed in asks about herself alone: everything else is refused, and entered."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from msgspec import Struct

from shopward.policy import Deny, Reason
from shopward.store import Found, Need
from shopward.vault.operation import Base, Prepared


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
