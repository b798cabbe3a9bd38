"""A file's rows, streamed: each one a `Row` with its line number, or a `BadRow` with a reason.

CSV rows map column names to cells, JSON Lines rows are the object as it stands with numbers kept as
the text in the file. Blank lines are no rows. It does not choose or check values (`items`).

- One row in memory at a time; a broken row never ends the reading.
- Neither type shows a value in its `repr`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NoReturn

from shopward.sources.dialect import Dialect, Format
from shopward.sources.encoding import open_source
from shopward.sources.lines import Lines, RecordTooLongError, as_text


class Reason(StrEnum):
    """Why a row or a field of it is not taken; the value is what the rejects file says."""

    COLUMNS = "wrong-column-count"
    QUOTES = "quotes-do-not-pair"
    LINE = "line-too-long"
    JSON = "not-json"
    OBJECT = "not-an-object"
    ENCODING = "bad-encoding"
    CONTROL = "control-character"
    LONG = "too-long"
    TEXT = "not-text"
    MISSING = "missing-required"
    EMPTY = "empty-row"
    ORPHAN = "no-customer-above"


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        line: The line it starts on, from 1.
        cells: Column name to cell, or the JSON object; personal data.
    """

    line: int
    cells: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read.

    Attributes:
        line: The line it starts on, from 1.
        reason: Why.
        last_line: The last line that is lost with it.
    """

    line: int
    reason: Reason
    last_line: int


def rows(path: Path, dialect: Dialect) -> Iterator[Row | BadRow]:
    """Every row of the file, in order; the header is no row."""
    with open_source(path) as raw, as_text(raw, dialect.encoding) as file:
        lines = Lines(file)
        if dialect.format is Format.JSONL:
            yield from _json_rows(lines)
        else:
            yield from _csv_rows(lines, dialect)


def _csv_rows(lines: Lines, dialect: Dialect) -> Iterator[Row | BadRow]:
    reader = csv.reader(lines, delimiter=dialect.delimiter, strict=True)
    header: tuple[str, ...] | None = None
    while True:
        start = lines.begin_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, RecordTooLongError) as error:
            lines.leave_quotes()
            yield BadRow(start, _csv_reason(error), lines.read)
            continue
        if header is None and cells:
            header = dialect.header
        elif cells and header is not None:
            yield _csv_row(start, cells, header, lines)


def _csv_row(start: int, cells: list[str], header: tuple[str, ...], lines: Lines) -> Row | BadRow:
    if lines.was_cut:
        return BadRow(start, Reason.LINE, lines.read)
    if len(cells) != len(header):
        return BadRow(start, Reason.COLUMNS, lines.read)
    return Row(start, dict(zip(header, cells, strict=True)))


def _csv_reason(error: Exception) -> Reason:
    is_long = isinstance(error, RecordTooLongError) or "field limit" in str(error)
    return Reason.LINE if is_long else Reason.QUOTES


def _json_rows(lines: Lines) -> Iterator[Row | BadRow]:
    while True:
        start = lines.begin_record()
        line = next(lines, None)
        if line is None:
            return
        if lines.was_cut:
            yield BadRow(start, Reason.LINE, lines.read)
        elif text := line.strip():
            yield _json_row(start, text)


def _json_row(line: int, text: str) -> Row | BadRow:
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return BadRow(line, Reason.JSON, line)
    return Row(line, value) if isinstance(value, dict) else BadRow(line, Reason.OBJECT, line)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError
    return made


def _refuse(_constant: str) -> NoReturn:
    raise ValueError


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=str, parse_int=str, parse_constant=_refuse
)
