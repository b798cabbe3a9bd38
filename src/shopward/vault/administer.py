"""What the operator does, and what the data plane says of itself: callers, policy, start and stop.

None of it touches a customer's data; all of it is entered, sealed for the house.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from msgspec import Struct

from shopward.errors import DeniedError
from shopward.events import Kind
from shopward.policy import Deny, Reason
from shopward.store import Found, Need, Op
from shopward.vault.operation import Base, Prepared


class Administer(Struct, frozen=True):
    """One administrative act; answers `value`. Only the operator and the house may."""

    verb: ClassVar[str] = ""
    changes: ClassVar[str] = ""

    base: Base
    kind: Kind
    about: str
    writes: tuple[tuple[Op, tuple[Any, ...]], ...] = ()
    value: Any = None
    reason: str | None = None

    def need(self) -> Need:
        """Nothing."""
        return Need()

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """The entry with its writes; the policy need not be the one in force."""
        if not self.base.caller.is_operator:
            raise DeniedError("Only the admin socket may do this.", reason="not-operator")
        details = self.base.details(str(self.kind), about=self.about, reason=self.reason)
        change = self.base.entry(self.kind, details, writes=self.writes)
        change.policy = None
        return Prepared(change, details, self.value)


class Operate(Struct, frozen=True):
    """A caller asked for long work that it may not begin or end: refused, and entered."""

    verb: ClassVar[str] = "operate"
    changes: ClassVar[str] = ""

    base: Base
    deny: Deny
    about: str

    def need(self) -> Need:
        """Nothing."""
        return Need()

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """Always a refusal: for whoever may, the job itself is entered."""
        return self.base.refuse(self.deny, self.base.details("operate", about=self.about))


class ReadEntries(Struct, frozen=True):
    """A caller that may not audit asked for others' entries: refused, and entered."""

    verb: ClassVar[str] = "audit"
    changes: ClassVar[str] = ""

    base: Base

    def need(self) -> Need:
        """Nothing."""
        return Need()

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """Always a refusal: for whoever may audit nothing is asked here."""
        details = self.base.details("audit")
        return self.base.refuse(Deny(Reason.VERB_NOT_ALLOWED), details)
