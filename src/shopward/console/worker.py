"""Two threads beside the web pages: one carries events to the ledger, one runs tasks.

They are threads of the control plane's process, so that an installation has two processes and not
three. Whatever they do is safe to do twice, and several processes may do it at once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from django.db import close_old_connections, connection

logger = logging.getLogger("shopward.console")
LOOK_S: Final = 1.0
STOP_S: Final = 20.0
_awake = threading.Condition()
_calls = 0


def wake() -> None:
    """Something waits: look at once."""
    global _calls  # noqa: PLW0603 - a count of calls is what the threads compare
    with _awake:
        _calls += 1
        _awake.notify_all()


class Worker(threading.Thread):
    """Calls `step` until it has nothing more to do, waits a second or until woken, and again.

    A step that fails is logged by its kind and place and tried again; the wait grows to a minute.
    """

    def __init__(self, name: str, step: Callable[[], bool]) -> None:
        super().__init__(name=name, daemon=True)
        self._step = step
        self._stopping = threading.Event()

    def run(self) -> None:
        """Goes on until `stop`."""
        failures, seen = 0, -1
        try:
            while not self._stopping.is_set():
                is_well = self._turn()
                failures = 0 if is_well else failures + 1
                seen = self._rest(seen, min(LOOK_S * 2.0 ** min(failures, 10), 60.0))
        finally:
            connection.close()

    def stop(self) -> None:
        """Finishes the step under way, and ends."""
        self._stopping.set()
        wake()
        if self.is_alive():
            self.join(STOP_S)

    def _turn(self) -> bool:
        try:
            close_old_connections()
            while not self._stopping.is_set() and self._step():
                pass
        except Exception as error:  # noqa: BLE001 - the next turn tries again
            logger.info("%s waits: %s", self.name, type(error).__name__)
            return False
        return True

    def _rest(self, seen: int, most_s: float) -> int:
        with _awake:
            if seen == _calls or most_s > LOOK_S:
                _awake.wait(most_s)
            return _calls
