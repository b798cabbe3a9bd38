"""What a process and the whole machine spent, read from Linux's /proc.

`run_s` is time on a CPU, `queue_s` time spent ready but waiting for one: a server that queues while
its own share is below one core is held up by other processes, not by itself. Where there is no
/proc both are nan, and a row says that its bound is unknown.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from math import nan
from pathlib import Path

NS = 1e-9


@dataclass(frozen=True, slots=True)
class Usage:
    """Seconds since a process started, summed over its threads."""

    run_s: float
    queue_s: float

    def __sub__(self, before: Usage) -> Usage:
        """What was spent between two readings."""
        return Usage(self.run_s - before.run_s, self.queue_s - before.queue_s)


def of_process(pid: int) -> Usage:
    """CPU and run-queue time of a process and the threads it has now."""
    run_ns = queue_ns = 0
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            run, queue, _ = (task / "schedstat").read_text().split()
            run_ns, queue_ns = run_ns + int(run), queue_ns + int(queue)
    except (OSError, ValueError):
        return Usage(nan, nan)
    return Usage(run_ns * NS, queue_ns * NS)


def of_machine() -> float:
    """CPU seconds of everything on this machine since it started; nan without /proc."""
    try:
        ticks = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    except OSError:
        return nan
    user, nice, system, _idle, _iowait, irq, softirq = (int(tick) for tick in ticks[:7])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


class Meter:
    """What a server and the rest of the machine spend from now on."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.start = self._now()

    def _now(self) -> tuple[float, Usage, float, float]:
        server, machine = of_process(self.pid), of_machine()
        return time.perf_counter(), server, machine, time.process_time()

    def read(self, generator_s: float) -> tuple[Usage, float]:
        """The server's usage, and the cores used by processes that are no part of this.

        Args:
            generator_s: CPU seconds the load generator spent in the meantime.
        """
        start_s, server, machine_s, own_s = self.start
        end_s, server_now, machine_now_s, own_now_s = self._now()
        spent = server_now - server
        others_s = machine_now_s - machine_s - spent.run_s - (own_now_s - own_s) - generator_s
        return spent, max(0.0, others_s / (end_s - start_s))
