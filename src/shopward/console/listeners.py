"""The ports of the control plane: two with TLS for the sites, one that sends http on to https."""

from __future__ import annotations

import contextlib
import os
import socket
from dataclasses import dataclass
from typing import Final, Literal

from shopward.errors import ConfigError
from shopward.settings import ConsoleSettings

BACKLOG: Final = 512
Name = Literal["public", "staff", "http"]
NAMES: Final[tuple[Name, ...]] = ("public", "staff", "http")


@dataclass(frozen=True, slots=True)
class Listener:
    """A listening socket and what it is for."""

    name: Name
    socket: socket.socket


def take(console: ConsoleSettings) -> list[Listener]:
    """Every listener that the settings name; all or none.

    Raises:
        ConfigError: A port is in use or cannot be opened; names the setting.
    """
    with contextlib.ExitStack() as undo:
        taken = []
        for name in NAMES:
            address = console.address(name)
            if address is not None:
                taken.append(Listener(name, undo.enter_context(_listening(name, *address))))
        undo.pop_all()
    return taken


def _listening(name: Name, host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with contextlib.ExitStack() as undo:
            made = undo.enter_context(socket.socket(family, socket.SOCK_STREAM))
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind((host, port))
            made.listen(BACKLOG)
            undo.pop_all()
    except OSError as error:
        raise ConfigError(
            f"The port of `console.{name}` cannot be opened ({os.strerror(error.errno or 0)}).",
            hint="Stop the program that has it, or set another port.",
            field=f"console.{name}",
            reason="port-taken",
        ) from error
    made.settimeout(0)
    return made
