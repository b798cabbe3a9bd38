"""A MariaDB or MySQL database as a source: each table in a read-only transaction of the server's.

A table with a key of one whole number is looked at in ranges of it, of another the first rows.

- The server refuses writes (`START TRANSACTION READ ONLY`) and ends what takes too long.
- These servers do not even list a table that the user has no right on. A user without a right on
  the whole database therefore leaves one more unit: the tables that cannot be seen, unknown.
- A server beyond this machine has to prove who it is, unless the address says `?ssl=off`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import SplitResult

import pymysql
import pymysql.cursors

from shopward.errors import UnavailableError
from shopward.sources import mysql_server
from shopward.sources.discovery.collect import Collector, Table, safe
from shopward.sources.discovery.keyranges import Key, Ranges, how
from shopward.sources.discovery.port import Coverage, Limits, Mark, Unit, UnreadableError
from shopward.sources.mysql_server import quoted, reason

_TABLES: Final = """
SELECT table_name, table_rows FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')
ORDER BY table_name"""
_COLUMNS: Final = """
SELECT column_name, column_type, data_type, column_key, privileges
FROM information_schema.columns
WHERE table_schema = DATABASE() AND table_name = %s ORDER BY ordinal_position"""
_WHOLE_TABLES: Final = """
SELECT table_name FROM information_schema.table_privileges
WHERE table_schema = DATABASE() AND privilege_type = 'SELECT'"""
_UNSEEN: Final = "(tables without a right)"
_GRANT: Final = re.compile(r"GRANT (.*?) ON (\*|`(?:[^`]|``)*`)\.\* TO ")
_READS: Final = re.compile(r"\bSELECT\b(?! \()|ALL PRIVILEGES")
_WHOLE: Final = frozenset({"tinyint", "smallint", "mediumint", "int", "bigint"})
_AS_IS: Final = _WHOLE | {"decimal", "float", "double", "year"}
_NO_TEXT: Final = frozenset(
    {"bit", "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring",
     "multipolygon", "geometrycollection", "vector"}
)  # fmt: skip


class MysqlSource:
    """One database.

    Args:
        address: `mysql://user@host/name`, without a password; `?socket=/path` for a Unix socket,
            `?ssl-ca=FILE` for an authority of one's own.
        limits: How much to read.
        password: The user's.

    Raises:
        InvalidError: The address names no database.
        UnavailableError: The server does not answer, or does not let us in.
    """

    is_files = False

    def __init__(self, address: SplitResult, limits: Limits, password: str | None) -> None:
        self._address = address
        self._limits = limits
        self._password = password
        self._name = mysql_server.name(address)
        self._connection = self._connected()
        self._tables = {str(name): rows for name, rows in self._fetched(_TABLES)}
        self._sees_all = self._has_right_on_all()
        self._whole = {str(name) for (name,) in self._fetched(_WHOLE_TABLES)}

    def _connected(self) -> Any:
        return mysql_server.connected(
            self._address,
            self._password,
            "shopward discover",
            self._limits.statement_s,
            pymysql.cursors.SSCursor,
        )

    @property
    def shown(self) -> str:
        """The address, without user and password."""
        return safe(mysql_server.shown(self._address))

    def count(self) -> int | None:
        """How many tables there are to see."""
        return len(self._tables) + (not self._sees_all)

    def units(self) -> Iterator[Unit]:
        """Every table that the user sees."""
        yield from (Unit(name) for name in self._tables)
        if not self._sees_all:
            yield Unit(_UNSEEN)

    def _has_right_on_all(self) -> bool:
        """Whether some grant lets the user read every table of the database."""
        for (grant,) in self._fetched("SHOW GRANTS"):
            found = _GRANT.match(str(grant))
            if found and _READS.search(found[1]) and _matches(_plain(found[2]), self._name):
                return True
        return False

    def read(self, unit: Unit, into: Collector, since: Mark | None) -> Coverage:
        """Read a table within the limits."""
        table = into.table(unit.name, "table")
        if unit.name == _UNSEEN:
            raise UnreadableError(
                "the user has no right on the whole database, and does not see them"
            )
        try:
            if not self._connection.open:
                self._connection = self._connected()
            self._do("START TRANSACTION READ ONLY")
            try:
                return self._read(unit.name, table, since)
            finally:
                if self._connection.open:
                    self._connection.rollback()
        except UnavailableError:
            raise UnreadableError("the server does not answer any more") from None
        except (pymysql.MySQLError, OSError) as error:
            raise UnreadableError(reason(error)) from None

    def _read(self, name: str, table: Table, since: Mark | None) -> Coverage:
        columns = self._fetched(_COLUMNS, (name,))
        names, picked, hidden, keys = [], [], [], []
        for column, type_, base, key, rights in columns:
            table.declare(column, type_)
            if "select" not in str(rights):
                hidden.append(safe(column))
                continue
            names.append(column)
            picked.append(_bounded(column, base, self._limits.cell_chars))
            if key == "PRI":
                keys.append((column, base))
        if not names:
            raise UnreadableError("no right to read it")
        select = f"SELECT {', '.join(picked)} FROM {quoted(name)}"
        key = self._key(name, keys)
        covered = (
            self._first(select, names, table, self._tables[name])
            if key is None
            else self._ranges(select, names, table, Ranges.of(key, since, self._limits.rows))
        )
        if hidden:
            raise UnreadableError(f"no right to read {', '.join(hidden)}")
        if not self._sees_all and name not in self._whole:
            raise UnreadableError("no right to all its columns, and the others are not shown")
        return covered

    def _key(self, name: str, keys: list[tuple[str, str]]) -> Key | None:
        if len(keys) != 1 or keys[0][1] not in _WHOLE:
            return None
        column = quoted(keys[0][0])
        low, high = self._fetched(f"SELECT MIN({column}), MAX({column}) FROM {quoted(name)}")[0]
        if low is None:
            return keys[0][0], 0, -1, 0
        total = int(self._tables[name] or 0)
        return keys[0][0], int(low), int(high), min(max(1, total), int(high) - int(low) + 1)

    def _ranges(self, select: str, names: list[str], table: Table, ranges: Ranges) -> Coverage:
        column = quoted(ranges.mark.check)
        query = f"{select} WHERE {column} >= %s AND {column} <= %s ORDER BY {column} LIMIT %s"
        for piece in ranges.pieces:
            ranges.seen += self._count(query, piece, names, table)
        return ranges.coverage()

    def _first(self, select: str, names: list[str], table: Table, total: int | None) -> Coverage:
        rows = self._limits.rows
        query, values = (f"{select} LIMIT %s", (rows,)) if rows else (select, ())
        seen = self._count(query, values, names, table)
        is_all = not rows or seen < rows
        of = seen if is_all else max(seen, int(total or 0))
        return Coverage(seen, of, "rows", how(is_all, by_key=False))

    def _count(self, query: str, values: tuple[int, ...], names: list[str], table: Table) -> int:
        before = table.rows
        with self._connection.cursor() as cursor:
            cursor.execute(query, values)
            for row in cursor.fetchall_unbuffered():
                table.add(names, row)
        return table.rows - before

    def _fetched(self, query: str, values: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(query, values)
            return list(cursor.fetchall())

    def _do(self, statement: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(statement)

    def close(self) -> None:
        """End the connection."""
        if self._connection.open:
            self._connection.close()


def _bounded(name: str, base: str, chars: int) -> str:
    """The column, cut on the server to so many characters or bytes."""
    if base in _NO_TEXT:
        return "NULL"
    column = quoted(name)
    if base in _AS_IS:
        return column
    if base.endswith(("blob", "binary")):
        return f"LEFT({column}, {chars})"
    return f"LEFT(CAST({column} AS CHAR), {chars})"


def _plain(name: str) -> str:
    return name.strip("`").replace("``", "`")


def _matches(pattern: str, name: str) -> bool:
    r"""Whether a grant's database is this one: `*`, the name, or a pattern with `%` and `\_`."""
    if pattern == "*":
        return True
    parts = re.split(r"(\\.|%|_)", pattern)
    regex = "".join(
        ".*" if part == "%" else "." if part == "_" else re.escape(part.removeprefix("\\"))
        for part in parts
    )
    return re.fullmatch(regex, name) is not None
