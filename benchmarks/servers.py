"""Start a server as a child process, wait until it listens, stop it again."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO

START_S = 120.0
STOP_S = 60.0
PAUSE_S = 0.02


class ServerError(Exception):
    """A server did not start, or did not stop when asked."""


@dataclass(frozen=True, slots=True)
class Server:
    """A child process that listens on a loopback port.

    `engine_pid` is the database server it works with, when that is a process of its own.
    """

    name: str
    pid: int
    port: int
    engine_pid: int | None = None


def free_port() -> int:
    """A loopback port nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_listening(process: subprocess.Popen[bytes], name: str, port: int) -> None:
    """Block until the port accepts a connection.

    Raises:
        ServerError: The process ended or two minutes went by.
    """
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(PAUSE_S)
    raise ServerError(f"{name} did not listen on port {port}; exit status {process.poll()}")


def stop(process: subprocess.Popen[bytes], name: str) -> None:
    """Ask the process to end, and insist after a minute.

    Raises:
        ServerError: It had to be killed.
    """
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired as error:
        process.kill()
        process.wait()
        raise ServerError(f"{name} did not stop within {STOP_S:.0f} s") from error


@contextmanager
def running(
    name: str,
    command: Sequence[str],
    port: int,
    *,
    env: Mapping[str, str] | None = None,
    engine_pid: int | None = None,
) -> Iterator[Server]:
    """A server for the length of a `with`.

    Args:
        name: What to call it in messages.
        command: How to start it.
        port: Where it will listen on loopback.
        env: Its environment; that of this process when None.
        engine_pid: The database server it works with.

    Raises:
        ServerError: It did not start or did not stop; the message ends with what it said last.
    """
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, stdout=said, stderr=said, stdin=subprocess.DEVNULL, env=env
        )
        try:
            wait_until_listening(process, name, port)
            yield Server(name, process.pid, port, engine_pid)
        except ServerError as error:
            raise ServerError(f"{error}; it said: {_last_lines(said)}") from error
        finally:
            stop(process, name)


def _last_lines(said: IO[bytes]) -> str:
    said.seek(0)
    lines = said.read().decode("utf-8", "replace").strip().splitlines()
    return " ".join(lines[-2:]) or "nothing"


@contextmanager
def running_module(module: str, *args: str) -> Iterator[Server]:
    """`python -m MODULE PORT ARGS...` on a free port, for the length of a `with`."""
    port = free_port()
    command = [sys.executable, "-m", module, str(port), *args]
    with running(module, command, port) as server:
        yield server
