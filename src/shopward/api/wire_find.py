"""What travels when customers are found by a part of a value, or by several values at once."""

from __future__ import annotations

from typing import Annotated

import msgspec

from shopward.api.wire import FactRef, Name, Receipt, Value, Wire, one_of
from shopward.policy import Way

MOST = 100
Limit = Annotated[int, msgspec.Meta(ge=1, le=MOST)]


class FindRequest(Wire, frozen=True):
    """Find customers by one field in a way that it is indexed for, or by the fields of a compound.

    `fields` are what is looked for, whole values or, with `prefix` and `infix`, a part of one.
    """

    fields: Annotated[dict[Name, Value], msgspec.Meta(min_length=1, max_length=4)]
    way: Annotated[str, one_of(*Way)]
    purpose: Name | None = None
    fact: FactRef | None = None
    limit: Limit = 20


class Match(Wire, frozen=True):
    """A customer who was found; the receipt is that of her own entry."""

    subject: str
    receipt: Receipt


class Matches(Wire, frozen=True):
    """The best matches first.

    `complete` says that there are no others: none beyond the limit, none that were held back, and
    the index holds every customer. The receipt is that of the look, with a checkpoint over all.
    """

    matches: list[Match]
    complete: bool
    receipt: Receipt
