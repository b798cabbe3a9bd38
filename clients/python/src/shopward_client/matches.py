"""What a search by a part of a value answers, or by several values at once."""

from __future__ import annotations

from dataclasses import dataclass

from shopward_client.answers import Receipt


@dataclass(frozen=True, slots=True)
class Match:
    """A customer who was found; the receipt is that of the customer's own entry."""

    subject: str
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Matches:
    """The best matches first; `complete` says that there are no others.

    `receipt` is that of the look, with a checkpoint over every entry of it.
    """

    matches: tuple[Match, ...]
    complete: bool
    receipt: Receipt
