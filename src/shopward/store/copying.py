"""A whole store, out of one snapshot and into one transaction, the same for every engine.

Rows are tuples of integers, texts, bytes and None under the names of their columns, so that what
came out of one engine goes into another. This module says what is copied; `sqlite_copy` does it.

- What is read belongs to one moment, whatever is committed meanwhile.
- What is written is there whole, once it is finished, or not at all.
- A table that is not named here is copied: nothing is left out because somebody forgot it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, Protocol, Self

from msgspec import Struct

Row = tuple[Any, ...]

LEFT_OUT: Final = frozenset({"replay", "tile", "past_tile", "leaf_place"})
"""Answers that expire within hours, and what the leaves lead to: hashes and places."""


class Table(Struct, frozen=True):
    """A table by name and columns, in the order in which its rows bring them."""

    name: str
    columns: tuple[str, ...]


class Source(Protocol):
    """One moment of a store, to be read on any thread but by one at a time."""

    def tables(self) -> tuple[Table, ...]:
        """Every table that is copied, by name."""

    def count(self, table: Table) -> int:
        """How many rows it has."""

    def rows(self, table: Table) -> Iterator[Row]:
        """Every row in the order of its primary key; few are in memory at a time."""

    def close(self) -> None:
        """Lets the moment go."""


class Target(Protocol):
    """An empty store being filled; closed without `finish`, nothing of it is left."""

    def __enter__(self) -> Self:
        """Itself."""

    def __exit__(self, *exception: object) -> None:
        """Throws away what was not finished."""

    def tables(self) -> tuple[Table, ...]:
        """Every table there is, by name."""

    def insert(self, table: Table, rows: Iterable[Row]) -> None:
        """Adds rows to a table."""

    def finish(self) -> None:
        """Makes all of it durable and puts it in place."""
