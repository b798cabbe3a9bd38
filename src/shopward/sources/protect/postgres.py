"""A shop's PostgreSQL database, for `protect`.

Row security is switched off for the session, so that PostgreSQL refuses a table of which it would
show a part. Generated columns are computed anew by the server when what they rest on changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import SplitResult

import psycopg

from shopward.errors import ConflictError, InvalidError, ShopwardError, UnavailableError
from shopward.sources import postgres_server
from shopward.sources.protect.shop import ColumnShape, TableShape
from shopward.sources.protect.sql import SqlShop, busy, refused

_TEXTS: Final = frozenset({"text", "varchar", "bpchar", "citext"})
_KINDS: Final = {"r": "table", "p": "table", "v": "view", "m": "materialised view"}
_LOCK: Final = 0x5348_4F50
_TABLE: Final = """
SELECT c.oid, c.relkind::text, row_security_active(c.oid)
FROM pg_class c WHERE c.oid = to_regclass(%s)"""
_COLUMNS: Final = """
SELECT a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), t.typname,
       CASE WHEN t.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4 THEN a.atttypmod - 4 END,
       a.attgenerated <> '',
       has_column_privilege(a.attrelid, a.attnum, 'SELECT'),
       has_column_privilege(a.attrelid, a.attnum, 'UPDATE')
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
_INDEXES: Final = """
SELECT i.indisprimary, c.relname, i.indkey::int2[]
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = %s AND i.indisunique"""
_FOREIGN: Final = """
SELECT conkey, confrelid::regclass::text FROM pg_constraint
WHERE contype = 'f' AND conrelid = %s
UNION ALL
SELECT confkey, conrelid::regclass::text FROM pg_constraint
WHERE contype = 'f' AND confrelid = %s"""
_TRIGGERS: Final = """
SELECT tgname FROM pg_trigger WHERE tgrelid = %s AND NOT tgisinternal AND tgtype & 16 <> 0"""


class PostgresShop(SqlShop):
    """One database.

    Args:
        address: `postgresql://user@host/name`, without a password.
        password: The user's.

    Raises:
        UnavailableError: The server does not answer, or does not let us in.
        InvalidError: The database has no encoding.
    """

    widen = 'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE varchar({chars})'
    remains = (
        "dead rows, until `VACUUM FULL` of these tables (plain VACUUM frees them for new rows)",
        "the WAL and its archive, until they are recycled or removed",
        "pg_statistic, until `ANALYZE` of these tables",
    )

    def __init__(self, address: SplitResult, password: str | None) -> None:
        self._address = address
        self._connection = postgres_server.connected(address, password, "shopward protect")
        self._connection.autocommit = True
        if self._connection.info.parameter_status("server_encoding") == "SQL_ASCII":
            self.close()
            raise InvalidError(
                "The database has no encoding, so its texts are bytes",
                hint="Copy it into a database in UTF-8 first (pg_dump, pg_restore).",
            )
        self.rows("SELECT set_config('row_security', 'off', false)")

    @property
    def shown(self) -> str:
        """The address, without user and password."""
        return postgres_server.shown(self._address)

    def quoted(self, name: str) -> str:
        """A name in double quotes; `%` is doubled for the driver."""
        return '"' + name.replace('"', '""').replace("%", "%%") + '"'

    def table_name(self, name: str) -> str:
        """`schema.table` as two names."""
        return ".".join(self.quoted(part) for part in name.split(".", 1))

    def read(self, column: str) -> str:
        """As text, of whatever type of text."""
        return f"{self.quoted(column)}::text"

    def exact(self, column: str) -> str:
        """Bytes, whatever the column's collation."""
        return f'{self.quoted(column)}::text = %s COLLATE "C"'

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        try:
            return self._connection.execute(sql.encode(), values).fetchall()
        except psycopg.Error as error:
            raise _ours(error) from None

    def execute(self, sql: str, values: Sequence[Any]) -> int:
        """Run a change; how many rows it met."""
        return self._connection.execute(sql.encode(), values).rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One of the server's."""
        try:
            with self._connection.transaction():
                yield
        except psycopg.Error as error:
            raise _ours(error) from None

    def shape(self, table: str) -> TableShape | None:
        """What the catalogue says."""
        found = self.rows(_TABLE, (self.table_name(table).replace("%%", "%"),))
        if not found:
            return None
        oid, kind, hides = found[0]
        rows = self.rows(_COLUMNS, (oid,))
        names = {row[0]: str(row[1]) for row in rows}
        indexes = self.rows(_INDEXES, (oid,))
        foreign = self.rows(_FOREIGN, (oid, oid))
        key: list[int] = next((parts for is_key, _, parts in indexes if is_key), [])
        return TableShape(
            name=table,
            kind=_KINDS.get(kind, "foreign table"),
            key=tuple(names[number] for number in key),
            columns={
                names[number]: ColumnShape(
                    name=names[number],
                    type=type_,
                    is_text=base in _TEXTS,
                    chars=chars,
                    is_generated=generated,
                    may=frozenset({"read"} if reads else ()) | ({"update"} if updates else set()),
                    foreign=tuple(str(other) for numbers, other in foreign if number in numbers),
                    unique=tuple(str(name) for _, name, parts in indexes if number in parts),
                )
                for number, _, type_, base, chars, generated, reads, updates in rows
            },
            triggers=tuple(str(row[0]) for row in self.rows(_TRIGGERS, (oid,))),
            troubles=_HIDES if hides else (),
        )

    @contextmanager
    def alone(self) -> Iterator[None]:
        """The lock that `shopward_attach` takes as well; it goes with the connection."""
        if not self.rows("SELECT pg_try_advisory_lock(%s)", (_LOCK,))[0][0]:
            raise busy()
        try:
            yield
        finally:
            if not self._connection.closed:
                self.rows("SELECT pg_advisory_unlock(%s)", (_LOCK,))

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


_HIDES: Final = (
    ("row security hides rows of it", "Connect as the owner, or as a user with BYPASSRLS."),
)


def _ours(error: psycopg.Error) -> ShopwardError:
    state = error.sqlstate or ""
    if state.startswith("23") or state in {"22001", "42501", "P0001"}:
        return refused(f"PostgreSQL says {state}")
    if state in {"40001", "40P01"}:
        return ConflictError("The shop changed the same rows.", hint="Run it again to go on.")
    return UnavailableError(
        f"The shop's database: {postgres_server.reason(error)}.",
        hint="Run it again; it goes on where it stopped.",
    )
