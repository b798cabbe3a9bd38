"""A whole installation in a folder, with a running data plane, for tests that type commands."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shopward.cli.installation import CALLERS, Installation
from shopward.vault import keystore

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-m", "shopward"]
START_S = 30.0
STOP_S = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Our program first on the path, an empty home, and a port of our own."""
    return {
        "PATH": f"{folder / 'bin'}:{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "SHOPWARD_LISTEN_TCP": f"127.0.0.1:{free_port()}",
        "SHOPWARD_CONSOLE_PUBLIC": f"127.0.0.1:{free_port()}",
        "SHOPWARD_CONSOLE_STAFF": f"127.0.0.1:{free_port()}",
        "SHOPWARD_CONSOLE_HTTP": f"127.0.0.1:{free_port()}",
        **more,
    }


@dataclass(frozen=True, slots=True)
class Shop:
    """`folder` is where a person stands when typing; `var/` in it is the installation."""

    folder: Path
    environment: dict[str, str]

    @property
    def home(self) -> Path:
        return self.folder / "var"

    def type(
        self, *arguments: str, given: str | None = None, timeout_s: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run one command line and wait for its end."""
        return subprocess.run(
            [*PROGRAM, *arguments],
            cwd=self.folder,
            env=self.environment,
            input=given or "",
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    @contextmanager
    def started(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """A command that goes on, such as `serve`; stopped like a person stops it."""
        process = subprocess.Popen(
            [*PROGRAM, *arguments],
            cwd=self.folder,
            env={**self.environment, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            try:
                process.communicate(timeout=STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                raise


def make(folder: Path) -> Shop:
    """An installation with a keystore that is quick to open, and no store yet."""
    place = Installation(folder / "var")
    place.make(ROOT)
    passphrase = (place.home / "secrets/passphrase").read_bytes().strip()
    keystore.create(place.home / "secrets/keystore.json", passphrase, profile="test")
    program = folder / "bin" / "shopward"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m shopward "$@"\n')
    program.chmod(0o755)
    (folder / "project").symlink_to(ROOT)
    return Shop(folder, environment(folder))


@contextmanager
def serving(shop: Shop, *, is_new: bool = True) -> Iterator[subprocess.Popen[str]]:
    """The data plane of a shop, ready; with its local callers."""
    with shop.started("serve", *(["--create"] if is_new else [])) as process:
        wait_for(process, "the data plane is ready")
        if is_new:
            for name, role in CALLERS.items():
                assert shop.type("caller", "add", name, "--role", role).returncode == 0
        yield process


def wait_for(process: subprocess.Popen[str], text: str, *, within_s: float = START_S) -> str:
    """Read a process's output until a line holds the text; everything read."""
    assert process.stdout is not None
    seen = ""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        line = process.stdout.readline()
        seen += line
        if text in line:
            return seen
        if not line:
            break
    raise AssertionError(f"{text!r} was not said:\n{seen}")


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
