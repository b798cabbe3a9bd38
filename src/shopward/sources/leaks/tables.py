"""Looks for canaries in the rows of a table, as discovery's readers hand them over.

Rows are gathered to a quarter of a megabyte and searched at once; only a batch that holds something
is looked at cell by cell.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from shopward.sources.discovery.collect import Collector, Table
from shopward.sources.leaks.found import Found

CELL_CHARS: Final = 65_536
_BATCH_BYTES: Final = 262_144
_BREAK: Final = b"\x00\n\x00"

Cell = tuple[str, bytes]


class Rows(Collector):
    """Takes the rows of one table.

    Args:
        place: What the report calls the place.
        found: Where hits go.
        prefix: What stands before the table's name, for a database inside of a folder.
    """

    def __init__(self, place: str, found: Found, prefix: str = "") -> None:
        super().__init__()
        self._place, self._found, self._prefix = place, found, prefix

    def table(self, name: str, kind: str) -> Table:
        """The table of that name, made when it is new."""
        made = self.tables.get(name)
        if made is None:
            made = self.tables[name] = _Cells(name, kind)
            made.aim(self._place, self._prefix, self._found)
        return made

    def close(self) -> int:
        """Search what is still gathered; how many rows there were."""
        for table in self.tables.values():
            if isinstance(table, _Cells):
                table.close()
        return sum(table.rows for table in self.tables.values())


class _Cells(Table):
    """The rows of one table, searched in batches."""

    def aim(self, place: str, prefix: str, found: Found) -> None:
        self._place, self._prefix, self._found = place, prefix, found
        self._gathered: list[Cell] = []
        self._size = self._cut = 0

    def declare(self, name: str, type_: str = "") -> None:
        """Look at the name of a column; it may hold a canary itself."""
        del type_
        for hit in self._found.search.find(name.encode("utf-8", "replace")):
            self._hit("(name of a column)", hit.shape, hit.label)

    def add(self, names: Sequence[str], values: Sequence[Any]) -> None:
        """Take one row."""
        self.rows += 1
        for name, value in zip(names, values, strict=False):
            cell = _bytes(value)
            if cell:
                self._cut += isinstance(value, str | bytes) and len(value) >= CELL_CHARS
                self._gathered.append((name, cell))
                self._size += len(cell)
        if self._size >= _BATCH_BYTES:
            self._search()

    def close(self) -> None:
        """Search the last rows, and say what was seen in part."""
        self._search()
        if self._cut:
            why = f"{self._cut:,} values longer than {CELL_CHARS:,} characters were seen in part"
            self._found.unknown(self._place, self._prefix + self.name, why)

    def _search(self) -> None:
        gathered, self._gathered, self._size = self._gathered, [], 0
        search = self._found.search
        if not gathered or not search.find(_BREAK.join(cell for _, cell in gathered)):
            return
        for name, cell in gathered:
            for label, shape in {hit.label: hit.shape for hit in search.find(cell)}.items():
                self._hit(name, shape, label)

    def _hit(self, column: str, shape: str, label: str) -> None:
        self._found.hit(self._place, f"{self._prefix}{self.name}.{column}", shape, label)


def _bytes(value: Any) -> bytes:
    """A value as bytes; numbers too, for a phone may be one."""
    if value is None or isinstance(value, bool):
        return b""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace")
    return str(value).encode()
