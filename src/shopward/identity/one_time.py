"""Links that work once: invitations, the first administrator, recovery. 256 random bits, expiring.

Stored is their SHA-256, so that a copy of the database opens nothing. Opening a link shows a form
and changes nothing: mail programs and scanners open links too. The form's answer spends it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

BYTES: Final = 32
_FORM: Final = re.compile(r"[A-Za-z0-9_-]{43}")
INVITATION: Final = timedelta(hours=72)
FIRST: Final = timedelta(hours=24)
RECOVERY: Final = timedelta(hours=24)


class State(Enum):
    """What a link is worth."""

    GOOD = "good"
    SPENT = "spent"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Link:
    """What is kept of a link."""

    expires: datetime
    spent: datetime | None = None


def new() -> str:
    """The secret part of a link, 43 letters."""
    return secrets.token_urlsafe(BYTES)


def digest(token: str) -> str:
    """What is stored of it, 64 hex digits; for text of another form one that is never stored."""
    known = _FORM.fullmatch(token) is not None
    return hashlib.sha256(f"link\x00{token if known else ''}".encode()).hexdigest()


def state(link: Link | None, now: datetime) -> State:
    """What the link is worth now."""
    if link is None:
        return State.UNKNOWN
    if link.spent is not None:
        return State.SPENT
    return State.GOOD if now < link.expires else State.EXPIRED
