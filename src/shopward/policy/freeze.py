"""A freeze: what a customer or a caller is barred from for a while, whatever the policy permits.

A freeze always ends, and takes away only: nothing is permitted because of one. Erasing and facts
go on under it unless they are among what it stops.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

STOPPABLE: Final = ("reveal", "search", "update", "store", "erase", "facts", "export")
"""What a freeze can stop, in the order in which it is told."""
USUALLY: Final = ("reveal", "search", "update")
LONGEST: Final = timedelta(days=90)
REASON: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class Freeze:
    """`stops` are verbs, `since` and `until` aware moments, `reason` a slug for those who froze."""

    stops: frozenset[str]
    since: datetime
    until: datetime
    reason: str

    def stands(self, now: datetime) -> bool:
        """Whether it has not run out; a moment that cannot be compared counts as before its end."""
        try:
            return now < self.until
        except TypeError:
            return True

    def holds(self, verb: str, now: datetime) -> bool:
        """Whether it stops this verb now."""
        return verb in self.stops and self.stands(now)
