"""Copying a SQLite store: a read transaction on a connection of its own, and a new file.

- Reading holds one WAL snapshot: writers go on, and the WAL grows until it is closed.
- A new store is written beside its place under another name and renamed at the end, under the
  store's lock: a process that is killed leaves nothing that opens.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self

import apsw

from shopward.errors import ConflictError
from shopward.store import schema
from shopward.store.copying import LEFT_OUT, Row, Table
from shopward.store.schema import query, unavailable

BULK = ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "BEGIN IMMEDIATE")


class SqliteSource:
    """The store in a file as it is now, beside whoever writes it."""

    def __init__(self, path: Path) -> None:
        self._connection = schema.connect(path)
        query(self._connection, "PRAGMA query_only=ON")
        query(self._connection, "BEGIN")
        query(self._connection, "SELECT 1 FROM installation")  # the snapshot is taken by reading

    def tables(self) -> tuple[Table, ...]:
        """Every table that is copied, by name."""
        return tuple(one for one in _tables(self._connection) if one.name not in LEFT_OUT)

    def count(self, table: Table) -> int:
        """How many rows it has."""
        sql = f"SELECT count(*) FROM {_quoted(table.name)}"  # noqa: S608 - a quoted identifier
        count: int = query(self._connection, sql)[0][0]
        return count

    def rows(self, table: Table) -> Iterator[Row]:
        """Every row in the order of its primary key.

        Raises:
            UnavailableError: The file cannot be read, or is damaged.
        """
        columns = ", ".join(map(_quoted, table.columns))
        order = ", ".join(map(_quoted, _key(self._connection, table.name)))
        name = _quoted(table.name)
        sql = f"SELECT {columns} FROM {name} ORDER BY {order}"  # noqa: S608 - quoted identifiers
        try:
            yield from self._connection.execute(sql)
        except apsw.Error as error:
            raise unavailable(error) from error

    def sample(self, count: int, but: bytes) -> list[Row]:
        """Rows of customers' classes drawn at random, without those of one subject."""
        sql = """SELECT r.subject, r.class, r.version, r.epoch, r.wrapped, r.body FROM record r
        JOIN (SELECT subject, class FROM record WHERE subject <> ? ORDER BY random() LIMIT ?) one
        ON one.subject = r.subject AND one.class = r.class"""
        return query(self._connection, sql, (but, count))

    def close(self) -> None:
        """Ends the read transaction."""
        self._connection.close()


class SqliteTarget:
    """A new store that will lie at `path`.

    Raises:
        ConflictError: There is a store already.
        UnavailableError: Another process has it open.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._beside = path.with_name(f".{path.name}.restoring")
        self._lock = schema.StoreLock(path)
        try:
            if path.exists() and path.stat().st_size:
                raise ConflictError(
                    "There is a store already where this one should go.",
                    hint="Name an empty place, or move the old store away; nothing was changed.",
                    field="store.path",
                    reason="store-not-empty",
                )
            _remove(self._beside)
            self._connection = schema.connect(self._beside)
            schema.migrate(self._connection)
            for pragma in BULK:
                query(self._connection, pragma)
        except BaseException:
            self._lock.close()
            raise
        self._is_open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._is_open:
            self._close()
            _remove(self._beside)
        self._lock.close()

    def tables(self) -> tuple[Table, ...]:
        """Every table there is, by name."""
        return _tables(self._connection)

    def insert(self, table: Table, rows: Iterable[Row]) -> None:
        """Adds rows to a table.

        Raises:
            UnavailableError: They cannot be written, or are not what the table takes.
        """
        columns = ", ".join(map(_quoted, table.columns))
        marks = ", ".join("?" * len(table.columns))
        name = _quoted(table.name)
        sql = f"INSERT INTO {name} ({columns}) VALUES ({marks})"  # noqa: S608 - quoted identifiers
        try:
            self._connection.executemany(sql, rows)
        except apsw.Error as error:
            raise unavailable(error) from error

    def finish(self) -> None:
        """Commits, makes the file durable and gives it its name."""
        query(self._connection, "COMMIT")
        self._close()
        _sync(self._beside)
        self._beside.replace(self._path)
        _sync(self._path.parent)

    def _close(self) -> None:
        self._connection.close()
        self._is_open = False


def _tables(connection: apsw.Connection) -> tuple[Table, ...]:
    sql = """SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid"""
    columns: dict[str, list[str]] = {}
    for table, column in query(connection, sql):
        columns.setdefault(table, []).append(column)
    return tuple(Table(name, tuple(found)) for name, found in columns.items())


def _key(connection: apsw.Connection, table: str) -> list[str]:
    sql = "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk"
    return [name for (name,) in query(connection, sql, (table,))]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _remove(path: Path) -> None:
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm", f"{path.name}-journal"):
        path.with_name(name).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
