"""Gives way to requests: long work on its own thread takes a part of the time while others write.

Python runs one thread at a time, so that a thread that never rests would make every request wait
for it; one that works in bursts of a few milliseconds and then rests does not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from shopward.clock import monotonic_s

SHARE: Final = 0.25
"""The part of the time that is taken while others write."""
LEAST_S: Final = 0.0005
MOST_S: Final = 0.25


class Pace:
    """Rests after each burst. `activity` counts what others do, `is_wanted` ends the work."""

    def __init__(
        self, activity: Callable[[], int], is_wanted: Callable[[], bool] = lambda: True
    ) -> None:
        self._activity = activity
        self._is_wanted = is_wanted
        self._seen = activity()
        self._began_s = monotonic_s()

    def rest(self) -> None:
        """Called after every burst.

        Raises:
            InterruptedError: The work is not wanted any more.
        """
        if not self._is_wanted():
            raise InterruptedError
        seen, took_s = self._activity(), monotonic_s() - self._began_s
        pause_s = took_s * (1 / SHARE - 1) if seen != self._seen else 0.0
        time.sleep(min(MOST_S, max(LEAST_S, pause_s)))
        self._seen, self._began_s = seen, monotonic_s()
