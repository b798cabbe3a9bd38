"""Work that is timed inside a process of its own, turn by turn.

The process reads a line of JSON for each turn and answers a line with its seconds; a line it
writes before all says that it can begin.

    {"work": "store", "first": 0, "count": 1000, "per_commit": 100}  ->  {"seconds": 0.4}

Records are `people.person`, numbered from `first`. What is read was stored by an earlier turn.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import msgspec

from benchmarks.servers import ServerError


class Turn(msgspec.Struct):
    """Store so many new records, or read those that were stored, so many in one commit."""

    work: Literal["store", "read"]
    first: int
    count: int
    per_commit: int

    def groups(self) -> Iterator[range]:
        """The numbers of the records that are committed together."""
        for start in range(self.first, self.first + self.count, self.per_commit):
            yield range(start, min(start + self.per_commit, self.first + self.count))


class Took(msgspec.Struct):
    """How long a turn took by the wall clock, without making its records."""

    seconds: float


class Worker:
    """One side's process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def turn(self, turn: Turn) -> float:
        """Have one turn done; its seconds.

        Raises:
            ServerError: The process ended, or answered something else.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(turn) + b"\n")
        self._process.stdin.flush()
        return self.answer()

    def answer(self) -> float:
        """The seconds of the next line.

        Raises:
            ServerError: There is none, or it is something else.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        try:
            return msgspec.json.decode(line, type=Took).seconds
        except msgspec.DecodeError:
            raise ServerError(f"{self._process.args!r} answered {line[:200]!r}") from None


@contextmanager
def working(command: Sequence[str], env: dict[str, str]) -> Iterator[Worker]:
    """A process that takes turns, until the end of a `with`.

    Raises:
        ServerError: It cannot begin.
    """
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env=env) as process:
        try:
            worker = Worker(process)
            worker.answer()
            yield worker
        finally:
            process.kill()
