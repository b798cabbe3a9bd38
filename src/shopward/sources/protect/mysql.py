"""A shop's MariaDB or MySQL database, for `protect`.

The session is strict: a text that does not fit is an error, never cut. Columns that the server sets
itself (`ON UPDATE CURRENT_TIMESTAMP`) keep what they hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final
from urllib.parse import SplitResult

import pymysql

from shopward.errors import ConflictError, ShopwardError, UnavailableError
from shopward.sources import mysql_server
from shopward.sources.protect.shop import ColumnShape, TableShape
from shopward.sources.protect.sql import SqlShop, busy, refused

_STATEMENT_S: Final = 600
_TEXTS: Final = frozenset({"varchar", "char", "text", "tinytext", "mediumtext", "longtext"})
_TABLE: Final = """
SELECT table_type, engine FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_name = %s"""
_COLUMNS: Final = """
SELECT column_name, column_type, data_type, character_maximum_length, extra, privileges
FROM information_schema.columns
WHERE table_schema = DATABASE() AND table_name = %s ORDER BY ordinal_position"""
_INDEXES: Final = """
SELECT index_name, column_name FROM information_schema.statistics
WHERE table_schema = DATABASE() AND table_name = %s AND non_unique = 0
ORDER BY index_name, seq_in_index"""
_FOREIGN: Final = """
SELECT column_name, referenced_table_name FROM information_schema.key_column_usage
WHERE table_schema = DATABASE() AND table_name = %s AND referenced_table_name IS NOT NULL
UNION ALL
SELECT referenced_column_name, table_name FROM information_schema.key_column_usage
WHERE referenced_table_schema = DATABASE() AND referenced_table_name = %s"""
_TRIGGERS: Final = """
SELECT trigger_name FROM information_schema.triggers
WHERE event_object_schema = DATABASE() AND event_object_table = %s
AND event_manipulation = 'UPDATE'"""
_GONE: Final = frozenset({2003, 2006, 2013, 1053, 1927})
_BUSY: Final = frozenset({1205, 1213})
_ENGINE: Final = (
    "its engine {engine} has no transactions",
    "ALTER TABLE `{table}` ENGINE=InnoDB, or leave it out of the map.",
)


class MysqlShop(SqlShop):
    """One database.

    Args:
        address: `mysql://user@host/name`, without a password.
        password: The user's.

    Raises:
        InvalidError: The address names no database.
        UnavailableError: The server does not answer, or does not let us in.
    """

    widen = "ALTER TABLE `{table}` MODIFY `{column}` varchar({chars}) …"
    remains = (
        "old versions in the undo log and pages, until `OPTIMIZE TABLE` of these tables",
        "the binary log, where it is on, until `PURGE BINARY LOGS`; statements too, by its format",
        "the general and slow query logs, where they are on",
    )

    def __init__(self, address: SplitResult, password: str | None) -> None:
        self._address = address
        self._connection = mysql_server.connected(
            address, password, "shopward protect", _STATEMENT_S
        )
        self.rows("SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')")

    @property
    def shown(self) -> str:
        """The address, without user and password."""
        return mysql_server.shown(self._address)

    def quoted(self, name: str) -> str:
        """A name in backticks."""
        return mysql_server.quoted(name)

    def exact(self, column: str) -> str:
        """Bytes, whatever the column's collation and character set."""
        converted = f"CONVERT({self.quoted(column)} USING utf8mb4)"
        return f"CAST({converted} AS BINARY) = CAST(%s AS BINARY)"

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(sql, tuple(values))
                return list(cursor.fetchall())
        except (pymysql.MySQLError, OSError) as error:
            raise _ours(error) from None

    def execute(self, sql: str, values: Sequence[Any]) -> int:
        """Run a change; how many rows it met."""
        with self._connection.cursor() as cursor:
            return int(cursor.execute(sql, tuple(values)))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One of the server's."""
        try:
            self._connection.begin()
            yield
            self._connection.commit()
        except BaseException as error:
            with suppress(pymysql.MySQLError, OSError):
                self._connection.rollback()
            if isinstance(error, pymysql.MySQLError | OSError):
                raise _ours(error) from None
            raise

    def shape(self, table: str) -> TableShape | None:
        """What the catalogue says."""
        found = self.rows(_TABLE, (table,))
        if not found:
            return None
        kind, engine = (str(part or "") for part in found[0])
        indexes = self.rows(_INDEXES, (table,))
        foreign = self.rows(_FOREIGN, (table, table))
        is_table = kind in {"BASE TABLE", "SYSTEM VERSIONED"}
        trouble = tuple(part.format(engine=engine, table=table) for part in _ENGINE)
        return TableShape(
            name=table,
            kind="table" if is_table else kind.lower(),
            key=tuple(str(column) for name, column in indexes if name == "PRIMARY"),
            columns={
                str(name): ColumnShape(
                    name=str(name),
                    type=str(type_),
                    is_text=str(base) in _TEXTS,
                    chars=int(chars) if chars is not None else None,
                    is_generated="GENERATED" in str(extra).upper(),
                    may=_may(str(rights)),
                    foreign=tuple(str(other) for column, other in foreign if column == name),
                    unique=tuple(str(index) for index, column in indexes if column == name),
                    counts_changes="on update" in str(extra).lower(),
                )
                for name, type_, base, chars, extra, rights in self.rows(_COLUMNS, (table,))
            },
            triggers=tuple(str(row[0]) for row in self.rows(_TRIGGERS, (table,))),
            troubles=(_two(trouble),) if is_table and engine.lower() != "innodb" else (),
        )

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A lock of the server's under the database's name; it goes with the connection."""
        lock = f"shopward.{mysql_server.name(self._address)}"[:64]
        if self.rows("SELECT GET_LOCK(%s, 0)", (lock,))[0][0] != 1:
            raise busy()
        try:
            yield
        finally:
            if self._connection.open:
                self.rows("SELECT RELEASE_LOCK(%s)", (lock,))

    def close(self) -> None:
        """End the connection."""
        if self._connection.open:
            self._connection.close()


def _two(parts: tuple[str, ...]) -> tuple[str, str]:
    return parts[0], parts[1]


def _may(rights: str) -> frozenset[str]:
    words = rights.lower().split(",")
    return frozenset(
        may for may, word in (("read", "select"), ("update", "update")) if word in words
    )


def _ours(error: BaseException) -> ShopwardError:
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    again = "Run it again; it goes on where it stopped."
    if number in _BUSY:
        return ConflictError("The shop changed the same rows.", hint=again)
    if number in _GONE or not number:
        return UnavailableError("The shop's database does not answer any more.", hint=again)
    if isinstance(error, pymysql.IntegrityError | pymysql.DataError) or number in {4025, 3819}:
        return refused(f"MariaDB or MySQL says {number}")
    return UnavailableError(f"The shop's database: {mysql_server.reason(error)}.", hint=again)
