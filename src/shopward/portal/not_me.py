"""What “This was not me” does, and what happens next.

- It ends every session and token, takes away what was added to the account since the disputed
  moment, puts the password out of use, and freezes the customer at the vault for a day.
- It needs no sign-in, only a link of one use from one of our mails, or a session. Whoever misuses a
  stolen link locks data for a day and signs the customer out: it opens nothing.
- Taking it back needs a fresh sign-in; what was taken away is set up anew, not brought back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

FROZEN: Final = timedelta(hours=24)
STOPS: Final = ("reveal", "search", "update", "export", "erase")
"""What the vault refuses meanwhile. Facts go on: orders are not held up."""
REASON: Final = "customer-not-me"
"""Freezes that customers make themselves begin so, and only those may they end."""
MARGIN: Final = timedelta(minutes=5)
"""A mail is made a moment after what it is about."""
LINK_LIFE: Final = timedelta(days=7)
LOOK_BACK: Final = timedelta(days=7)
"""What was read is shown from so long before the disputed moment."""


def since(moment: datetime, now: datetime) -> datetime:
    """From when on it was somebody else: never in the future, and never so early that all goes."""
    return max(min(moment, now), now - LINK_LIFE - LOOK_BACK)


def frozen_until(now: datetime) -> datetime:
    """When the freeze ends by itself."""
    return now + FROZEN
