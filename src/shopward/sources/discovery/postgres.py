"""A PostgreSQL database as a source: each table in a read-only transaction of the server's.

A table with a key of one whole number is looked at in ranges of it, another by TABLESAMPLE SYSTEM.

- The server refuses writes (`READ ONLY`) and ends a statement that takes too long.
- Row security is switched off for the session, so that PostgreSQL refuses a table that it would
  show in part; it is then unknown, not clean.
- A server beyond this machine has to prove who it is, unless the address says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import SplitResult

import psycopg
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from shopward.errors import UnavailableError
from shopward.sources import postgres_server
from shopward.sources.discovery.collect import Collector, Table, safe
from shopward.sources.discovery.keyranges import Key, Ranges, how
from shopward.sources.discovery.port import Coverage, Limits, Mark, Unit, UnreadableError
from shopward.sources.postgres_server import reason

_TABLES: Final = """
SELECT c.oid, n.nspname, c.relname, c.relkind::text, c.reltuples::float8
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition
  AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
ORDER BY n.nspname, c.relname"""
_COLUMNS: Final = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), t.typcategory::text, t.typname,
       has_column_privilege(a.attrelid, a.attnum, 'SELECT')
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
_KEY: Final = """
SELECT a.attname FROM pg_index i
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
WHERE i.indrelid = %s AND i.indisprimary AND i.indnkeyatts = 1
  AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)"""
_SETTINGS: Final = (
    "SELECT set_config('statement_timeout', %s, true), set_config('lock_timeout', '5s', true), "
    "set_config('row_security', 'off', true)"
)
_FETCH_BYTES: Final = 2_097_152
_ROWS_A_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class _Relation:
    """One table of the catalogue."""

    oid: int
    schema: str
    name: str
    kind: str
    rows: float

    @property
    def shown(self) -> str:
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"

    @property
    def sql(self) -> Composable:
        return Identifier(self.schema, self.name)


class PostgresSource:
    """One database.

    Args:
        address: `postgresql://user@host/name`, without a password.
        limits: How much to read.
        password: The user's; libpq's own files and variables are used too.

    Raises:
        UnavailableError: The server does not answer, or does not let us in.
    """

    is_files = False

    def __init__(self, address: SplitResult, limits: Limits, password: str | None) -> None:
        self._address = address
        self._limits = limits
        self._password = password
        self._connection = self._connected()
        self._relations = self._catalogue()

    def _connected(self) -> psycopg.Connection[Any]:
        connection = postgres_server.connected(self._address, self._password, "shopward discover")
        connection.read_only = True
        return connection

    def _catalogue(self) -> list[_Relation]:
        """The tables; a database without an encoding is asked for bytes from now on."""
        try:
            if self._connection.info.parameter_status("server_encoding") == "SQL_ASCII":
                self._connection.execute("SET client_encoding TO 'SQL_ASCII'")
                self._connection.commit()
            with self._connection.transaction():
                rows = self._connection.execute(_TABLES).fetchall()
        except psycopg.Error as error:
            self._connection.close()
            raise UnavailableError(f"The database's catalogue: {reason(error)}") from None
        return [_Relation(*(_said(part) for part in row)) for row in rows]

    @property
    def shown(self) -> str:
        """The address, without user and password."""
        return safe(postgres_server.shown(self._address))

    def count(self) -> int | None:
        """How many tables there are."""
        return len(self._relations)

    def units(self) -> Iterator[Unit]:
        """Every table, partitions as part of theirs."""
        yield from (Unit(f"{one.schema}.{one.name}") for one in self._relations)

    def read(self, unit: Unit, into: Collector, since: Mark | None) -> Coverage:
        """Read a table within the limits."""
        relation = next(one for one in self._relations if f"{one.schema}.{one.name}" == unit.name)
        table = into.table(relation.shown, "table")
        try:
            if self._connection.closed:
                self._connection = self._connected()
            with self._connection.transaction():
                self._connection.execute(_SETTINGS, (f"{self._limits.statement_s}s",))
                return self._read(relation, table, since)
        except UnavailableError:
            raise UnreadableError("the server does not answer any more") from None
        except psycopg.Error as error:
            raise UnreadableError(reason(error)) from None

    def _read(self, relation: _Relation, table: Table, since: Mark | None) -> Coverage:
        names, picked, hidden = self._columns(relation, table)
        if not names:
            raise UnreadableError("no right to read it" if hidden else "it has no columns")
        select: Composed = SQL("SELECT {} FROM {}").format(SQL(", ").join(picked), relation.sql)
        key = self._key(relation)
        if key is None:
            covered = self._sampled(relation, select, names, table)
        else:
            ranges = Ranges.of(key, since, self._limits.rows)
            column = Identifier(key[0])
            for low, high, most in ranges.pieces:
                query = select + SQL(
                    " WHERE {key} >= {low} AND {key} <= {high} ORDER BY {key} LIMIT {most}"
                ).format(key=column, low=Literal(low), high=Literal(high), most=Literal(most))
                ranges.seen += self._count(query, names, table)
            covered = ranges.coverage()
        if hidden:
            raise UnreadableError(f"no right to read {', '.join(hidden)}")
        return covered

    def _columns(
        self, relation: _Relation, table: Table
    ) -> tuple[list[str], list[Composable], list[str]]:
        """(names, what to select, names without a right)."""
        names: list[str] = []
        picked: list[Composable] = []
        hidden: list[str] = []
        for row in self._connection.execute(_COLUMNS, (relation.oid,)).fetchall():
            name, type_, category, base, may_read = (_said(part) for part in row)
            table.declare(name, type_)
            if not may_read:
                hidden.append(safe(name))
                continue
            names.append(name)
            picked.append(_bounded(name, category, base, self._limits.cell_chars))
        return names, picked, hidden

    def _key(self, relation: _Relation) -> Key | None:
        found = self._connection.execute(_KEY, (relation.oid,)).fetchone()
        if found is None or relation.kind not in {"r", "p"}:
            return None
        name = _said(found[0])
        query = SQL("SELECT min({key}), max({key}) FROM {table}").format(
            key=Identifier(name), table=relation.sql
        )
        low, high = self._connection.execute(query).fetchall()[0]
        if low is None:
            return name, 0, -1, 0
        return name, low, high, min(max(1, self._estimate(relation)), high - low + 1)

    def _estimate(self, relation: _Relation) -> int:
        """About how many rows; a table that was never analysed counts by its pages."""
        if relation.rows >= 0:
            return int(relation.rows)
        size = self._connection.execute("SELECT pg_relation_size(%s::oid)", (relation.oid,))
        return int(size.fetchall()[0][0] // 8192) * _ROWS_A_PAGE

    def _sampled(
        self, relation: _Relation, select: Composed, names: list[str], table: Table
    ) -> Coverage:
        rows, total = self._limits.rows, self._estimate(relation)
        limit = SQL(" LIMIT {}").format(Literal(rows)) if rows else SQL("")
        if rows and total > rows and relation.kind != "f":
            percent = min(100.0, 110 * rows / total)
            sample = SQL(" TABLESAMPLE SYSTEM ({}) REPEATABLE (1)").format(Literal(percent))
            seen = self._count(select + sample + limit, names, table)
            if seen >= rows // 2:
                return Coverage(seen, total, "rows", "a sample of pages")
        seen = self._count(select + limit, names, table)
        is_all = not rows or seen < rows
        return Coverage(
            seen, seen if is_all else max(total, seen), "rows", how(is_all, by_key=False)
        )

    def _count(self, query: Composed, names: list[str], table: Table) -> int:
        before = table.rows
        with self._connection.cursor(name="shopward_discovery") as cursor:
            cursor.itersize = max(1, _FETCH_BYTES // (self._limits.cell_chars * len(names)))
            cursor.execute(query)
            for row in cursor:
                table.add(names, row)
        return table.rows - before

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


def _said(value: Any) -> Any:
    """A name as text, where a database without an encoding gives bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _bounded(name: str, category: str, base: str, chars: int) -> Composable:
    """The column, cut on the server to so many characters or bytes."""
    column = Identifier(name)
    if base == "bytea":
        return SQL("substring({} FROM 1 FOR {})").format(column, Literal(chars))
    if category in {"N", "B"}:
        return column
    return SQL("left({}::text, {})").format(column, Literal(chars))
