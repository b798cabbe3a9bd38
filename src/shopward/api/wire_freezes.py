"""What travels about freezes: who is frozen, for what, until when."""

from __future__ import annotations

from typing import Annotated

import msgspec

from shopward.api.wire import CallerId, Expiry, Moment, Name, Receipt, SubjectRef, Wire


class FreezeRequest(Wire, frozen=True):
    """Freeze a customer or a caller for a while; names one of the two.

    `note` is for the ledger and must hold no personal data; `reason` is a slug of your own. `stops`
    is reveal, search and update unless given.
    """

    until: Expiry
    reason: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,39}\Z", max_length=40)]
    subject: SubjectRef | None = None
    caller: CallerId | None = None
    stops: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=16)] | None = None
    note: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None


class Frozen(Wire, frozen=True):
    """The freeze as it stands now: of a customer, by the token, or of a caller."""

    until: Moment
    stops: list[str]
    receipt: Receipt
    subject: str | None = None
    caller: CallerId | None = None


class Thawed(Wire, frozen=True):
    """Who is frozen no more."""

    receipt: Receipt
    subject: str | None = None
    caller: CallerId | None = None


class FreezeRow(Wire, frozen=True):
    """One freeze that has not run out."""

    until: Moment
    since: Moment
    stops: list[str]
    reason: str
    subject: str | None = None
    caller: CallerId | None = None


class FreezeList(Wire, frozen=True):
    """Every freeze that stands, the one that ends first first; `more` when there are others."""

    freezes: list[FreezeRow]
    more: bool
    receipt: Receipt
