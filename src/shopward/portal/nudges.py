"""When a guide is offered by itself: one at a time, seldom, and not again once it was waved away.

- A nudge answers something that is the case now (`moments`); what is over is not offered.
- After one was waved away none is offered for a week, and the same one not for ninety days.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from shopward.portal.guides import GUIDES, Guide, Nudge

QUIET: Final = timedelta(days=7)
AGAIN: Final = timedelta(days=90)
FIRST: Final = (
    Nudge.FROZEN,
    Nudge.ADDRESS_CHANGED,
    Nudge.NEW_DEVICE,
    Nudge.ODD_MAIL,
    Nudge.NO_PASSKEY,
)
"""Which one goes first, when several could."""
URGENT: Final = frozenset({Nudge.FROZEN, Nudge.ADDRESS_CHANGED})
"""These come although another one was waved away a moment ago."""


def offered(
    moments: Collection[Nudge], waved: Mapping[Nudge, datetime], now: datetime
) -> Guide | None:
    """The guide to offer now, if any.

    Args:
        moments: What is the case.
        waved: When each was last waved away.
        now: The moment.
    """
    is_quiet = any(now - at < QUIET for at in waved.values())
    for nudge in FIRST:
        at = waved.get(nudge)
        if nudge not in moments or (at is not None and now - at < AGAIN):
            continue
        if nudge in URGENT or not is_quiet:
            return next(guide for guide in GUIDES if guide.nudge is nudge)
    return None
