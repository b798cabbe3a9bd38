"""When to try again, and how long to wait: pure, bounded, with full jitter.

Tried again is only what is safe: a connection that was not made, 429 that names its Retry-After,
and 503, for calls that may be repeated. A request that left without an answer is not: the caller
decides, with the error's idempotency key. Source: RFC 9110 §10.2.3 (Retry-After).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from shopward_client.call import Answer, Call, Failure


@dataclass(frozen=True, slots=True)
class Retry:
    """How patient a client is.

    Attributes:
        attempts: How often a call is sent at most; 1 never repeats.
        base_s: Seconds within which the second attempt starts; doubles with each attempt.
        cap_s: The longest jittered wait in seconds.
        patience_s: The longest Retry-After in seconds that is waited for; a longer one is
            handed to the caller as an error at once.
    """

    attempts: int = 4
    base_s: float = 0.1
    cap_s: float = 5.0
    patience_s: float = 30.0

    def wait_s(self, call: Call[Any], got: Answer | Failure, tries: int) -> float | None:
        """Give the seconds to wait before the next attempt, or None when `got` stands.

        Args:
            call: What was sent.
            got: What came of it.
            tries: How often it was sent, 1 or more.
        """
        if tries >= self.attempts or not call.can_repeat:
            return None
        if isinstance(got, Answer) and got.status in call.statuses:
            return None
        least_s = _least_wait_s(got)
        if least_s is None or least_s > self.patience_s:
            return None
        return least_s + self._jitter_s(tries, secrets.randbelow(2**32) / 2**32)

    def _jitter_s(self, tries: int, share: float) -> float:
        return share * min(self.cap_s, self.base_s * 2.0 ** min(tries - 1, 60))


PATIENT = Retry()


def _least_wait_s(got: Answer | Failure) -> float | None:
    if isinstance(got, Failure):
        return None if got.is_sent else 0.0
    if got.status == 429:
        return got.retry_after_s
    return got.retry_after_s or 0.0 if got.status == 503 else None
