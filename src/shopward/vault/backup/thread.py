"""One thread per long job: what it does, how far it is, and that it ends with its job.

A worker that nobody has asked about for a while belongs to a job that was cancelled or a data
plane that is gone, and gives up by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

from shopward.clock import monotonic_s
from shopward.errors import BackupError, ShopwardError
from shopward.vault.backup.pace import Pace
from shopward.vault.service import Vault

FORGOTTEN_S: Final = 20.0
REPORT_S: Final = 10.0
"""How often a step tells how far it is, which also keeps the job's lease."""


class Worker(threading.Thread):
    """Runs one function; `done` of `total` is how far it is."""

    def __init__(self, vault: Vault, work: Callable[[Worker], object]) -> None:
        super().__init__(name="shopward-backup", daemon=True)
        self.done = 0
        self.total = 0
        self.result: Any = None
        self.error: Exception | None = None
        self.is_wanted = True
        self.asked_s = self.told_s = monotonic_s()
        self._work = work
        self._pace = Pace(lambda: vault.log.size, self._is_wanted)

    def run(self) -> None:
        """Does it; what goes wrong is kept for whoever asks."""
        try:
            self.result = self._work(self)
        except Exception as error:  # noqa: BLE001 - it is raised where it is asked for
            self.error = error

    def to(self, done: int, total: int) -> None:
        """Says how far it is, and rests."""
        self.done, self.total = done, total
        self._pace.rest()

    def rest(self) -> None:
        """Rests after a burst of work."""
        self._pace.rest()

    def is_due(self) -> bool:
        """Whether it is time to tell how far it is; True once each time."""
        now_s = monotonic_s()
        if now_s - self.told_s < REPORT_S:
            return False
        self.told_s = now_s
        return True

    def _is_wanted(self) -> bool:
        return self.is_wanted and monotonic_s() - self.asked_s < FORGOTTEN_S


class Threads:
    """The workers of one data plane, by the job they work for."""

    def __init__(self) -> None:
        self._workers: dict[str, Worker] = {}

    def of(self, job: str) -> Worker | None:
        """The worker of a job; None when it has none."""
        worker = self._workers.get(job)
        if worker is not None:
            worker.asked_s = monotonic_s()
        return worker

    def start(self, job: str, vault: Vault, work: Callable[[Worker], object]) -> None:
        """Begins a job's work."""
        self._workers[job] = worker = Worker(vault, work)
        worker.start()

    def end(self, job: str) -> Any:  # noqa: ANN401 - whatever the work gave
        """What a worker that has ended came to.

        Raises:
            BackupError: It could not be done.
            ShopwardError: What refused it.
        """
        worker = self._workers.pop(job)
        worker.join()
        if isinstance(worker.error, ShopwardError):
            raise worker.error
        if isinstance(worker.error, OSError):
            raise BackupError(
                f"It could not be written or read: {worker.error.strerror}.", reason="backup-disk"
            )
        if worker.error is not None:
            raise worker.error
        return worker.result

    def stop(self) -> None:
        """Ends every worker after the burst under way."""
        for worker in self._workers.values():
            worker.is_wanted = False
        for worker in self._workers.values():
            worker.join()
        self._workers.clear()
