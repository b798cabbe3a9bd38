"""A SQLite database as a source, opened read-only.

A table that is larger than the limit is looked at in ten ranges of its row ids, spread evenly.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import apsw

from shopward.errors import InvalidError, NotFoundError
from shopward.sources.discovery.collect import Collector, Table, safe
from shopward.sources.discovery.keyranges import Ranges, how
from shopward.sources.discovery.port import Coverage, Limits, Mark, Unit, UnreadableError

_TABLES: Final = """SELECT name FROM sqlite_master WHERE type = 'table'
AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"""
_BUSY_MS: Final = 5_000


class SqliteSource:
    """One database file.

    Args:
        path: The file.
        limits: How much to read.

    Raises:
        NotFoundError: There is no such file.
        InvalidError: It is no SQLite database, or encrypted.
    """

    is_files = False

    def __init__(self, path: Path, limits: Limits) -> None:
        if not path.is_file():
            raise NotFoundError(
                f"There is no database {safe(path.name)}", hint="Check the path for a mistake."
            )
        self._path = path
        self._limits = limits
        self._connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        self._connection.set_busy_timeout(_BUSY_MS)
        self._connection.pragma("query_only", True)  # noqa: FBT003 - SQLite's word
        try:
            self._names = [str(row[0]) for row in self._connection.execute(_TABLES)]
        except apsw.Error:
            self._connection.close()
            raise InvalidError(
                f"{safe(path.name)} is not a SQLite database, or it is encrypted",
                hint="Name a database file, or a folder to look through its files.",
            ) from None

    @property
    def shown(self) -> str:
        """The path, as an address."""
        return safe(f"sqlite://{self._path}")

    def count(self) -> int | None:
        """How many tables there are."""
        return len(self._names)

    def units(self) -> Iterator[Unit]:
        """Every table."""
        yield from (Unit(name) for name in self._names)

    def read(
        self, unit: Unit, into: Collector, since: Mark | None, *, prefix: str = ""
    ) -> Coverage:
        """Read a table within the limits."""
        table = into.table(prefix + unit.name, "table")
        try:
            return self._read(unit.name, table, since)
        except apsw.Error as error:
            raise UnreadableError(f"SQLite says {type(error).__name__}") from None

    def _read(self, name: str, table: Table, since: Mark | None) -> Coverage:
        columns = [
            (str(row[1]), str(row[2]))
            for row in self._connection.execute(f"PRAGMA table_xinfo({quoted(name)})")
            if row[6] != 1
        ]
        for column, type_ in columns:
            table.declare(column, type_)
        names = [column for column, _ in columns]
        limits = self._limits
        picked = ", ".join(_bounded(column, limits.cell_chars) for column in names)
        key = self._key(name)
        if key is None:
            most = limits.rows or -1
            rows = self._connection.execute(
                f"SELECT {picked} FROM {quoted(name)} LIMIT ?",
                (most,),
            )
            seen = _count(rows, names, table)
            is_all = not limits.rows or seen < limits.rows
            return Coverage(seen, seen if is_all else None, "rows", how(is_all, by_key=False))
        ranges = Ranges.of(key, since, limits.rows)
        for low, high, most in ranges.pieces:
            rows = self._connection.execute(
                f"SELECT {picked} FROM {quoted(name)} WHERE rowid >= ? AND rowid <= ? "
                "ORDER BY rowid LIMIT ?",
                (low, high, most),
            )
            ranges.seen += _count(rows, names, table)
        return ranges.coverage()

    def _key(self, name: str) -> tuple[str, int, int, int] | None:
        """(key, least, greatest, about how many rows), or None for a table without row ids."""
        try:
            low, high = next(
                self._connection.execute(f"SELECT min(rowid), max(rowid) FROM {quoted(name)}")
            )
        except apsw.SQLError:
            return None
        if low is None:
            return "rowid", 0, -1, 0
        return "rowid", int(low), int(high), int(high) - int(low) + 1

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def quoted(name: str) -> str:
    """A name as SQL, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def _bounded(column: str, chars: int) -> str:
    name = quoted(column)
    return f"CASE WHEN length({name}) > {chars} THEN substr({name}, 1, {chars}) ELSE {name} END"


def _count(rows: Iterator[tuple[object, ...]], names: list[str], table: Table) -> int:
    before = table.rows
    for row in rows:
        table.add(names, row)
    return table.rows - before
