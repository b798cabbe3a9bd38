r"""SQL dumps of MySQL, MariaDB, PostgreSQL and SQLite: tables, columns and rows, without a server.

    INSERT INTO `users` (`id`,`mail`) VALUES (1,'ada@shop.se'),(2,NULL);
    COPY public.users (id, mail) FROM stdin;

Nothing is executed: statements are read as text, and what is no row is passed over.

- A statement that is longer than a line's bound is read on in pieces; a value that is longer than
  that is lost and counted as a bad row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from shopward.sources.discovery.collect import Collector, Table
from shopward.sources.discovery.streams import MAX_LINE_BYTES

_NAME: Final = r'(?:[`"\[]?\w+[`"\]]?\.)?[`"\[]?([^`"\]\s(]+)[`"\]]?'
_INSERT: Final = re.compile(
    rf"\s*(?:INSERT(?: IGNORE)? INTO|REPLACE INTO)\s+{_NAME}\s*(?:\(([^)]*)\))?\s*VALUES\s*",
    re.IGNORECASE,
)
_COPY: Final = re.compile(rf"COPY\s+{_NAME}\s*\(([^)]*)\)\s+FROM stdin;", re.IGNORECASE)
_CREATE: Final = re.compile(
    rf"\s*CREATE (?:TEMPORARY )?TABLE (?:IF NOT EXISTS )?{_NAME}\s*\(?", re.IGNORECASE
)
_DEFINED: Final = re.compile(r'\s*(?:[`"\[]([^`"\]]+)[`"\]]|(\w+))\s+(\w+(?:\([\d, ]+\))?)')
_PART: Final = re.compile(r"""(?:[^,()'"`]|'[^']*'|"[^"]*"|`[^`]*`|\((?:[^()]|\([^()]*\))*\))+""")
_NO_COLUMN: Final = re.compile(
    r"\s*(?:PRIMARY|UNIQUE|KEY|INDEX|CONSTRAINT|FOREIGN|CHECK|FULLTEXT|SPATIAL|EXCLUDE)\b",
    re.IGNORECASE,
)
_VALUE: Final = re.compile(
    r"\s*(?:_binary )?(?:N|E|X|B|_utf8mb4|_utf8)?"
    r"('(?:[^'\\]|\\.|'')*'|[^',()\s][^,()']*(?:\([^)]*\))?)\s*([,)])",
    re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(.)|''", re.DOTALL)
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "Z": "\x1a", "b": "\b"}


class _Reader:
    """Where the reading of a dump is."""

    def __init__(self, into: Collector, name: str, rows: int) -> None:
        self._into = into
        self._name = name
        self._rows = rows
        self._columns: dict[str, list[str]] = {}
        self._open = ""
        self._table: Table | None = None
        self._names: list[str] = []
        self._left = ""
        self._copying = False

    def line(self, line: str) -> None:
        """One line, or a piece of a long one."""
        if self._copying:
            self._copied(line)
        elif self._open:
            self._defined(line)
        elif self._left or self._table is not None:
            self._more(line)
        else:
            self._statement(line)

    def _statement(self, line: str) -> None:
        if found := _INSERT.match(line):
            self._begin(found[1], found[2])
            self._more(line[found.end() :])
        elif found := _COPY.match(line):
            self._begin(found[1], found[2])
            self._copying = True
        elif found := _CREATE.match(line):
            self._open = found[1]
            self._columns[self._open] = []
            self._defined(line[found.end() :])

    def _begin(self, name: str, columns: str | None) -> None:
        self._table = self._into.table(f"{self._name}:{name}", "table in an SQL dump")
        self._names = (
            [part.strip().strip('`"[]') for part in columns.split(",")]
            if columns
            else self._columns.get(name, [])
        )

    def _defined(self, line: str) -> None:
        table = self._into.table(f"{self._name}:{self._open}", "table in an SQL dump")
        if not line.lstrip().startswith(")"):
            for name, kind in _definitions(line):
                self._columns[self._open].append(name)
                table.declare(name, kind)
        if line.rstrip().endswith(";") or line.lstrip().startswith(")"):
            self._open = ""

    def _more(self, text: str) -> None:
        """Rows of an INSERT, as many as are whole."""
        text, self._left = self._left + text, ""
        at = 0
        while True:
            start = text.find("(", at)
            end = text.find(";", at)
            if start < 0 or 0 <= end < start:
                self._table = self._table if end < 0 else None
                return
            row, after = _row(text, start + 1)
            if row is None:
                self._keep(text[start:])
                return
            self._count(row)
            at = after

    def _keep(self, rest: str) -> None:
        if len(rest) <= 2 * MAX_LINE_BYTES:
            self._left = rest
        elif self._table is not None:
            self._table.bad_rows += 1
            self._table = None

    def _count(self, row: list[str | None]) -> None:
        table = self._table
        if table is None or (self._rows and table.rows >= self._rows):
            return
        names = self._names or [str(number) for number in range(1, len(row) + 1)]
        if len(names) != len(row):
            table.bad_rows += 1
            names = [str(number) for number in range(1, len(row) + 1)]
        table.add(names, row)

    def _copied(self, line: str) -> None:
        line = line.rstrip("\r\n")
        if line == "\\.":
            self._copying, self._table = False, None
            return
        self._count([None if cell == "\\N" else _unescaped(cell) for cell in line.split("\t")])


def _definitions(text: str) -> Iterator[tuple[str, str]]:
    """(name, type) of the columns defined in a line, or in a whole list of them."""
    for part in _PART.findall(text):
        found = None if _NO_COLUMN.match(part) else _DEFINED.match(part)
        if found:
            yield found[1] or found[2], found[3]


def _row(text: str, at: int) -> tuple[list[str | None] | None, int]:
    """The values from a bracket on and where they end; None when the row is not whole."""
    row: list[str | None] = []
    while found := _VALUE.match(text, at):
        row.append(_plain(found[1]))
        at = found.end()
        if found[2] == ")":
            return row, at
    return None, at


def _plain(word: str) -> str | None:
    if word[0] == "'":
        return _unescaped(word[1:-1])
    word = word.strip()
    return None if word.upper() == "NULL" else word


def _unescaped(text: str) -> str:
    if "\\" not in text and "''" not in text:
        return text
    return _ESCAPE.sub(lambda found: _LETTERS.get(found[1], found[1]) if found[1] else "'", text)


def read(lines: Iterable[bytes], into: Collector, name: str, rows: int) -> None:
    """Count the rows of every table, at most `rows` of each; 0 for all."""
    reader = _Reader(into, name, rows)
    for line in lines:
        reader.line(line.decode("utf-8", "replace"))
