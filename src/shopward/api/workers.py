"""Several processes behind the same doors: their parent starts them and replaces the dead.

The parent holds no key and opens no store. The doors are opened once and inherited, so a worker
that dies takes no door with it; the one that takes its place enters that it did.

- SIGTERM or SIGINT drains every worker, the first one last, since it enters the stop. A second
  signal ends the drain.
- A worker ends when its parent does, however that ended: no door is held by an orphan.
- Where the first to start cannot, none is started again: its reason is all of theirs. Once one
  serves, whoever cannot start or keeps dying is started ever more slowly, and ends nobody.
"""

from __future__ import annotations

import os
import selectors
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from shopward.api.worker import Worker
from shopward.clock import monotonic_s

Serve = Callable[[Worker, Callable[[], None]], int]
"""Serves as this worker until it is told to stop; its exit status."""
WATCHED = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
YOUNG_S = 10.0
LONGEST_WAIT_S = 30.0


class Workers:
    """The parent of `count` workers; `run` returns an exit status."""

    def __init__(self, count: int, serve: Serve, ready: Callable[[], None] | None) -> None:
        self._count = count
        self._serve = serve
        self._ready = ready
        self._living: dict[int, tuple[int, float]] = {}
        self._unready = set(range(count))
        self._starts: dict[int, float] = {}
        self._deaths = [0] * count
        self._stops = 0
        self._status = 0

    def run(self) -> int:
        """Serves until told to stop, or until a worker cannot start."""
        with ExitStack() as stack:
            self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            self._lifeline, self._told = _pipe(stack), _pipe(stack)
            heard = stack.enter_context(selectors.DefaultSelector())
            heard.register(_woken(stack), selectors.EVENT_READ, self._signalled)
            heard.register(self._told[0], selectors.EVENT_READ, self._heard)
            stack.callback(self._kill)
            self._starts = dict.fromkeys(range(self._count), monotonic_s())
            while self._living or (self._starts and not self._stops):
                self._start_due()
                for key, _ in heard.select(self._wait_s()):
                    key.data(key.fd)
        return self._status

    def _wait_s(self) -> float | None:
        if not self._starts or self._stops:
            return None
        return max(0.0, min(self._starts.values()) - monotonic_s())

    def _start_due(self) -> None:
        now_s = monotonic_s()
        for number, at_s in list(self._starts.items()):
            if at_s <= now_s and not self._stops:
                del self._starts[number]
                self._start(number)

    def _start(self, number: int) -> None:
        is_restarted = self._deaths[number] > 0
        worker = Worker(number, self._count, self._folder, self._lifeline[0], is_restarted)
        sys.stdout.flush()
        sys.stderr.flush()
        process = os.fork()
        if process == 0:
            self._be(worker)
        self._living[process] = (number, monotonic_s())

    def _be(self, worker: Worker) -> None:
        """Is the worker; never returns."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for name in WATCHED:
                signal.signal(name, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent tells us
            os.close(self._lifeline[1])
            status = self._serve(worker, lambda: self._say(worker.number))
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _say(self, number: int) -> None:
        os.write(self._told[1], bytes([number]))

    def _heard(self, end: int) -> None:
        """A worker's doors are open."""
        for number in os.read(end, 4096):
            if number in self._unready:
                self._unready.discard(number)
                if not self._unready and self._ready is not None:
                    self._ready()

    def _signalled(self, end: int) -> None:
        for number in os.read(end, 4096):
            if number != signal.SIGCHLD:
                self._stops += 1
                self._drain()
        self._bury()

    def _drain(self) -> None:
        """Everyone but the first; the first when it is alone, or when it is hurried."""
        for process, (number, _) in self._living.items():
            if number != 0 or len(self._living) == 1 or self._stops > 1:
                os.kill(process, signal.SIGTERM)

    def _bury(self) -> None:
        while True:
            try:
                process, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if process == 0:
                return
            if process in self._living:
                self._dead(process, os.waitstatus_to_exitcode(status))

    def _dead(self, process: int, status: int) -> None:
        number, since_s = self._living.pop(process)
        if self._stops:
            self._status = self._status or max(0, status)
            if len(self._living) == 1:
                self._drain()
        elif len(self._unready) == self._count and not self._deaths[number]:
            self._status, self._stops = max(1, status), 1
            self._drain()
        else:
            lived_s = monotonic_s() - since_s
            self._deaths[number] = self._deaths[number] + 1 if lived_s < YOUNG_S else 1
            wait_s = min(LONGEST_WAIT_S, 2.0 ** (self._deaths[number] - 1) - 1)
            self._starts[number] = monotonic_s() + wait_s

    def _kill(self) -> None:
        """Leaves nobody behind when the parent itself fails."""
        for process in self._living:
            os.kill(process, signal.SIGKILL)


def _pipe(stack: ExitStack) -> tuple[int, int]:
    """(end to read, end to write), neither of which blocks."""
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
        stack.callback(os.close, end)
    return ends


def _woken(stack: ExitStack) -> int:
    """What becomes readable when one of the signals comes; it reads as the signal's number."""
    reading, writing = _pipe(stack)
    for name in WATCHED:
        stack.callback(signal.signal, name, signal.signal(name, lambda *_: None))
    stack.callback(signal.set_wakeup_fd, signal.set_wakeup_fd(writing, warn_on_full_buffer=False))
    return reading
