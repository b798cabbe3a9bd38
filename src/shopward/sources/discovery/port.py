"""What a source of data is to discovery: units that are read one after the other into a collector.

A unit is a table of a database or a file of a folder. A mark says how far a unit was read, so that
a later run looks at what is new; it holds a key number or a size, never a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from shopward.sources.discovery.collect import Collector

ALL_ROWS: Final = "all rows"


class UnreadableError(Exception):
    """One unit cannot be read; its text says why and holds no value. Never leaves `sources`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is looked at.

    Attributes:
        rows: Rows of a database's table, or 0 for all.
        file_bytes: Bytes of a file, unpacked, or 0 for all.
        statement_s: Seconds a statement may take on a server.
        cell_chars: Characters of one value.
    """

    rows: int = 10_000
    file_bytes: int = 33_554_432
    statement_s: int = 30
    cell_chars: int = 16_384


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a unit was read.

    Attributes:
        upto: The greatest key of a table, or the size of a file in bytes.
        check: What must be the same for `upto` to mean anything: a keyed digest of the file's
            beginning, or the key's name.
    """

    upto: int
    check: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a unit was looked at.

    Attributes:
        seen: Rows, or bytes.
        of: How many there are, by the best knowledge at hand; None when nobody knows.
        unit: `rows` or `bytes`.
        how: In words, such as `a sample of key ranges`.
        mark: How far it was read; None where nothing tells old from new.
        unchanged: Whether it was skipped, being as it was.
    """

    seen: int
    of: int | None
    unit: str
    how: str
    mark: Mark | None = None
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """A table or a file; `name` is as the database or folder has it."""

    name: str


class Source(Protocol):
    """A database, a file or a folder, open for reading."""

    @property
    def shown(self) -> str:
        """Where it is, without a password."""

    @property
    def is_files(self) -> bool:
        """Whether its units are files."""

    def count(self) -> int | None:
        """How many units there are; None when that is not known beforehand."""

    def units(self) -> Iterator[Unit]:
        """Every unit, in a stable order."""

    def read(self, unit: Unit, into: Collector, since: Mark | None) -> Coverage:
        """Read a unit within the limits.

        Raises:
            UnreadableError: It cannot be read; what was read of it before counts.
        """

    def close(self) -> None:
        """End it."""
