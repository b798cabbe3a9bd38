"""A file that only its owner reads, replaced whole or not at all, by one process at a time.

This module moves bytes and knows no key; `keystore` says what is in them.

- A reader sees the old file or the new one, never a part: the new one is written beside it, made
  durable, and renamed over it. What a killed process leaves beside it is ignored and removed.
- A symbolic link, or a file that others may read or write, is refused: someone else may have
  put it there, or read it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from shopward.errors import KeystoreError

_MAX_BYTES: Final = 1 << 20
_LOCK_TRIES: Final = 200
_LOCK_PAUSE_S: Final = 0.05


def read_private(path: Path, what: str = "keystore") -> bytes:
    """The bytes of a file that nobody else may read.

    Args:
        path: Where it is.
        what: What to call it in an error.

    Raises:
        KeystoreError: Missing, a link, no plain file, readable by others, or above 1 MiB.
    """
    try:
        # Not blocking, so that a named pipe in its place cannot hold the start up.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise _unreadable(path, what, error) from None
    try:
        _refuse_shared(path, what, os.fstat(handle))
        with open(handle, "rb", closefd=False) as file:
            data = file.read(_MAX_BYTES + 1)
    finally:
        os.close(handle)
    if len(data) > _MAX_BYTES:
        raise KeystoreError(f"the {what} {path} is too large to be one")
    return data


def replace_private(path: Path, data: bytes) -> None:
    """Puts these bytes in the place of the file, durably, with mode 0600.

    Call it under `locked(path)`.

    Raises:
        KeystoreError: The directory cannot be written; the old file is as it was.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        _write_durably(beside, data)
        beside.replace(path)
        _sync_directory(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise _unwritable(path, error) from None


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the file's lock, `.NAME.lock` beside it, and removes what killed writers left.

    Raises:
        KeystoreError: The directory cannot be written, or another process kept the lock for 10 s.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        handle = os.open(path.with_name(f".{path.name}.lock"), flags, 0o600)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        _wait_for_lock(path, handle)
        _sweep(path)
        yield
    finally:
        os.close(handle)


def make_private_folder(path: Path) -> None:
    """Makes a folder with mode 0700, and those above it, to stay through a power cut.

    Raises:
        OSError: It cannot be made.
    """
    if path.is_dir():
        return
    make_private_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    _sync_directory(path.parent)


def _refuse_shared(path: Path, what: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise KeystoreError(f"the {what} {path} is not a plain file")
    if status.st_mode & 0o077:
        raise KeystoreError(
            f"the {what} {path} is open to other users",
            hint=f"Run `chmod 600 {path}`, and change the passphrase if others may have read it.",
        )


def _unreadable(path: Path, what: str, error: OSError) -> KeystoreError:
    if error.errno == errno.ENOENT:
        return KeystoreError(
            f"there is no {what} at {path}",
            hint="Correct the path, or restore the file from where you keep its copy; "
            "without it no value can be opened.",
        )
    if error.errno == errno.ELOOP:
        return KeystoreError(
            f"the {what} {path} is a symbolic link",
            hint="Name the file itself, so that nobody can put another in its place.",
        )
    return KeystoreError(f"the {what} {path} cannot be read: {os.strerror(error.errno or 0)}")


def _unwritable(path: Path, error: OSError) -> KeystoreError:
    return KeystoreError(
        f"the keystore {path} cannot be written: {os.strerror(error.errno or 0)}",
        hint="Give this user write access to its directory and see that the disk has room; "
        "nothing was changed.",
    )


def _write_durably(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _wait_for_lock(path: Path, handle: int) -> None:
    for _ in range(_LOCK_TRIES):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_LOCK_PAUSE_S)
        else:
            return
    raise KeystoreError(
        f"another process holds the keystore {path}",
        hint="Wait for it or stop it, then try again; nothing was changed.",
    )


def _sweep(path: Path) -> None:
    """Removes half-written files; under the lock, nobody can still be writing one."""
    for entry in path.parent.iterdir():
        if entry.name.startswith(f".{path.name}.") and entry.name.endswith(".tmp"):
            entry.unlink(missing_ok=True)
