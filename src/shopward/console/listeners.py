"""The ports of the control plane: two with TLS for the sites, one that sends http on to https."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass
from typing import Final, Literal

from shopward.ports import listen_on
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
                host, port = address
                opened = listen_on(host, port, backlog=BACKLOG, field=f"console.{name}")
                taken.append(Listener(name, undo.enter_context(opened)))
        undo.pop_all()
    return taken
