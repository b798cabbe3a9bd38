"""Keeps the two processes of an installation running: the data plane and the control plane.

A child that ends by itself is started again, after a pause that doubles up to half a minute, and
that is entered in the ledger. On SIGTERM or SIGINT both are told to stop and are waited for.

- A child that never got ready ends everything: its own words say why.
- A child whose supervisor is gone ends at once (`watch`): nothing runs on unseen.
- The control plane is not given the keystore's passphrase.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from shopward import clock
from shopward.cli import connection, terminal
from shopward.events import Kind
from shopward.settings import child_environment

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
WELL_S: Final = 60.0
READY_S: Final = 60.0
STOP_S: Final = 30.0
LOOK_S: Final = 0.1


class Child:
    """One process: `verb` of this program, ready when `is_ready` says so."""

    def __init__(self, name: str, config: Path, verb: str, is_ready: Callable[[], bool]) -> None:
        self.name = name
        self._command = [sys.executable, "-m", "shopward", "--config", str(config), verb]
        self._is_ready = is_ready
        self._process: subprocess.Popen[bytes] | None = None
        self._began_s = 0.0
        self._pause_s = FIRST_PAUSE_S
        self.was_ready = False

    def start(self) -> None:
        """Starts it; in a session of its own, so that Ctrl-C reaches the supervisor alone."""
        self._began_s = clock.monotonic_s()
        self.was_ready = False
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._process = subprocess.Popen(  # noqa: S603 - this program, by its own name
            [*self._command, "--supervised"],
            stdin=subprocess.PIPE,
            env=child_environment(with_secrets=self.name == "data plane"),
            start_new_session=True,
        )

    def look(self) -> int | None:
        """Its exit status when it has ended, else None; notes when it gets ready."""
        if self._process is None:
            return None
        status = self._process.poll()
        if status is None and not self.was_ready:
            self.was_ready = self._is_ready()
        return status

    def pause_s(self) -> float:
        """How long to wait before it is started again."""
        if clock.monotonic_s() - self._began_s > WELL_S:
            self._pause_s = FIRST_PAUSE_S
        pause_s, self._pause_s = self._pause_s, min(self._pause_s * 2, LONGEST_PAUSE_S)
        return pause_s

    def stop(self) -> None:
        """Tells it to stop and waits; one that does not is killed."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Supervisor:
    """Runs the children until it is told to stop, or one cannot be started."""

    def __init__(self, config: Path, children: Sequence[Child]) -> None:
        self._config = config
        self._children = children
        self._stopping = threading.Event()
        self.failed = False

    def run(self, ready: Callable[[], None]) -> None:
        """Starts all, one after the other; `ready` is called when all are; then keeps them up."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: self._stopping.set())
        try:
            for child in self._children:
                child.start()
                if not self._wait_ready(child):
                    return
            ready()
            while not self._stopping.wait(LOOK_S):
                for child in self._children:
                    self._keep_up(child)
        finally:
            for child in reversed(self._children):
                child.stop()

    def stop(self, *, failed: bool = False) -> None:
        """As by a signal."""
        self.failed = self.failed or failed
        self._stopping.set()

    def _wait_ready(self, child: Child) -> bool:
        """Whether it gets ready; False when it ends first, or we are stopped."""
        until_s = clock.monotonic_s() + READY_S
        while not self._stopping.wait(LOOK_S):
            if child.look() is not None or clock.monotonic_s() > until_s:
                self.failed = True
                return False
            if child.was_ready:
                return True
        return False

    def _keep_up(self, child: Child) -> None:
        status = child.look()
        if status is None or self._stopping.is_set():
            return
        at, pause_s = clock.now(), child.pause_s()
        terminal.say(f"the {child.name} ended ({status}); it starts again")
        if self._stopping.wait(pause_s):
            return
        child.start()
        if self._wait_ready(child):
            self._enter(child.name, status, at)

    def _enter(self, name: str, status: int, at: datetime) -> None:
        """Enters the restart; what cannot be entered is said, and goes on."""
        from shopward_client import Event, ShopwardError

        about = f"process={name.replace(' ', '-')} status={status}"
        event = Event(Kind.PROCESS_RESTARTED, at, "supervisor", about=about)
        try:
            with connection.as_operator(self._config) as client:
                client.record(event)
        except ShopwardError as error:
            terminal.say(f"the restart could not be entered: {error.detail}")


def watch() -> None:
    """Ends this process when its supervisor is gone: the pipe on stdin closes."""

    def wait() -> None:
        while os.read(0, 1024):
            pass
        os._exit(1)

    threading.Thread(target=wait, name="supervised", daemon=True).start()
