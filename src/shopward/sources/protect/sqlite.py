"""A shop's SQLite database, for `protect`.

Only columns of text affinity are taken: elsewhere SQLite would turn a text that comes back into a
number. It must be the shop's whole database: others wait while a batch is written (at most 30 s).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any, ClassVar, Final

import apsw

from shopward.errors import InvalidError, NotFoundError, ShopwardError, UnavailableError
from shopward.sources.discovery.sqlite import quoted
from shopward.sources.protect.shop import ColumnShape, TableShape
from shopward.sources.protect.sql import SqlShop, busy, refused

_BUSY_MS: Final = 30_000
_COMPUTED: Final = (2, 3)


class SqliteShop(SqlShop):
    """One database file.

    Args:
        path: The file.

    Raises:
        NotFoundError: There is no such file.
        InvalidError: It is no SQLite database, or encrypted.
    """

    mark: ClassVar[str] = "?"
    widen = "SQLite does not limit texts"
    remains = ("free pages of the file, until `VACUUM`; the -wal file, until a checkpoint",)

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise NotFoundError(
                f"There is no database {path.name}", hint="Check the path for a mistake."
            )
        self._path = path
        flags = apsw.SQLITE_OPEN_READWRITE if self._is_writable else apsw.SQLITE_OPEN_READONLY
        self._connection = apsw.Connection(str(path), flags=flags)
        self._connection.set_busy_timeout(_BUSY_MS)
        try:
            self._connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        except apsw.Error:
            self._connection.close()
            raise InvalidError(
                f"{path.name} is not a SQLite database, or it is encrypted",
                hint="Name the shop's database file.",
            ) from None

    @property
    def _is_writable(self) -> bool:
        return os.access(self._path, os.W_OK) and os.access(self._path.parent, os.W_OK)

    @property
    def shown(self) -> str:
        """The path, as an address."""
        return f"sqlite://{self._path.resolve()}"

    def quoted(self, name: str) -> str:
        """A name in double quotes."""
        return quoted(name)

    def exact(self, column: str) -> str:
        """Bytes, whatever the column's collation."""
        return f"{quoted(column)} = ? COLLATE BINARY"

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        try:
            return list(self._connection.execute(sql, tuple(values)))
        except apsw.Error as error:
            raise _ours(error) from None
        except UnicodeDecodeError:
            raise InvalidError(
                "A text in the shop's database is not UTF-8",
                hint="Find it by hex() and correct it; nothing of this batch was changed.",
            ) from None

    def execute(self, sql: str, values: Sequence[Any]) -> int:
        """Run a change; how many rows it met."""
        self._connection.execute(sql, tuple(values))
        return int(self._connection.changes())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One that has the file for itself from the start."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except apsw.Error as error:
            raise _ours(error) from None
        try:
            yield
        except BaseException as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if isinstance(error, apsw.Error):
                raise _ours(error) from None
            raise
        try:
            self._connection.execute("COMMIT")
        except apsw.Error as error:
            raise _ours(error) from None

    def shape(self, table: str) -> TableShape | None:
        """What the schema says."""
        kinds = self.rows("SELECT type FROM sqlite_master WHERE name = ?", (table,))
        if not kinds:
            return None
        columns = self.rows(f"PRAGMA table_xinfo({quoted(table)})")
        foreign, unique = self._foreign(table), self._unique(table)
        may = frozenset({"read", "update"} if self._is_writable else {"read"})
        return TableShape(
            name=table,
            kind=str(kinds[0][0]),
            key=tuple(str(row[1]) for row in sorted(columns, key=lambda row: row[5]) if row[5]),
            columns={
                str(row[1]): ColumnShape(
                    name=str(row[1]),
                    type=str(row[2]).lower() or "none",
                    is_text=_is_text(str(row[2])),
                    is_generated=row[6] in _COMPUTED,
                    may=may,
                    foreign=tuple(foreign.get(str(row[1]), ())),
                    unique=tuple(unique.get(str(row[1]), ())),
                )
                for row in columns
            },
            triggers=self._triggers(table),
            troubles=self._troubles(table, columns),
        )

    def _troubles(
        self, table: str, columns: Sequence[tuple[Any, ...]]
    ) -> tuple[tuple[str, str], ...]:
        """SQLite lets NULL into a key that is no row id."""
        empty = " OR ".join(f"{quoted(str(row[1]))} IS NULL" for row in columns if row[5])
        if empty and self.rows(f"SELECT 1 FROM {quoted(table)} WHERE {empty} LIMIT 1"):
            return (("its primary key is NULL in some rows", "Give these rows a key."),)
        return ()

    def _triggers(self, table: str) -> tuple[str, ...]:
        found = self.rows(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (table,)
        )
        return tuple(str(name) for name, sql in found if "UPDATE" in str(sql).upper())

    def _foreign(self, table: str) -> dict[str, list[str]]:
        """Tables on the other side of a foreign key, by column, from both sides."""
        found: dict[str, list[str]] = {}
        for (other,) in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'"):
            for row in self.rows(f"PRAGMA foreign_key_list({quoted(str(other))})"):
                if other == table:
                    found.setdefault(str(row[3]), []).append(str(row[2]))
                if str(row[2]).lower() == table.lower() and row[4] is not None:
                    found.setdefault(str(row[4]), []).append(str(other))
        return found

    def _unique(self, table: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for row in self.rows(f"PRAGMA index_list({quoted(table)})"):
            if row[2]:
                for part in self.rows(f"PRAGMA index_info({quoted(str(row[1]))})"):
                    found.setdefault(str(part[2]), []).append(str(row[1]))
        return found

    @contextmanager
    def alone(self) -> Iterator[None]:
        """The lock that `shopward_attach` takes as well."""
        with Path(f"{self._path}.moving").open("w") as held:
            try:
                flock(held, LOCK_EX | LOCK_NB)
            except OSError:
                raise busy() from None
            yield

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _is_text(declared: str) -> bool:
    """Whether SQLite gives the column text affinity. Source: sqlite.org/datatype3.html §3.1."""
    words = declared.upper()
    return "INT" not in words and any(word in words for word in ("CHAR", "CLOB", "TEXT"))


def _ours(error: apsw.Error) -> ShopwardError:
    if isinstance(error, apsw.ConstraintError):
        return refused("a constraint of SQLite's")
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return UnavailableError(
            "The shop's database is locked by somebody else.",
            hint="Run it again when the shop is quiet; it goes on where it stopped.",
        )
    return UnavailableError(
        f"SQLite says {type(error).__name__}.",
        hint="Check disk, rights and the file; run it again to go on.",
    )
