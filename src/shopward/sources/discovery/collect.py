"""Counts rows column by column; values inside JSON, sessions and arrays get columns of their own.

    table.add(("id", "data"), (7, '{"buyer": {"mail": "ada@shop.se"}}'))   # data, data.buyer.mail

- Bounded: at most 1,000 columns a table, nested ones included; more are counted as left out.
- A name that is data itself (a mail address as a JSON key) is shown as its kind: `<email>`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shopward.sources.detect import Tally, scan
from shopward.sources.detect.kinds import Kind
from shopward.sources.detect.plugins import Recogniser
from shopward.sources.detect.wrapped import JSON, leaves, unwrap

MAX_COLUMNS: Final = 1_000
MAX_NAME_CHARS: Final = 120
_LONG: Final = 40
_WRAPS: Final = ("{", "[", "a", "O", "s")
"""How a value begins that wraps others, unless it is long."""
_ID: Final = re.compile(r"[0-9]{2,}|[0-9a-f]{16,}|[0-9a-fA-F-]{32,}")


@dataclass(slots=True)
class Column:
    """One column: its type as the database says, and its counts."""

    type: str = ""
    tally: Tally = field(default_factory=Tally)


@dataclass(slots=True)
class Table:
    """One table, file or part of a file.

    Attributes:
        name: As it is shown.
        kind: `table`, `csv`, `json`, `access log`, `text` …
        columns: By name, in order.
        rows: Rows added.
        left_out: Columns beyond the bound.
        bad_rows: Rows that could not be read.
        unread: Why it was not read; empty when it was.
        recogniser: An optional one for names in free text.
    """

    name: str
    kind: str
    columns: dict[str, Column] = field(default_factory=dict)
    rows: int = 0
    left_out: int = 0
    bad_rows: int = 0
    unread: str = ""
    recogniser: Recogniser | None = None

    def declare(self, name: str, type_: str = "") -> None:
        """Say that there is a column, also where no row has it."""
        column = self._column(name)
        if column is not None:
            column.type = type_

    def add(self, names: Sequence[str], values: Sequence[Any]) -> None:
        """Count one row."""
        self.rows += 1
        for name, value in zip(names, values, strict=False):
            self._cell(name, value)

    def add_object(self, value: Any) -> None:
        """Count one JSON document as a row."""
        self.rows += 1
        if not isinstance(value, dict):
            value = {"value": value}
        for name, each in value.items():
            if isinstance(each, dict | list):
                for path, leaf in leaves(each, name):
                    self._leaf(path, leaf)
            else:
                self._leaf(name, each)

    def _leaf(self, name: str, value: Any) -> None:
        if isinstance(value, str) and (len(value) >= _LONG or value[:1] in _WRAPS):
            self._cell(name, value)
            return
        column = self.columns.get(name) or self._column(name)
        if column is not None:
            column.tally.add(value)

    def _cell(self, name: str, value: Any) -> None:
        column = self.columns.get(name) or self._column(name)
        if column is None:
            return
        opened = None
        if isinstance(value, str):
            if len(value) >= _LONG or value[:1] in _WRAPS:
                opened = unwrap(value)
        elif isinstance(value, dict | list):
            opened = (JSON, list(leaves(value)))
        if opened is None:
            column.tally.add(value)
            return
        column.tally.wrapped(opened[0])
        for path, leaf in opened[1]:
            inner = self._column(f"{name}.{path}" if path else f"{name}.value")
            if inner is not None:
                inner.tally.add(leaf)

    def _column(self, name: str) -> Column | None:
        found = self.columns.get(name)
        if found is None:
            shown = safe_path(name)
            found = self.columns.get(shown)
            if found is None and len(self.columns) >= MAX_COLUMNS:
                self.left_out += 1
                return None
            if found is None:
                found = self.columns[shown] = Column(tally=Tally(recogniser=self.recogniser))
        return found


class Collector:
    """Takes the tables of one unit."""

    def __init__(self, recogniser: Recogniser | None = None) -> None:
        self.tables: dict[str, Table] = {}
        self._recogniser = recogniser

    def table(self, name: str, kind: str) -> Table:
        """The table of that name, made when it is new."""
        shown = safe(name)
        if shown not in self.tables:
            self.tables[shown] = Table(shown, kind, recogniser=self._recogniser)
        return self.tables[shown]


def safe_path(name: str) -> str:
    """A dotted name that shows no value: inner parts that are no plain names stand as `*`."""
    first, *inner = safe(name).split(".")
    shown = ["*" if _ID.fullmatch(part) or " " in part else part for part in inner]
    return ".".join(["*" if _ID.fullmatch(first) and inner else first, *shown])


def safe(name: str) -> str:
    """A name of a column, table or file with what looks like a value replaced by its kind."""
    raw = name.encode("utf-8", "replace")
    shown, at = b"", 0
    for hit in sorted(scan(raw), key=lambda one: one.start):
        if hit.kind is not Kind.URL and hit.start >= at:
            shown += raw[at : hit.start] + f"<{hit.kind}>".encode()
            at = hit.end
    text = (shown + raw[at:]).decode("utf-8", "replace")
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text if len(text) <= MAX_NAME_CHARS else f"{text[: MAX_NAME_CHARS - 1]}…"
