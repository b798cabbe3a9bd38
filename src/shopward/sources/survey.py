"""What a file's rows look like under a mapping: counted, never kept.

Up to `SURVEY_ROWS` rows are looked at; past that the number of rows is estimated from the size. It
holds counts and column names, no values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from shopward.sources.dialect import Dialect
from shopward.sources.gather import AddressBook, records
from shopward.sources.items import Item, find, read_item
from shopward.sources.mapping import FieldMap
from shopward.sources.rows import BadRow, Row

SURVEY_ROWS: Final = 100_000
_ROWS_FOR_KEYS: Final = 1_000
_MAX_KEYS: Final = 2_000
_MAX_DEPTH: Final = 8


@dataclass(slots=True)
class Survey:
    """Counts over the rows looked at.

    Attributes:
        rows: How many were looked at.
        complete: Whether that was all of them.
        filled: Field (or `external`) to the rows that have a value for it.
        rejects: (field, reason) to how often.
        rejected_rows: Rows that will be rejected.
        lost_lines: Lines swallowed by rows that cannot be read, beyond their first.
        last_line: The line the last of them starts on.
        keys: Dotted paths seen in JSON objects, with how often.
        seen: Columns of the mapping that were present in at least one JSON object.
    """

    rows: int = 0
    complete: bool = True
    filled: Counter[str] = field(default_factory=Counter)
    rejects: Counter[tuple[str, str]] = field(default_factory=Counter)
    rejected_rows: int = 0
    lost_lines: int = 0
    last_line: int = 0
    keys: Counter[str] = field(default_factory=Counter)
    seen: set[str] = field(default_factory=set)


def survey(
    path: Path,
    dialect: Dialect,
    mapping: FieldMap,
    limits: Mapping[str, int],
    columns: frozenset[str] = frozenset(),
    book: AddressBook | None = None,
) -> Survey:
    """Look at the first `SURVEY_ROWS` rows.

    Args:
        path: The file.
        dialect: How it is written.
        mapping: What is taken.
        limits: Policy field to its greatest number of characters.
        columns: Columns to look out for in JSON objects; empty for CSV.
        book: The customers' addresses, where they are in a file of their own.
    """
    found = Survey()
    stream = records(path, dialect, mapping, book)
    for row in islice(stream, SURVEY_ROWS):
        found.rows += 1
        found.last_line = row.line
        _count(found, row, mapping, limits)
        if columns and isinstance(row, Row):
            _look_for(found, row, columns)
    found.complete = next(stream, None) is None
    return found


def _count(found: Survey, row: Row | BadRow, mapping: FieldMap, limits: Mapping[str, int]) -> None:
    result = read_item(row, mapping, limits)
    if isinstance(result, Item):
        found.filled.update(result.fields.keys())
        found.filled.update(("external",) if result.external is not None else ())
        return
    found.rejected_rows += 1
    found.rejects.update((reject.field, reject.reason) for reject in result)
    if isinstance(row, BadRow):
        found.lost_lines += row.last_line - row.line


def common_keys(found: Survey) -> tuple[str, ...]:
    """The paths that more than a few objects have: names, not data used as keys."""
    looked = min(found.rows, _ROWS_FOR_KEYS)
    least = min(looked, max(2, looked // 100))
    return tuple(key for key, count in found.keys.items() if count >= least)


def _look_for(found: Survey, row: Row, columns: frozenset[str]) -> None:
    for column in columns - found.seen:
        if find(row.cells, column) is not None:
            found.seen.add(column)
    if found.rows <= _ROWS_FOR_KEYS and len(found.keys) < _MAX_KEYS:
        found.keys.update(_paths(row.cells, "", _MAX_DEPTH))


def _paths(value: Mapping[str, Any], before: str, depth: int) -> Iterator[str]:
    for key, each in value.items():
        if isinstance(each, dict) and depth > 1:
            yield from _paths(each, f"{before}{key}.", depth - 1)
        else:
            yield before + key
