"""What the engines have in common: pages by key, and updates that compare before they write.

`exact` is the engine's comparison of bytes: a collation that takes `a` for `A` must not let a
change that the shop made meanwhile be overwritten.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from shopward.errors import ConflictError
from shopward.sources.protect.shop import Change, Key, Row, TableShape


class _RolledBackError(Exception):
    """Ends a rehearsal; never leaves this module."""


class SqlShop(ABC):
    """An engine: how it quotes, reads, compares and reports."""

    mark: ClassVar[str] = "%s"

    @abstractmethod
    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query, with the engine's errors turned into ours."""

    @abstractmethod
    def execute(self, sql: str, values: Sequence[Any]) -> int:
        """Run a change; how many rows it met."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """Commit at the end of the block, or take back; the engine's errors turned into ours."""

    @abstractmethod
    def quoted(self, name: str) -> str:
        """A column's name as SQL."""

    def table_name(self, name: str) -> str:
        """A table's name as SQL."""
        return self.quoted(name)

    def read(self, column: str) -> str:
        """The column as text, as it is stored."""
        return self.quoted(column)

    @abstractmethod
    def exact(self, column: str) -> str:
        """Whether the column holds exactly the bytes of a mark."""

    def count(self, table: TableShape) -> int:
        """How many rows there are."""
        return int(self.rows(f"SELECT COUNT(*) FROM {self.table_name(table.name)}")[0][0])

    def repeated(self, table: TableShape, column: str) -> int:
        """How many values stand in more than one row, whatever their case."""
        text = f"LOWER({self.read(column)})"
        twice = (
            f"SELECT {text} FROM {self.table_name(table.name)} WHERE {self.quoted(column)} <> ''"
            f" GROUP BY {text} HAVING COUNT(*) > 1"
        )
        return int(self.rows(f"SELECT COUNT(*) FROM ({twice}) AS twice")[0][0])

    def pages(
        self, table: TableShape, columns: Sequence[str], person: str | None, size: int
    ) -> Iterator[list[Row]]:
        """Every row by its key, so many at a time."""
        keys = [self.quoted(name) for name in table.key]
        whose = self.quoted(person) if person else "NULL"
        picked = ", ".join([*keys, whose, *(self.read(name) for name in columns)])
        end = f" ORDER BY {', '.join(keys)} LIMIT {size}"
        where, values = "", list[Any]()
        while found := self.rows(
            f"SELECT {picked} FROM {self.table_name(table.name)}{where}{end}", values
        ):
            at = len(keys)
            yield [Row(one[:at], one[at + 1 :], one[at]) for one in found]
            where, values = self._after(keys, found[-1][:at])

    def _after(self, keys: Sequence[str], last: Key) -> tuple[str, list[Any]]:
        """Rows behind a key; the first column is bounded alone, so that its index is used."""
        either, values = list[str](), list[Any]()
        for at, name in enumerate(keys):
            same = "".join(f"{one} = {self.mark} AND " for one in keys[:at])
            either.append(f"({same}{name} > {self.mark})")
            values += [*last[:at], last[at]]
        if len(keys) == 1:
            return f" WHERE {either[0]}", values
        first = f" WHERE {keys[0]} >= {self.mark} AND ({' OR '.join(either)})"
        return first, [last[0], *values]

    def change(
        self, table: TableShape, columns: Sequence[str], changes: Sequence[Change]
    ) -> list[Key]:
        """Change rows in one transaction; gives those that are not as they were, and stay."""
        with self.transaction():
            return [one.key for one in changes if not self._update(table, columns, one)]

    def _update(self, table: TableShape, columns: Sequence[str], one: Change) -> int:
        parts = zip(columns, one.before, one.after, strict=True)
        differ = [(name, before, after) for name, before, after in parts if before != after]
        still = [self.quoted(c.name) for c in table.columns.values() if c.counts_changes]
        assigned = [f"{self.quoted(name)} = {self.mark}" for name, _, _ in differ]
        assigned += [f"{name} = {name}" for name in still]
        where = [f"{self.quoted(name)} = {self.mark}" for name in table.key]
        where += [self.exact(name) for name, _, _ in differ]
        sql = (
            f"UPDATE {self.table_name(table.name)} SET {', '.join(assigned)}"
            f" WHERE {' AND '.join(where)}"
        )
        values = [*(after for _, _, after in differ), *one.key, *(old for _, old, _ in differ)]
        return self.execute(sql, values)

    def rehearse(self, table: TableShape, columns: Sequence[str], change: Change) -> None:
        """Do a change and take it back, to learn whether the database takes it."""
        try:
            with self.transaction():
                self._update(table, columns, change)
                raise _RolledBackError
        except _RolledBackError:
            return


def busy() -> ConflictError:
    """Another process moves tables of this database."""
    return ConflictError(
        "Tables of this database are being moved already.",
        hint="Wait for the other shopward protect to end, or stop it with Ctrl-C.",
    )


def refused(table_words: str) -> ConflictError:
    """The database took a change back."""
    return ConflictError(
        f"The database refuses a token ({table_words}); nothing of these rows was changed.",
        hint="Look for a CHECK constraint, a trigger or a right that is missing.",
    )
