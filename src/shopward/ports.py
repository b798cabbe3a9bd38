"""A TCP port to listen on, or the setting that names one in use."""

from __future__ import annotations

import contextlib
import os
import socket

from shopward.errors import ConfigError


def listen_on(host: str, port: int, *, backlog: int, field: str) -> socket.socket:
    """A listening socket that does not block.

    Args:
        host: An address or name; its first address is taken.
        port: 0 for any.
        backlog: How many connections may wait.
        field: The setting it came from, for the refusal.

    Raises:
        ConfigError: It is in use or cannot be opened.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with contextlib.ExitStack() as undo:
            made = undo.enter_context(socket.socket(family, socket.SOCK_STREAM))
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind((host, port))
            made.listen(backlog)
            undo.pop_all()
    except OSError as error:
        raise ConfigError(
            f"The port of `{field}` cannot be opened ({os.strerror(error.errno or 0)}).",
            hint="Stop the program that has it, or set another port.",
            field=field,
            reason="port-taken",
        ) from error
    made.settimeout(0)
    return made
