"""When a session is over, when it rests, and when its proof is too old for something grave.

A session that may stay for days rests after an hour without a page, or a day without a proof: it
opens nothing until one factor is shown again, and what was shown a day ago counts no more.

Source: NIST SP 800-63B-4 §2.2.3; PCI DSS 4.0.1 §8.2.8; OWASP ASVS 5.0 §7.3.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session of one realm lives.

    Args:
        idle: The longest time without a request.
        whole: The longest time since sign-in, whatever happens in it.
        step_up: How long a proof with a factor stays fresh for grave steps.
        write_every: The shortest time between two writes of "last seen".
        stays: How long it can be taken up again by one factor; nothing for a session that ends.
    """

    idle: timedelta
    whole: timedelta
    step_up: timedelta = timedelta(minutes=5)
    write_every: timedelta = timedelta(minutes=1)
    stays: timedelta = timedelta()

    @property
    def longest(self) -> timedelta:
        """After which time since sign-in it is over in any case."""
        return max(self.whole, self.stays)

    @property
    def quiet(self) -> timedelta:
        """After which time without a request it is over in any case."""
        return max(self.idle, self.stays)

    def is_over(self, began: datetime, seen: datetime, now: datetime) -> bool:
        """Whether the session has ended; also when its times lie in the future."""
        if began > now + self.write_every or seen > now + self.write_every:
            return True
        return now - seen >= self.quiet or now - began >= self.longest

    def is_resting(self, proven: datetime, seen: datetime, now: datetime) -> bool:
        """Whether one factor has to be shown before anything else."""
        if not self.stays:
            return False
        return now - seen >= self.idle or now - proven >= self.whole

    def is_seen_due(self, seen: datetime, now: datetime) -> bool:
        """Whether "last seen" is written again."""
        return now - seen >= self.write_every

    def is_fresh(self, proven: datetime, now: datetime) -> bool:
        """Whether a proof is recent enough for a grave step."""
        return timedelta() <= now - proven < self.step_up


STAFF: Final = SessionLimits(idle=timedelta(minutes=15), whole=timedelta(hours=12))
CUSTOMER: Final = SessionLimits(idle=timedelta(hours=1), whole=timedelta(hours=24))


def of_realm(realm: str, customer_days: int) -> SessionLimits:
    """The limits of `staff` or `customer`, where customers stay signed in for so many days."""
    if realm == "staff":
        return STAFF
    stays = timedelta(days=customer_days) if customer_days > 1 else timedelta()
    return replace(CUSTOMER, stays=stays)
