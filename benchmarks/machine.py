"""Which machine this is: enough to know whether two reports may be compared at all."""

from __future__ import annotations

import os
import platform
import sys
import time
from pathlib import Path
from statistics import median

import apsw
import msgspec

BLOCK = bytes(4096)


class Machine(msgspec.Struct, frozen=True):
    """Names and versions, and how long the disk takes to keep 4096 bytes for good."""

    cpu: str
    cores: int
    kernel: str
    python: str
    sqlite: str
    fdatasync_p50_us: int

    def is_like(self, other: Machine) -> bool:
        """Whether figures of both may stand in one table: same CPU and number of cores."""
        return (self.cpu, self.cores) == (other.cpu, other.cores)

    def __str__(self) -> str:
        """One line for the top of a table."""
        return (
            f"{self.cpu}, {self.cores} cores, {self.kernel}, Python {self.python}, "
            f"SQLite {self.sqlite}, fdatasync p50 {self.fdatasync_p50_us} µs"
        )


def cpu_model() -> str:
    """The CPU's name for people."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def fdatasync_p50_us(directory: Path, *, times: int = 200) -> int:
    """The median time to append 4096 bytes to a file and have the disk keep them.

    `fsync` stands in where a system has no `fdatasync`.
    """
    keep = getattr(os, "fdatasync", os.fsync)
    path = directory / "fdatasync.probe"
    taken_s = []
    with path.open("wb", buffering=0) as file:
        for _ in range(times):
            file.write(BLOCK)
            start = time.perf_counter()
            keep(file.fileno())
            taken_s.append(time.perf_counter() - start)
    path.unlink()
    return round(median(taken_s) * 1e6)


def here(directory: Path) -> Machine:
    """This machine, with the disk that holds `directory`."""
    return Machine(
        cpu=cpu_model(),
        cores=len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count() or 1,
        kernel=f"{platform.system()} {platform.release()}",
        python=f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}",
        sqlite=apsw.sqlite_lib_version(),
        fdatasync_p50_us=fdatasync_p50_us(directory),
    )
