"""The doors of the data plane: two Unix sockets of its owner alone, and a TCP port.

A socket file left by a process that died is replaced; one that somebody answers on is not.
"""

from __future__ import annotations

import contextlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from shopward.errors import ConfigError
from shopward.ports import listen_on
from shopward.settings import ListenSettings

BACKLOG = 2048
LONGEST_PATH_BYTES = 100


@dataclass(frozen=True, slots=True)
class Door:
    """A listening socket; `path` and `inode` are those of its file when it is a Unix socket."""

    socket: socket.socket
    path: Path | None = None
    inode: int = 0

    @property
    def is_tcp(self) -> bool:
        """Whether it is the TCP port."""
        return self.path is None

    def close(self) -> None:
        """Closes it and removes its file, unless a successor's stands there by now."""
        self.socket.close()
        with contextlib.suppress(FileNotFoundError):
            if self.path is not None and self.path.lstat().st_ino == self.inode:
                self.path.unlink()


def take_doors(listen: ListenSettings) -> list[Door]:
    """Every door the settings name, listening; all or none.

    Raises:
        ConfigError: A port or socket is in use or cannot be made; names the setting.
    """
    doors: list[Door] = []
    try:
        doors.append(_unix(listen.socket, "listen.socket"))
        doors.append(_unix(listen.admin_socket, "listen.admin_socket"))
        if listen.address is not None:
            host, port = listen.address
            opened = listen_on(host, port, backlog=BACKLOG, field="listen.tcp")
            doors.append(Door(opened))
    except BaseException:
        for door in doors:
            door.close()
        raise
    return doors


def _unix(path: Path, name: str) -> Door:
    if len(os.fsencode(path)) > LONGEST_PATH_BYTES:
        raise ConfigError(
            f"`{name}` is longer than {LONGEST_PATH_BYTES} bytes.",
            hint="Unix sockets need short paths; choose one nearer to the root.",
            field=name,
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise _refused(name, error) from error
    if _is_answered(path):
        raise ConfigError(
            f"Another process answers on `{name}`.",
            hint="A data plane is running already; stop it first.",
            field=name,
            reason="already-running",
        )
    if path.exists() and not path.is_socket():
        raise ConfigError(f"Something that is no socket is in the place of `{name}`.", field=name)
    path.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        made.bind(str(path))
    except OSError as error:
        made.close()
        raise _refused(name, error) from error
    finally:
        os.umask(before)
    made.listen(BACKLOG)
    made.settimeout(0)
    return Door(made, path, path.lstat().st_ino)


def _refused(name: str, error: OSError) -> ConfigError:
    return ConfigError(f"`{name}` cannot be made ({os.strerror(error.errno or 0)}).", field=name)


def _is_answered(path: Path) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        probe.connect(str(path))
        return True
    return False
