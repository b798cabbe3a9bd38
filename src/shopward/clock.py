"""The only place that reads the time.

Everything else takes `now` as an argument, so that tests and vectors choose it. Times are aware
and in UTC; milliseconds since the epoch where a format wants a number.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def now() -> datetime:
    """The wall clock, aware, in UTC."""
    return datetime.now(UTC)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970-01-01T00:00:00Z, rounded down."""
    return (moment - _EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """The aware UTC moment of a count of milliseconds since the epoch."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def monotonic_s() -> float:
    """Seconds on a clock that never goes back; only differences mean something."""
    return time.monotonic()
