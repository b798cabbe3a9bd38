"""What travels about the end of data: what an erasure took and left, what is past its date."""

from __future__ import annotations

from shopward.api.wire import Moment, Name, Position, Receipt, Wire


class Stay(Wire, frozen=True):
    """A retention class that a law keeps of an erased customer: until when, on what ground."""

    name: str
    until: Moment
    ground: str


class Erased(Wire, frozen=True):
    """`classes` are the retention classes whose keys are gone, `stays` those that a law keeps."""

    subject: str
    classes: list[str]
    receipt: Receipt
    stays: tuple[Stay, ...] = ()


class DueRow(Wire, frozen=True):
    """A retention class: how many customers' data of it is over, and since when the first is."""

    name: Name
    keep_days: Position
    customers: Position
    first: Moment | None = None


class RetentionPreview(Wire, frozen=True):
    """What the retention job would erase at that moment, were nothing to happen until then."""

    at: Moment
    classes: list[DueRow]
