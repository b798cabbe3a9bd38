"""What of a customer is past its date: taken out of sight before any verb looks.

`Settler` puts every customer it finds through `within_terms`, so that no verb can open, update or
search what is over, whether the retention job ran or not. The rows stay in `Snapshot.over`, to be
deleted with their keys.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from datetime import datetime

from msgspec import structs

from shopward.clock import to_ms
from shopward.errors import UndecryptableError
from shopward.policy import Policy
from shopward.policy.budget import next_day
from shopward.policy.retention import DAY_MS
from shopward.store import ClassRow, Snapshot
from shopward.vault import body


def within_terms(policy: Policy, snapshot: Snapshot, now_ms: int) -> Snapshot | None:
    """The customer without what is over; None when it was named by something that is over."""
    is_erased, over = snapshot.erased_ms is not None, None
    for name, row in snapshot.classes.items():
        kept = policy.classes.get(name)
        due = kept and row.since_ms is not None and row.since_ms + kept.keep_days * DAY_MS <= now_ms
        if due or (is_erased and not (kept and kept.survives_erasure)):
            over = {**(over or {}), name: row}
    if over is None:
        return snapshot
    if home_of(policy, snapshot.name) in over:
        return None
    classes = {name: row for name, row in snapshot.classes.items() if name not in over}
    return structs.replace(snapshot, classes=classes, over=over)


def home_of(policy: Policy, alias: str) -> str | None:
    """The retention class of the field that an alias points by; None for tokens and own ids."""
    field = policy.fields.get(alias.removeprefix("token:"))
    return None if field is None else field.retention


def today_ms(policy: Policy, now: datetime) -> int:
    """What a term that begins now counts from: the midnight that ends the shop's day."""
    midnight = next_day(now, policy.shop.time_zone)
    return to_ms(now if midnight is None else midnight)


def aliases_in(policy: Policy, rows: Iterable[ClassRow]) -> set[str]:
    """Fields and tokens whose indexes go with these rows: what they hold, and what belongs there.

    A row that is damaged goes all the same.
    """
    rows = list(rows)
    classes = {row.name for row in rows}
    kept = {name for name, known in policy.fields.items() if known.retention in classes}
    names = kept | {f"token:{name}" for name in kept}
    for row in rows:
        with contextlib.suppress(UndecryptableError):
            names |= set(body.unpack(row.body))
    return names


def terms_of(snapshot: Snapshot) -> tuple[tuple[str, int | None], ...]:
    """The guard under which nothing moved what this customer's classes count from."""
    rows = (*snapshot.classes.values(), *snapshot.over.values())
    return tuple((row.name, row.since_ms) for row in rows)
