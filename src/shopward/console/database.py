"""The control plane's database, for Django: a SQLite file, or PostgreSQL.

Both give the same promise: what was acknowledged is on the disk, and transactions that write come
one after the other (`postgres.base`).
"""

from __future__ import annotations

import sqlite3
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import msgspec

from shopward.settings import ConsoleSettings
from shopward.store.opening import refuse_unsuitable

BUSY_S: Final = 20
MIGRATING: Final = 0x73_77_63_6D
"""The advisory lock of whoever migrates."""
SQLITE_WAL_IS_SAFE: Final = (3, 51, 3)
"""Older versions can lose a write when the WAL is reset (sqlite.org/wal.html, "WAL-reset bug")."""


def database(console: ConsoleSettings) -> dict[str, Any]:
    """What Django is told of it. Nothing secret: the password is read when it connects."""
    if console.url is None:
        return _sqlite(console)
    name = unquote(urlsplit(console.url).path.lstrip("/"))
    return {
        "ENGINE": "shopward.console.postgres",
        "NAME": name,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {"place": console.place},
    }


def building(console: ConsoleSettings) -> ConsoleSettings:
    """The same settings while the database is made: a file gets its name when it is whole."""
    if console.url is not None:
        return console
    beside = console.database.with_name(f".{console.database.name}.restoring")
    return msgspec.structs.replace(console, database=beside)


def make_ready(console: ConsoleSettings) -> None:
    """Brings it to the present shape; several that start at once do it one after the other.

    Raises:
        ConfigError: The server cannot.
        UnavailableError: It does not answer, or refuses the role.
    """
    from django.core.management import call_command  # noqa: PLC0415 - needs Django set up
    from django.db import connection  # noqa: PLC0415 - as above

    if console.url is not None:
        refuse_unsuitable(console.place)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", (MIGRATING,))
    else:
        console.database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        console.database.touch(mode=0o600)
    try:
        call_command("migrate", interactive=False, verbosity=0)
    finally:
        connection.close()  # lets the lock go


def _sqlite(console: ConsoleSettings) -> dict[str, Any]:
    mode = "WAL" if sqlite3.sqlite_version_info >= SQLITE_WAL_IS_SAFE else "TRUNCATE"
    pragmas = (
        f"PRAGMA journal_mode={mode};",
        "PRAGMA synchronous=FULL;",
        "PRAGMA foreign_keys=ON;",
        "PRAGMA secure_delete=ON;",
    )
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(console.database),
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {
            "timeout": BUSY_S,
            "transaction_mode": "IMMEDIATE",
            "init_command": "".join(pragmas),
        },
    }
