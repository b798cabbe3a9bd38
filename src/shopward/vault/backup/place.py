"""Backups as files in a folder: how they are named, made whole, listed and removed.

    shopward-20261124T201500.000Z.backup   a whole backup, mode 0600
    .shopward-….backup.3f9c….part          one being written; its lock is held meanwhile

- A file has its name only once it is whole and durable; it never takes another's place.
- What a killed process left half-written is removed by the next one that writes there.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from shopward.errors import BackupError, ShopwardError
from shopward.vault.backup.header import Header, read_head

SUFFIX: Final = ".backup"
PART: Final = ".part"


def name_of(now: datetime) -> str:
    """The name of a backup made now."""
    return f"shopward-{now:%Y%m%dT%H%M%S}.{now.microsecond // 1000:03d}Z{SUFFIX}"


@contextmanager
def being_written(to: Path) -> Iterator[BinaryIO]:
    """A file under a temporary name that gets its own when the block ends well.

    Raises:
        BackupError: There is a file of that name.
        OSError: It cannot be written.
    """
    sweep(to.parent)
    _refuse_taken(to)
    part = to.with_name(f".{to.name}.{secrets.token_hex(8)}{PART}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            _refuse_taken(to)
            part.rename(to)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    _sync(to.parent)


def sweep(folder: Path) -> None:
    """Removes what writers that are gone left half-written."""
    for part in folder.glob(f".*{SUFFIX}.*{PART}"):
        with suppress(OSError), part.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            part.unlink()


def backups_in(folder: Path) -> list[tuple[Path, Header | None]]:
    """Every backup in a folder with its header, the oldest first; None for one that is damaged."""
    found = [(path, header_of(path)) for path in folder.glob(f"*{SUFFIX}")]
    return sorted(found, key=lambda one: (one[1].time_ms if one[1] else 0, one[0].name))


def newest_in(folder: Path) -> Path | None:
    """The newest backup whose head can be read; None when there is none."""
    whole = [path for path, header in backups_in(folder) if header is not None]
    return whole[-1] if whole else None


def keep_newest(folder: Path, count: int) -> list[Path]:
    """Removes all but the newest backups that were named by `name_of`; which ones went."""
    named = [path for path, _ in backups_in(folder) if path.name.startswith("shopward-")]
    gone = named[: max(0, len(named) - count)]
    for path in gone:
        path.unlink(missing_ok=True)
    if gone:
        _sync(folder)
    return gone


def header_of(path: Path) -> Header | None:
    """The header of a backup; None where there is none that can be read."""
    try:
        with path.open("rb") as file:
            return read_head(file)[0]
    except (OSError, ShopwardError):
        return None


def _refuse_taken(to: Path) -> None:
    if os.path.lexists(to):
        raise BackupError(
            f"There is a file at {to} already.",
            hint="Name another one; a backup never takes another's place.",
            reason="backup-exists",
        )


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
