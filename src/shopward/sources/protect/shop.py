"""What a shop's database is to `protect`: tables, read by key, changed where they are as read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

Key = tuple[Any, ...]
Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ColumnShape:
    """What the catalogue says of one column.

    Attributes:
        name: As the database has it.
        type: In the database's words.
        is_text: Whether any text can stand in it.
        chars: The most characters; None where there is no limit.
        is_generated: Whether the database computes it.
        may: Which of `read` and `update` this user may do.
        foreign: The tables that it refers to or that refer to it by a foreign key.
        unique: The unique indexes that it is part of.
        counts_changes: Whether the database sets it by itself when a row is changed.
    """

    name: str
    type: str
    is_text: bool = True
    chars: int | None = None
    is_generated: bool = False
    may: frozenset[str] = frozenset({"read", "update"})
    foreign: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    counts_changes: bool = False


@dataclass(frozen=True, slots=True)
class TableShape:
    """What the catalogue says of one table.

    Attributes:
        name: As the map has it.
        kind: `table`, or what it is instead, such as `view`.
        key: The columns of the primary key.
        columns: By name.
        triggers: Names of triggers that run when a row is updated.
        troubles: What else is in the way, each a sentence and a remedy.
    """

    name: str
    kind: str
    key: tuple[str, ...]
    columns: dict[str, ColumnShape]
    triggers: tuple[str, ...] = ()
    troubles: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it was read; values are personal data."""

    key: Key
    values: Values = field(repr=False)
    person: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Change:
    """What a row held and is to hold, column by column; equal where it stays."""

    key: Key
    before: Values = field(repr=False)
    after: Values = field(repr=False)


class Shop(Protocol):
    """A shop's database, open for reading and for changing rows."""

    @property
    def shown(self) -> str:
        """Where it is, without user and password."""

    @property
    def widen(self) -> str:
        """The statement that makes a column wider, with `{table}`, `{column}` and `{chars}`."""

    @property
    def remains(self) -> tuple[str, ...]:
        """Where this engine keeps what a row held before, and what ends it."""

    def shape(self, table: str) -> TableShape | None:
        """What the catalogue says; None where there is no such table.

        Raises:
            UnavailableError: The server does not answer.
        """

    def count(self, table: TableShape) -> int:
        """How many rows there are."""

    def repeated(self, table: TableShape, column: str) -> int:
        """How many values stand in more than one row, whatever their case."""

    def pages(
        self, table: TableShape, columns: Sequence[str], person: str | None, size: int
    ) -> Iterator[list[Row]]:
        """Every row by its key, so many at a time."""

    def change(
        self, table: TableShape, columns: Sequence[str], changes: Sequence[Change]
    ) -> list[Key]:
        """Change rows in one transaction; gives those that are not as they were, and stay.

        Raises:
            ConflictError: The database refuses; nothing was changed.
            UnavailableError: The server does not answer.
        """

    def rehearse(self, table: TableShape, columns: Sequence[str], change: Change) -> None:
        """Do a change and take it back, to learn whether the database takes it.

        Raises:
            ConflictError: It does not.
        """

    def alone(self) -> AbstractContextManager[None]:
        """Keep others from moving tables of this database; a killed process holds nothing.

        Raises:
            ConflictError: Another one is at work.
        """

    def close(self) -> None:
        """End it."""
