"""What was understood of a file, as a person reads it before anything is written.

    customers.csv: Shopify customer export, 1,000 rows, utf-8 (every byte is valid UTF-8), ...
      100 %  external id  <- Customer ID
       97 %  email        <- Email
    not taken: Total Spent, Total Orders
    warning: 2 of 1,000 rows looked at will be rejected: email too-long 2x

It is made by `understand` and decides nothing about customers.

- A plan holds column names and counts, never a value of a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shopward.sources.dialect import Dialect, shown
from shopward.sources.gather import AddressBook, Addresses, records
from shopward.sources.mapping import EXTERNAL, FieldMap
from shopward.sources.rows import BadRow, Row

_MAX_UNUSED: Final = 40


@dataclass(frozen=True, slots=True)
class Column:
    """One line of the table: what fills a field, and how many rows have it.

    Attributes:
        field: Policy field, or `external` for the shop's own id.
        columns: The columns it is taken from.
        filled: Rows looked at that have a value.
        of: Rows looked at.
    """

    field: str
    columns: tuple[str, ...]
    filled: int
    of: int

    @property
    def percent(self) -> str:
        """How many rows have a value, in words: `100 %` only when all do."""
        if self.filled in (0, self.of):
            return "100 %" if self.filled else "0 %"
        return f"{self.filled * 100 // self.of} %" if self.filled * 100 >= self.of else "<1 %"


@dataclass(frozen=True, slots=True)
class Plan:
    """A file understood.

    Attributes:
        path: The file.
        kind: `Shopify customer export` or another export's name, `CSV` or `JSON Lines`.
        dialect: Encoding with evidence, delimiter, header, size.
        mapping: What is taken, without fields the policy does not have.
        limits: Policy field to its greatest number of characters.
        rows: Number of rows; see `counted`.
        counted: Whether `rows` is exact; else it is estimated from the size.
        rejected: Rows looked at that will be rejected.
        table: One entry per field, the external id first.
        unused: Columns nothing is taken from.
        warnings: Sentences for a person.
        digest: Hex name of the job, 64 characters.
        addresses: The file of the customers' addresses, joined to this one.
        is_unverified: Whether nobody checked the export's columns against its source.
    """

    path: Path
    kind: str
    dialect: Dialect
    mapping: FieldMap
    limits: Mapping[str, int]
    rows: int
    counted: bool
    rejected: int
    table: tuple[Column, ...]
    unused: tuple[str, ...]
    warnings: tuple[str, ...]
    digest: str
    addresses: Addresses | None = None
    is_unverified: bool = False

    def records(self) -> Iterator[Row | BadRow]:
        """The file's rows, one for each customer; a file of addresses is read anew first."""
        book = AddressBook(self.addresses) if self.addresses else None
        return records(self.path, self.dialect, self.mapping, book)

    def lines(self) -> list[str]:
        """The plan as lines of plain text, ready to print."""
        about = "" if self.counted else "about "
        delimiter = f', delimiter "{self.dialect.delimiter}"'.replace("\t", "\\t")
        written = f"{self.dialect.encoding} ({self.dialect.evidence})"
        head = f"{self.path.name}: {self.kind}, {about}{self.rows:,} rows, {written}"
        width = max(len(shown(each.field)) for each in self.table)
        return [
            head + (delimiter if self.dialect.delimiter else ""),
            *(_table_line(each, width) for each in self.table),
            *_unused_lines(self.unused),
            *(f"warning: {each}" for each in self.warnings),
        ]


def _table_line(column: Column, width: int) -> str:
    taken = " + ".join(shown(each) for each in column.columns) or "(a fixed value)"
    name = "external id" if column.field == EXTERNAL else shown(column.field)
    return f"  {column.percent:>5}  {name:<{max(width, 11)}}  <- {taken}"


def _unused_lines(unused: tuple[str, ...]) -> list[str]:
    if not unused:
        return []
    names = ", ".join(shown(each) for each in unused[:_MAX_UNUSED])
    more = len(unused) - _MAX_UNUSED
    return [f"not taken: {names}" + (f" and {more:,} more" if more > 0 else "")]
