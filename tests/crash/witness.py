"""What was acknowledged: the memory of somebody outside, which no crash reaches.

A customer is changed by one shopper at a time, so that its state is known exactly, but for the one
change that was under way when the vault died: that one may have happened or not, never by halves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shopward_client.answers import Receipt
from tests.crash.verdict import BrokenError

Fields = dict[str, str | None]
OF_ORDER = ("company", "address1", "address2", "city", "postcode", "province", "country")
"""The fields of the retention class `order` in the example policy."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer's receipt; `kind` is what its leaf must say. `what` names it in a report."""

    index: int
    leaf_hash: str
    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class Change:
    """One write as it is sent: `verb` store, update, erase, erase-order or fact."""

    verb: str
    key: str
    fields: Fields = field(default_factory=dict)
    fact: str = ""
    state: str = ""


@dataclass(slots=True)
class Customer:
    """What a customer must look like; `pending` was sent and not answered."""

    email: str
    token: str | None = None
    fields: Fields = field(default_factory=dict)
    facts: dict[str, tuple[str, int]] = field(default_factory=dict)
    is_erased: bool = False
    is_gone: bool = False
    pending: Change | None = None
    touched: int = 0

    def apply(self, change: Change) -> None:
        """The state after a change that happened."""
        if change.verb == "erase":
            self.is_erased = True
            self.facts.clear()
        elif change.verb == "erase-order":
            self.fields |= dict.fromkeys(OF_ORDER)
        elif change.verb == "fact":
            version = self.facts.get(change.fact, ("", 0))[1] + 1
            self.facts[change.fact] = change.state, version
        else:
            self.fields |= change.fields


@dataclass(frozen=True, slots=True)
class Kept:
    """A change that was acknowledged under its key: the same again must answer the same."""

    customer: Customer
    change: Change
    answer: tuple[str, int, str]


@dataclass(slots=True)
class Witness:
    """Everything one installation has ever acknowledged, and the checkpoints seen outside."""

    customers: list[Customer] = field(default_factory=list)
    seen: dict[int, Seen] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)
    notes: dict[int, str] = field(default_factory=dict)
    log_key: str = ""
    epochs: set[int] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    turn: int = 0

    def see(self, receipt: Receipt, kind: str, what: str) -> None:
        """An answer arrived."""
        self.counts[what] += 1
        known = self.seen.setdefault(
            receipt.index, Seen(receipt.index, receipt.leaf_hash, kind, what)
        )
        if known.leaf_hash != receipt.leaf_hash:
            raise BrokenError(f"two answers share entry {receipt.index}")
        if receipt.checkpoint is not None:
            self.notes[size_of(receipt.checkpoint)] = receipt.checkpoint

    def last_note(self) -> str | None:
        """The largest checkpoint that left the machine."""
        return self.notes[max(self.notes)] if self.notes else None


def size_of(note: str) -> int:
    """The size that a checkpoint names."""
    return int(note.split("\n")[1])


def told(answer: Any) -> tuple[str, int, str]:
    """What an answer to a write must still be when it is asked for again."""
    subject: str = getattr(answer, "subject", "") or f"version {answer.version}"
    return subject, answer.receipt.index, answer.receipt.leaf_hash


def shown(fields: Mapping[str, str | None], names: tuple[str, ...]) -> Fields:
    """These fields, None for what there is not."""
    return {name: fields.get(name) for name in names}
