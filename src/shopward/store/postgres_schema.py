"""The tables of a PostgreSQL store: numbered migrations, forward-only, one process at a time."""

from __future__ import annotations

from importlib import resources
from typing import Any

import psycopg

from shopward.errors import ConfigError
from shopward.settings import StoreSettings
from shopward.store.postgres_line import Address, unavailable

LOCK = 0x53686F7077617264
"""The advisory lock under which one process migrates: `Shopward` as a number."""
KNOWN = "SELECT to_regclass('shopward_schema') IS NOT NULL"
MAKE = "CREATE TABLE shopward_schema (version integer NOT NULL)"


def migrations() -> list[tuple[int, str]]:
    """(number, SQL) of every migration, in order."""
    folder = resources.files("shopward.store") / "migrations" / "postgres"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".sql"))
    return [(int(name[:4]), (folder / name).read_text("utf-8")) for name in names]


def migrate(connection: psycopg.Connection[Any]) -> None:
    """Brings the schema to the newest version, whole or not at all.

    A role that may not make tables can open a schema that is up to date.

    Raises:
        ConfigError: The store was written by a newer Shopward.
        UnavailableError: The server or its permissions do not let us.
    """
    known = migrations()
    try:
        if _version(connection, known[-1][0]) == known[-1][0]:
            return
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            version = _version(connection, known[-1][0])
            for number, sql in known:
                if number > version:
                    _run(connection, sql)
            if version == 0:
                connection.execute(MAKE)
                connection.execute("INSERT INTO shopward_schema VALUES (0)")
            connection.execute("UPDATE shopward_schema SET version = %s", (known[-1][0],))
    except psycopg.Error as error:
        raise unavailable(error) from None


def _version(connection: psycopg.Connection[Any], newest: int) -> int:
    if not connection.execute(KNOWN).fetchall()[0][0]:
        return 0
    version: int = connection.execute("SELECT version FROM shopward_schema").fetchall()[0][0]
    if version > newest:
        raise ConfigError(
            "The store was written by a newer Shopward.", hint="Install that version or a later."
        )
    return version


def is_initialised(settings: StoreSettings) -> bool:
    """Whether the database has our tables.

    Raises:
        ConfigError: The server cannot hold what we acknowledge.
        UnavailableError: It does not answer.
    """
    with Address(settings).connect() as connection:
        return bool(connection.execute(KNOWN).fetchall()[0][0])


def _run(connection: psycopg.Connection[Any], script: str) -> None:
    """Several statements at once, which only an unprepared query may hold."""
    connection.execute(script.encode(), prepare=False)
