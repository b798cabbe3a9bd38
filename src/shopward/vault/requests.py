"""What customers ask of the shop, filed for a person: to see their data, to have it erased.

A request is a fact, so that a purpose can rest on it: `access-request:web-5f0c` of this customer is
open. Whoever files one may look at nothing; who may close one is the policy's (`requests`). It goes
with the customer when the customer is erased. `shop-request` is about no customer: the shop leaves.

- A request is filed once, and closed once.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from msgspec import Struct

from shopward.errors import NotFoundError
from shopward.events import Kind
from shopward.policy import Deny
from shopward.store import HOUSE, Found, Need, Op
from shopward.vault.operation import Base, Prepared

ACCESS: Final = "access-request"
ERASURE: Final = "erasure-request"
SHOP: Final = "shop-request"
REQUESTS: Final = (ACCESS, ERASURE, SHOP)
"""The types of facts that are requests."""


def barred(base: Base, now: datetime) -> Deny | None:
    """Why this caller may not see or close requests; the operator always may."""
    return None if base.caller.is_operator else base.barred("requests", now)


class FileRequest(Struct, frozen=True):
    """File a request; answers whether it is a new one. `alias` is None for one about no customer.

    A customer's freeze does not stop it: whoever is frozen may still ask.
    """

    verb: ClassVar[str] = "facts"
    changes: ClassVar[str] = "fact"

    base: Base
    alias: bytes | None
    type: str
    id: str

    def need(self) -> Need:
        """The customer, the request if it was filed before, and an earlier answer."""
        return Need(self.alias, (self.type, self.id), self.base.replay_need().replay)

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """The fact of the request, open until a person closes it."""
        base, snapshot, before = self.base, found.snapshot, found.fact
        details = base.details("file-request", fact=f"{self.type}:{self.id}")
        if deny := base.barred("facts", now):
            return base.refuse(deny, details)
        if self.alias is not None and (snapshot is None or snapshot.erased_ms is not None):
            return base.absent(details, snapshot)
        row = (self.type, self.id, snapshot.subject if snapshot else HOUSE, "open", None, 1)
        writes = ((Op.PUT_FACT, row),) if before is None else ()
        permitted = base.permit(details)
        change = base.entry(Kind.REQUEST_FILED, permitted, snapshot, writes)
        change.fact = (self.type, self.id, before.version if before else 0)
        base.remember(change, before is None)
        return Prepared(change, permitted, before is None)


class CloseRequest(Struct, frozen=True):
    """Close a request; answers nothing. `subject` is whose it is, `about` why, without a value."""

    verb: ClassVar[str] = "requests"
    changes: ClassVar[str] = "fact"

    base: Base
    subject: bytes
    type: str
    id: str
    about: str

    def need(self) -> Need:
        """The request, and the customer."""
        subject = None if self.subject == HOUSE else self.subject
        return Need(fact=(self.type, self.id), subject=subject)

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """The fact, closed."""
        base, before, snapshot = self.base, found.fact, found.snapshot
        named = f"{self.type}:{self.id}"
        details = base.details("close-request", fact=named, about=self.about)
        if deny := barred(base, now):
            return base.refuse(deny, details)
        if before is None or before.state != "open" or before.subject != self.subject:
            error = NotFoundError(
                "There is no open request of this name.",
                hint="`shopward request list` shows those that are open.",
                field="request",
            )
            return base.fail(error, details)
        version = before.version + 1
        row = (self.type, self.id, before.subject, "closed", None, version)
        permitted = base.permit(details)
        change = base.entry(Kind.REQUEST_CLOSED, permitted, snapshot, ((Op.PUT_FACT, row),))
        change.fact = (self.type, self.id, before.version)
        if base.caller.is_operator:
            change.policy = None
        return Prepared(change, permitted)


class ListRequests(Struct, frozen=True):
    """See which requests are open: an entry, after which the caller may be told."""

    verb: ClassVar[str] = "requests"
    changes: ClassVar[str] = ""

    base: Base

    def need(self) -> Need:
        """Nothing."""
        return Need()

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """For whoever may close them."""
        del found
        details = self.base.details("list-requests")
        if deny := barred(self.base, now):
            return self.base.refuse(deny, details)
        permitted = self.base.permit(details)
        return Prepared(self.base.entry(Kind.REQUEST_LISTED, permitted), permitted)


class Delivered(Struct, frozen=True):
    """A shop's webhook came in and was dealt with: entered for the house, once.

    `about` is the webhook's name, its format, a known topic and the outcome; never what came.
    """

    verb: ClassVar[str] = "facts"
    changes: ClassVar[str] = ""

    base: Base
    about: str

    def need(self) -> Need:
        """An earlier answer to the same delivery."""
        return Need(replay=self.base.replay_need().replay)

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """The entry; no policy decides about it."""
        del found, now
        details = self.base.details("deliver", about=self.about)
        change = self.base.entry(Kind.WEBHOOK_DELIVERED, details)
        change.policy = None
        outcome = self.about.rpartition(" ")[2]
        self.base.remember(change, outcome)
        return Prepared(change, details, outcome)
