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


def of_process(pid: int | None) -> Usage:
    """CPU and run-queue time of a process, the threads it has now, and its children's.

    Nobody's usage is nothing.
    """
    run_ns = queue_ns = 0
    try:
        for member in family(pid):
            for task in Path(f"/proc/{member}/task").iterdir():
                run, queue, _ = (task / "schedstat").read_text().split()
                run_ns, queue_ns = run_ns + int(run), queue_ns + int(queue)
    except (OSError, ValueError):
        return Usage(nan, nan)
    return Usage(run_ns * NS, queue_ns * NS)


def family(pid: int | None) -> list[int]:
    """A process and those it started, and so on.

    Raises:
        OSError: There is no /proc, or the process is gone.
    """
    if pid is None:
        return []
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def resident_bytes(pid: int) -> int:
    """Memory that a process and those it started hold now.

    Raises:
        OSError: There is no /proc, or the process is gone.
    """
    pages = [int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in family(pid)]
    return sum(pages) * os.sysconf("SC_PAGE_SIZE")


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

    def __init__(self, pid: int, engine_pid: int | None = None) -> None:
        self.pid = pid
        self.engine_pid = engine_pid
        self.start = self._now()

    def _now(self) -> tuple[float, Usage, Usage, float, float]:
        server, engine = of_process(self.pid), of_process(self.engine_pid)
        return time.perf_counter(), server, engine, of_machine(), time.process_time()

    def read(self, generator_s: float) -> tuple[Usage, Usage, float]:
        """The usage of server and engine, and the cores of processes that are no part of this.

        Args:
            generator_s: CPU seconds the load generator spent in the meantime.
        """
        start_s, server, engine, machine_s, own_s = self.start
        end_s, server_now, engine_now, machine_now_s, own_now_s = self._now()
        spent, worked = server_now - server, engine_now - engine
        ours_s = spent.run_s + worked.run_s + (own_now_s - own_s) + generator_s
        others_s = machine_now_s - machine_s - ours_s
        return spent, worked, max(0.0, others_s / (end_s - start_s))
