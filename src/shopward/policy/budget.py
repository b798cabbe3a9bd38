"""Budgets: how many customers a caller may look at in a day, how many looks it has in a minute.

A budget belongs to a role and a purpose, and each caller of the role has one of its own. A day is
the shop's, from midnight to midnight on its clock; a second look at a customer on the same day
costs no customer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Budget:
    """What one caller of a role may use for a purpose; None does not bound it."""

    role: str
    purpose: str
    customers_per_day: int | None = None
    reads_per_minute: int | None = None

    @property
    def warns_at(self) -> int:
        """The customers of a day at which a warning is entered: four in five."""
        return -(-(self.customers_per_day or 0) * 4 // 5)


@dataclass(frozen=True, slots=True)
class Spent:
    """What a caller has used so far; `is_counted` when this customer was looked at today."""

    customers: int
    reads: int = 0
    is_counted: bool = False


def day_of(now: datetime, zone: ZoneInfo) -> int:
    """The shop's day as a number that grows by one every midnight."""
    return now.astimezone(zone).toordinal()


def next_day(now: datetime, zone: ZoneInfo) -> datetime | None:
    """When the shop's next day begins; None at the end of all days."""
    try:
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    except OverflowError:
        return None
    return datetime.combine(tomorrow, time(), zone)


def minute_of(now: datetime) -> int:
    """Minutes since the epoch."""
    return int(now.timestamp() // 60)


def next_minute(now: datetime) -> datetime | None:
    """When the next minute begins; None at the end of all days."""
    try:
        return now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    except OverflowError:
        return None
