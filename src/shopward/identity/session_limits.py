"""When a session is over, and when its proof is too old for something grave.

Source: NIST SP 800-63B-4 §2.2.3; PCI DSS 4.0.1 §8.2.8; OWASP ASVS 5.0 §7.3.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    """

    idle: timedelta
    whole: timedelta
    step_up: timedelta = timedelta(minutes=5)
    write_every: timedelta = timedelta(minutes=1)

    def is_over(self, began: datetime, seen: datetime, now: datetime) -> bool:
        """Whether the session has ended; also when its times lie in the future."""
        if began > now + self.write_every or seen > now + self.write_every:
            return True
        return now - seen >= self.idle or now - began >= self.whole

    def is_seen_due(self, seen: datetime, now: datetime) -> bool:
        """Whether "last seen" is written again."""
        return now - seen >= self.write_every

    def is_fresh(self, proven: datetime, now: datetime) -> bool:
        """Whether a proof is recent enough for a grave step."""
        return timedelta() <= now - proven < self.step_up


STAFF: Final = SessionLimits(idle=timedelta(minutes=15), whole=timedelta(hours=12))
CUSTOMER: Final = SessionLimits(idle=timedelta(hours=1), whole=timedelta(hours=24))
OF_REALM: Final = {"staff": STAFF, "customer": CUSTOMER}
"""By the realm's name."""
LONGEST_IDLE: Final = max(one.idle for one in OF_REALM.values())
"""Whatever was quiet for so long is over, whosever it is."""
