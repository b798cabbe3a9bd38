"""Reads the plain formats into a table: CSV, JSON Lines, JSON and running text.

A first row that looks like data is no header: columns are then called 1, 2, 3, so that a
customer's values are never shown as names.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from shopward.sources.detect import scan
from shopward.sources.detect.values import Shape, shape_of
from shopward.sources.discovery.collect import Table
from shopward.sources.discovery.streams import text_of

_MAX_DOCUMENT_CHARS: Final = 2_097_152
_MAX_COLUMNS: Final = 500
_BOM: Final = "\ufeff"


def read_csv(lines: Iterable[bytes], table: Table, delimiter: str) -> None:
    """Count the rows of a CSV file."""
    reader = csv.reader((f"{text_of(line)}\n" for line in lines), delimiter=delimiter)
    names: list[str] = []
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            table.bad_rows += 1
            continue
        if not names and row:
            names, is_header = _header(row)
            if is_header:
                continue
        if row:
            table.bad_rows += len(row) != len(names)
            table.add(names, row)


def _header(row: list[str]) -> tuple[list[str], bool]:
    cells = [cell.strip().lstrip(_BOM) for cell in row[:_MAX_COLUMNS]]
    if any(_is_data(cell) for cell in cells) or not any(cells):
        return [str(number) for number in range(1, len(cells) + 1)], False
    return [cell or str(number) for number, cell in enumerate(cells, 1)], True


def _is_data(cell: str) -> bool:
    if shape_of(cell) in {Shape.NUMBER, Shape.DATE, Shape.PHONE, Shape.HEX}:
        return True
    return bool(scan(cell.encode("utf-8", "replace")))


def read_json_lines(lines: Iterable[bytes], table: Table) -> None:
    """Count a JSON object per line; a line that is none is searched as text."""
    for raw in lines:
        try:
            value = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            _json_line(text_of(raw).strip(), table)
        else:
            table.add_object(value)


def _json_line(line: str, table: Table) -> None:
    """A line that is blank, in another encoding, or with words such as NaN that JSON has not."""
    if not line:
        return
    try:
        table.add_object(json.loads(line))
    except (ValueError, RecursionError):
        table.bad_rows += 1
        table.add(("line",), (line,))


def read_json(lines: Iterable[bytes], table: Table) -> None:
    """Count the items of an array, or one document; what does not parse is searched as text."""
    decoder = json.JSONDecoder()
    kept, is_array = "", False
    for line in lines:
        kept += text_of(line) + "\n"
        if not is_array and kept.lstrip(_BOM + " \n\t").startswith("["):
            is_array, kept = True, kept.lstrip(_BOM + " \n\t")[1:]
        if is_array:
            kept = _items(decoder, kept, table)
        if len(kept) > _MAX_DOCUMENT_CHARS:
            kept = _as_text(kept, table)
    if is_array:
        kept = kept.strip().removesuffix("]").strip()
    if kept:
        _document(kept.lstrip(_BOM), table)


def _items(decoder: json.JSONDecoder, text: str, table: Table) -> str:
    """Counts the whole items at the beginning; what is left."""
    at = 0
    while True:
        while at < len(text) and text[at] in " ,\n\t\r":
            at += 1
        if at >= len(text) or text[at] not in '{["':
            return text[at:]
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return text[at:]
        table.add_object(value)


def _document(text: str, table: Table) -> None:
    try:
        table.add_object(json.loads(text))
    except (ValueError, RecursionError):
        _as_text(text, table)


def _as_text(text: str, table: Table) -> str:
    table.bad_rows += 1
    for line in text.split("\n"):
        table.add(("line",), (line,))
    return ""


def read_text(lines: Iterable[bytes], table: Table) -> None:
    """Count running text, a line at a time."""
    for line in lines:
        table.add(("line",), (text_of(line),))


def utf16(lines: Iterable[bytes]) -> Iterator[bytes]:
    """UTF-16 as lines of UTF-8."""
    import codecs  # noqa: PLC0415 - few files need it

    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    left = ""
    for line in lines:
        *whole, left = (left + decoder.decode(line)).split("\n")
        yield from (one.encode("utf-8", "replace") for one in whole)
    yield left.encode("utf-8", "replace")
