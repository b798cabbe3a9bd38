"""Several rows of one customer become one: further rows in the same file, or a file of addresses.

    email,_website,…,_address_city            one customer, two addresses
    ada@example.com,base,…,London
    ,,…,Turin

A file of addresses is read once into an `AddressBook`, which keeps for each customer *where* the
address to take stands, 16 bytes, not what is in it. It stores nothing on the disk.

- A row in the outcome begins on the line of the customer's own row.
- Whose an address is, is known in memory by a digest under a key of this run alone.
"""

from __future__ import annotations

import csv
import hashlib
import secrets
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from shopward.errors import InvalidError
from shopward.sources.dialect import Dialect
from shopward.sources.encoding import open_source
from shopward.sources.export_form import AddressFile, plain, present
from shopward.sources.lines import Lines, as_text
from shopward.sources.mapping import FieldMap, Gather
from shopward.sources.rows import BadRow, Reason, Row, rows

_SMALLEST: Final = 1_024
_RANKS: Final = 8
"""An entry is a place in the file times this, and how much the address there is preferred."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """A file of addresses, and what it is."""

    path: Path
    dialect: Dialect
    form: AddressFile


def records(
    path: Path, dialect: Dialect, mapping: FieldMap, book: AddressBook | None = None
) -> Iterator[Row | BadRow]:
    """The rows of a file, one for each customer, with the address out of the book."""
    stream, gather = rows(path, dialect), mapping.gather
    if gather is None:
        return stream
    if book is not None:
        return _with_addresses(stream, gather, book)
    return _further(stream, gather) if gather.block else stream


def _further(stream: Iterator[Row | BadRow], gather: Gather) -> Iterator[Row | BadRow]:
    held: Row | BadRow | None = None
    for row in stream:
        if isinstance(row, Row) and not row.cells[gather.key[0]].strip():
            if isinstance(held, Row):
                _take_better(held.cells, row.cells, gather)
                continue
            row = BadRow(row.line, Reason.ORPHAN, row.line)  # noqa: PLW2901 - it is one then
        if held is not None:
            yield held
        held = row
    if held is not None:
        yield held


def _take_better(cells: dict[str, Any], further: Mapping[str, Any], gather: Gather) -> None:
    """Take a further address whole where it is preferred, or there is none yet."""
    is_first = not any(cells[name].strip() for name in gather.block)
    if is_first or _rank(further, gather.preferred) > _rank(cells, gather.preferred):
        cells.update({name: further[name] for name in gather.block})


def _rank(cells: Mapping[str, Any], preferred: tuple[str, ...]) -> int:
    """How much an address is preferred; 0 for one that no column marks."""
    marked = (at for at, name in enumerate(preferred) if cells[name].strip() not in ("", "0"))
    return len(preferred) - next(marked, len(preferred))


def _with_addresses(
    stream: Iterator[Row | BadRow], gather: Gather, book: AddressBook
) -> Iterator[Row | BadRow]:
    for row in stream:
        if isinstance(row, Row):
            row.cells.update(book.of(tuple(row.cells[name] for name in gather.key)))
        yield row


class AddressBook:
    """Where each customer's address stands in a file of addresses.

    Attributes:
        customers: How many it has an address of.
        lost: Rows that cannot be read or name nobody.
        matched: How often a customer was given one.
    """

    def __init__(self, file: Addresses) -> None:
        """Read the file once.

        Raises:
            InvalidError: It is in an encoding without a byte for each end of a line.
        """
        if file.dialect.encoding == "utf-16":
            name = file.path.name
            raise InvalidError(f"{name} is UTF-16", hint="Save the addresses as UTF-8.")
        self.customers = self.lost = self.matched = 0
        self._file = file
        self._secret = secrets.token_bytes(16)
        self._keys = array("Q", bytes(8 * _SMALLEST))
        self._entries = array("Q", bytes(8 * _SMALLEST))
        found = {plain(name): name for name in reversed(file.dialect.header)}
        self._key = present(file.form.key, found)
        self._preferred = present(file.form.preferred, found)
        self._read()

    def of(self, key: tuple[str, ...]) -> dict[str, Any]:
        """A customer's address by column, prefixed; every cell empty when there is none.

        Raises:
            InvalidError: The file is not the one any more that was read.
        """
        entry = self._entries[self._slot(self._digest(key))]
        header, prefix = self._file.dialect.header, self._file.form.prefix
        if not entry:
            return {prefix + name: "" for name in header}
        self.matched += 1
        cells = self._cells(entry // _RANKS - 1)
        if len(cells) != len(header):
            name = self._file.path.name
            raise InvalidError(f"{name} was changed while it was read", hint="Run it again.")
        return {prefix + name: cell for name, cell in zip(header, cells, strict=True)}

    def _read(self) -> None:
        places = _Places(self._file.path)
        for row in rows(self._file.path, self._file.dialect):
            if isinstance(row, BadRow) or not row.cells[self._key[0]].strip():
                self.lost += 1
                continue
            rank = _rank(row.cells, self._preferred)
            digest = self._digest(tuple(row.cells[name] for name in self._key))
            self._put(digest, (places.of(row.line) + 1) * _RANKS + rank)

    def _put(self, digest: int, entry: int) -> None:
        at = self._slot(digest)
        if not self._entries[at]:
            self._keys[at], self._entries[at] = digest, entry
            self.customers += 1
            if self.customers * 3 > len(self._keys) * 2:
                self._grow()
        elif entry % _RANKS > self._entries[at] % _RANKS:
            self._entries[at] = entry

    def _slot(self, digest: int) -> int:
        """Where a digest stands, or would: open addressing, the next free slot."""
        mask = len(self._keys) - 1
        at = digest & mask
        while self._entries[at] and self._keys[at] != digest:
            at = (at + 1) & mask
        return at

    def _grow(self) -> None:
        old = self._keys, self._entries
        self._keys = array("Q", bytes(16 * len(old[0])))
        self._entries = array("Q", bytes(16 * len(old[0])))
        for digest, entry in zip(*old, strict=True):
            if entry:
                at = self._slot(digest)
                self._keys[at], self._entries[at] = digest, entry

    def _digest(self, key: tuple[str, ...]) -> int:
        text = "\x00".join(each.strip().casefold() for each in key)
        made = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8, key=self._secret)
        return int.from_bytes(made.digest())

    def _cells(self, place: int) -> list[str]:
        raw = open_source(self._file.path)
        raw.seek(place)
        with as_text(raw, self._file.dialect.encoding.removesuffix("-sig")) as text:
            return next(csv.reader(Lines(text), delimiter=self._file.dialect.delimiter))


class _Places:
    """Where lines begin in a file, asked for in their order."""

    def __init__(self, path: Path) -> None:
        self._lines = _line_starts(path)
        self._at = (0, 0)

    def of(self, line: int) -> int:
        """The byte that a line begins with; lines count from 1."""
        while self._at[0] < line:
            self._at = next(self._lines)
        return self._at[1]


def _line_starts(path: Path) -> Iterator[tuple[int, int]]:
    r"""(line from 1, byte) of each line; `\r` alone ends one too, as `Lines` counts."""
    with open_source(path) as file:
        line = place = 0
        for chunk in file:
            for part in _parts(chunk):
                line += 1
                yield line, place
                place += len(part)


def _parts(chunk: bytes) -> list[bytes]:
    inner = chunk.removesuffix(b"\n").removesuffix(b"\r")
    return chunk.splitlines(keepends=True) if b"\r" in inner else [chunk]
