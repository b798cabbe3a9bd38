"""When data dies: from what day a retention class counts, and the day it is over.

A class counts from the midnight, on the shop's clock, that ends the day of the event it `starts`
with; `keep_days` of 24 hours later it is over. That midnight is what is stored, never the date it
dies on: a policy with another `keep_days` holds from the moment it is in force.

- What is over is never shown again, nor brought back by a later event.
- A class that has not begun to count (`closed-account` of an open account) has no date.

| starts | counts from |
|---|---|
| `stored` | the last time data of the class was written |
| `last-contact` | the last store, update or fact about the customer |
| `last-order`, `order-closed` | the last write, or the last `order` fact, opened or closed |
| `closed-account` | the day an `account` fact is closed; an open one stops it |
| `consent-withdrawn` | the last write, or the day `consent` is closed; an open one stops it |
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from shopward.policy.model import Basis, Policy, RetentionClass

DAY_MS: Final = 86_400_000
_ORDERS: Final = frozenset({"last-order", "order-closed"})
_STOPPED_BY: Final = {"closed-account": "account", "consent-withdrawn": "consent"}


def due_ms(kept: RetentionClass, since_ms: int | None) -> int | None:
    """When a class is over, in milliseconds since the epoch; None when it does not count yet."""
    return None if since_ms is None else since_ms + kept.keep_days * DAY_MS


def after_write(kept: RetentionClass, since_ms: int | None, today_ms: int) -> int | None:
    """What a class counts from once its data is written today; None before there was any."""
    return since_ms if kept.starts == "closed-account" else today_ms


def after_contact(kept: RetentionClass, since_ms: int | None, today_ms: int) -> int | None:
    """What a class counts from once other data of the customer is written today."""
    return today_ms if kept.starts == "last-contact" else since_ms


def after_fact(
    kept: RetentionClass, since_ms: int | None, today_ms: int, kind: str, state: str
) -> int | None:
    """What a class counts from once a fact about the customer is stated today."""
    if kept.starts in _ORDERS:
        return today_ms if kind == "order" else since_ms
    if kind == _STOPPED_BY.get(kept.starts):
        return today_ms if state == "closed" else None
    return after_contact(kept, since_ms, today_ms)


def outlives_erasure(policy: Policy, purpose: str | None, fields: Iterable[str]) -> bool:
    """Whether these fields of an erased customer may still be asked for.

    Only for a purpose that a law demands, and only what a class keeps for a law.
    """
    known = policy.purposes.get(purpose or "")
    if known is None or known.basis is not Basis.LEGAL_OBLIGATION:
        return False
    named = [policy.fields.get(name) for name in fields]
    return bool(named) and all(
        one is not None and policy.classes[one.retention].survives_erasure for one in named
    )
