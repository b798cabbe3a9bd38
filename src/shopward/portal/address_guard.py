"""A new device that changes an address: the customer hears of it at the old one, and can undo it.

What was there before is kept in the vault as a field of its own (`BEFORE`) under a retention class
of few days, so that it dies by itself. The link in the mail undoes for 72 hours.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

BEFORE: Final = "before_change"
"""The policy's field for what was there before; without it nothing can be undone."""
ASKED: Final = "asked_change"
"""The policy's field for what she asked to change, until a code shows that she is reached there."""
UNDO: Final = timedelta(hours=72)
NEW_FOR: Final = timedelta(days=7)
"""A device counts as new for so long after its first sign-in."""
_GUARDED: Final = ("user.contact",)


def is_guarded(category: str) -> bool:
    """Whether a field of this category says where or how somebody is reached."""
    return category.startswith(_GUARDED)


def is_new(first_seen: datetime | None, oldest: datetime | None, now: datetime) -> bool:
    """Whether the device is new to a customer who had another one before.

    Args:
        first_seen: When this device first signed in; None for one without a cookie of ours.
        oldest: When the customer's first device did; None when none is known.
        now: The moment.
    """
    if first_seen is None:
        return True
    return oldest is not None and oldest < first_seen and now - first_seen < NEW_FOR


def write_before(values: Mapping[str, str | None]) -> str:
    """Values as they are kept: one line of JSON. Secret."""
    return json.dumps(dict(values), ensure_ascii=False, sort_keys=True)


def read_before(text: str | None, known: Iterable[str]) -> dict[str, str | None]:
    """The values of fields that the policy still knows; nothing of what is no such line. Secret."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    fields = set(known)
    return {
        name: value
        for name, value in found.items()
        if name in fields and (value is None or isinstance(value, str))
    }
