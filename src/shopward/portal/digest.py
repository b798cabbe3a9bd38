"""The letter that tells a customer what happened: when it is due, and what it says.

A count of sign-ins and changes, and every party that read data with what and why. It has one link,
to look it over; it has no value. Whoever chooses "never" gets none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from shopward.portal.activity import Line, Side
from shopward.portal.plain import Group


class Every(StrEnum):
    """How often."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    NEVER = "never"


DEFAULT: Final = Every.MONTH
_DAYS: Final = {Every.WEEK: 7, Every.MONTH: 30, Every.QUARTER: 91}
REVIEW: Final = timedelta(days=90)
"""After so long without a review the digest asks for one."""
MOST_LINES: Final = 12


@dataclass(frozen=True, slots=True)
class Digest:
    """What one letter says.

    Args:
        sign_ins: How many there were.
        changes: How many changes of data or of ways to sign in.
        looks: Who read what and why, each once, with how often.
        more: How many different looks are left out.
        refused: How many looks were refused.
    """

    sign_ins: int
    changes: int
    looks: tuple[tuple[str, int], ...]
    more: int
    refused: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened."""
        return not (self.sign_ins or self.changes or self.looks or self.refused)


def is_due(every: Every, last: datetime, now: datetime) -> bool:
    """Whether the next letter is due."""
    days = _DAYS.get(every)
    return days is not None and now - last >= timedelta(days=days)


def is_review_due(reviewed: datetime, now: datetime) -> bool:
    """Whether it is time to look everything over again."""
    return now - reviewed >= REVIEW


def of(lines: Iterable[Line]) -> Digest:
    """The letter about these lines; what the customer did herself is counted, not told."""
    seen = list(lines)
    looks = [one for one in seen if one.group is Group.LOOK and one.side is not Side.YOU]
    told = Counter(str(one.said) for one in looks if not one.is_refused)
    ordered = tuple(told.most_common())
    return Digest(
        sum(one.group is Group.SIGN_IN and not one.is_refused for one in seen),
        sum(one.group in {Group.CHANGE, Group.SAFETY} for one in seen),
        ordered[:MOST_LINES],
        max(0, len(ordered) - MOST_LINES),
        sum(one.is_refused for one in looks),
    )
