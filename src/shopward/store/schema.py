"""Opening a SQLite file for the vault: version, lock, pragmas, migrations.

- SQLite older than 3.51.3 is refused: its WAL can lose commits when it is reset (see ADR 0006).
- One process at a time: an exclusive `flock` on `<file>.lock`, held until the process ends.
- Migrations are numbered, forward-only, each in its own transaction; a file from a newer Shopward
  is refused and left as it is.
"""

from __future__ import annotations

import errno
import fcntl
import os
from importlib import resources
from pathlib import Path
from typing import Any

import apsw

from shopward.errors import ConfigError, UnavailableError

OLDEST_SQLITE = 3_051_003
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=FAST",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA wal_autocheckpoint=4000",
    "PRAGMA cache_size=-16384",
)


class StoreLock:
    """An exclusive lock on a store's file, released when closed or when the process dies."""

    def __init__(self, store: Path) -> None:
        path = store.with_name(store.name + ".lock")
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ConfigError(
                f"The store cannot be locked: {os.strerror(error.errno or 0)}.",
                hint="Make the store's folder writable for this account.",
                field="store.path",
            ) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise UnavailableError(
                "Another Shopward process has this store open.",
                hint="Stop it first, or talk to it: the CLI does so by itself.",
                reason="store-locked",
            ) from None

    def close(self) -> None:
        """Lets another process open the store."""
        os.close(self._descriptor)


def connect(path: Path) -> apsw.Connection:
    """A connection with every pragma set; creates the file with mode 0600.

    Raises:
        ConfigError: SQLite is too old, or the file is not a database we can open.
    """
    if _sqlite_number() < OLDEST_SQLITE:
        raise ConfigError("The SQLite library is older than 3.51.3.", hint="Run `make setup`.")
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = apsw.Connection(str(path))
        for pragma in PRAGMAS:
            connection.execute(pragma).fetchall()
    except (apsw.Error, OSError) as error:
        raise ConfigError(
            f"The store could not be opened ({type(error).__name__}).",
            hint="Check that `store.path` is a Shopward store and that its folder is writable.",
            field="store.path",
        ) from error
    return connection


def _sqlite_number() -> int:
    major, minor, patch = (int(part) for part in apsw.sqlite_lib_version().split("."))
    return major * 1_000_000 + minor * 1_000 + patch


def migrations() -> list[tuple[int, str]]:
    """(number, SQL) of every migration, in order."""
    folder = resources.files("shopward.store") / "migrations" / "sqlite"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".sql"))
    return [(int(name[:4]), (folder / name).read_text("utf-8")) for name in names]


def migrate(connection: apsw.Connection) -> None:
    """Brings the schema to the newest version.

    Raises:
        ConfigError: The store was written by a newer Shopward.
    """
    version: int = query(connection, "PRAGMA user_version")[0][0]
    known = migrations()
    if version > known[-1][0]:
        raise ConfigError(
            "The store was written by a newer Shopward.", hint="Install that version or a later."
        )
    for number, sql in known:
        if number > version:
            with connection:
                connection.execute(sql)
                connection.execute(f"PRAGMA user_version={number}")


def query(
    connection: apsw.Connection, sql: str, values: tuple[Any, ...] = ()
) -> list[tuple[Any, ...]]:
    """Every row of a statement.

    Raises:
        UnavailableError: The file cannot be read, or is damaged.
    """
    try:
        return connection.execute(sql, values).fetchall()
    except apsw.Error as error:
        raise unavailable(error, connection) from error


def unavailable(error: apsw.Error, connection: apsw.Connection | None = None) -> UnavailableError:
    """What a failing database means to whoever asked; names no value.

    SQLite calls a file system that turned read-only an I/O error; `connection` knows better.
    """
    if isinstance(error, apsw.IOError) and connection is not None:
        if connection.system_errno == errno.EROFS:
            error = apsw.ReadOnlyError()
        elif connection.system_errno in {errno.ENOSPC, errno.EDQUOT}:
            error = apsw.FullError()
    reasons: dict[type[apsw.Error], tuple[str, str]] = {
        apsw.FullError: ("disk-full", "Free some space; the vault goes on by itself."),
        apsw.ReadOnlyError: ("read-only", "Make the store's folder writable again."),
        apsw.IOError: (
            "disk-error",
            "Look at the disk. Send a write again under its Idempotency-Key: it may be there.",
        ),
        apsw.CorruptError: (
            "corrupt",
            "Stop, and keep a copy of the file as it is before anything else.",
        ),
        apsw.BusyError: ("busy", "Another program has the store open; close it."),
    }
    reason, hint = reasons.get(type(error), ("store", UnavailableError.hint))
    return UnavailableError(
        f"The store could not do this ({type(error).__name__}).", reason=reason, hint=hint
    )
