"""Copying a PostgreSQL store: one repeatable-read transaction out, one transaction with COPY in.

- Reading holds a snapshot, so that nothing is vacuumed meanwhile; rows come through a cursor of the
  server, a few at a time.
- A new store's tables and rows are one transaction: a process that is killed leaves no table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Self

import psycopg
from psycopg import sql

from shopward.errors import ConflictError
from shopward.settings import StoreSettings
from shopward.store.copying import LEFT_OUT, Row, Table
from shopward.store.postgres_line import Address, unavailable
from shopward.store.postgres_schema import LOCK, migrate

ROWS = 500
UNHURRIED = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = '10min'",
)
COLUMNS = """SELECT c.relname, a.attname FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
ORDER BY c.relname, a.attnum"""
KEY = """SELECT a.attname FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY k (num, place)
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num
WHERE i.indisprimary AND i.indrelid = %s::regclass ORDER BY k.place"""
OURS = "shopward_schema"


class PostgresSource:
    """The store in a database as it is now, beside whoever writes it."""

    def __init__(self, settings: StoreSettings) -> None:
        self._connection = Address(settings).connect()
        try:
            self._connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            for one in UNHURRIED:
                self._connection.execute(one)
            self._connection.execute("SELECT 1 FROM installation")
        except psycopg.Error as error:
            self._connection.close()
            raise unavailable(error) from None

    def tables(self) -> tuple[Table, ...]:
        """Every table that is copied, by name."""
        return tuple(one for one in _tables(self._connection) if one.name not in LEFT_OUT)

    def count(self, table: Table) -> int:
        """How many rows it has."""
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table.name))
        count: int = _all(self._connection, query)[0][0]
        return count

    def rows(self, table: Table) -> Iterator[Row]:
        """Every row in the order of its primary key.

        Raises:
            UnavailableError: The server does not give them.
        """
        key = [name for (name,) in _all(self._connection, sql.SQL(KEY), (f'"{table.name}"',))]
        query = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
            _names(table.columns), sql.Identifier(table.name), _names(key)
        )
        try:
            with self._connection.cursor("shopward_copy", binary=True) as cursor:
                cursor.itersize = ROWS
                yield from cursor.execute(query)
        except psycopg.Error as error:
            raise unavailable(error) from None

    def close(self) -> None:
        """Ends the transaction."""
        self._connection.close()


class PostgresTarget:
    """A new store in a database that has none.

    Raises:
        ConflictError: It has one.
        UnavailableError: The server or its permissions do not let us.
    """

    def __init__(self, settings: StoreSettings) -> None:
        self._connection = Address(settings).connect()
        try:
            self._connection.execute("BEGIN")
            for one in UNHURRIED:
                self._connection.execute(one)
            self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            migrate(self._connection)
            is_taken = bool(_all(self._connection, sql.SQL("SELECT 1 FROM installation")))
        except psycopg.Error as error:
            self._connection.close()
            raise unavailable(error) from None
        except BaseException:
            self._connection.close()
            raise
        if is_taken:
            self._connection.close()
            raise ConflictError(
                "There is a store already where this one should go.",
                hint="Name an empty database, or move the old one away; nothing was changed.",
                field="store.url",
                reason="store-not-empty",
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.close()

    def tables(self) -> tuple[Table, ...]:
        """Every table there is, by name."""
        return _tables(self._connection)

    def insert(self, table: Table, rows: Iterable[Row]) -> None:
        """Adds rows to a table.

        Raises:
            UnavailableError: They cannot be written, or are not what the table takes.
        """
        query = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table.name), _names(table.columns)
        )
        try:
            with self._connection.cursor() as cursor, cursor.copy(query) as copy:
                for row in rows:
                    copy.write_row(row)
        except psycopg.Error as error:
            raise unavailable(error) from None

    def finish(self) -> None:
        """Commits.

        Raises:
            UnavailableError: It could not be.
        """
        try:
            self._connection.execute("COMMIT")
        except psycopg.Error as error:
            raise unavailable(error) from None


def _tables(connection: psycopg.Connection[Any]) -> tuple[Table, ...]:
    columns: dict[str, list[str]] = {}
    for table, column in _all(connection, sql.SQL(COLUMNS)):
        columns.setdefault(table, []).append(column)
    return tuple(Table(name, tuple(found)) for name, found in columns.items() if name != OURS)


def _all(
    connection: psycopg.Connection[Any], query: sql.SQL | sql.Composed, values: tuple[Any, ...] = ()
) -> list[tuple[Any, ...]]:
    try:
        return connection.execute(query, values).fetchall()
    except psycopg.Error as error:
        raise unavailable(error) from None


def _names(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in names)
