"""A file or a folder as a source: every file is a unit, links are not followed.

A large file is read at its beginning; one that is written line by line and not packed is read in
eight pieces spread over it. A later run reads what was appended, where the beginning is the same.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from shopward.errors import NotFoundError
from shopward.sources.discovery import access_log, readers, sql_dump
from shopward.sources.discovery.collect import Collector, safe
from shopward.sources.discovery.formats import Format, delimiter_of, format_of
from shopward.sources.discovery.port import Coverage, Limits, Mark, Unit, UnreadableError
from shopward.sources.discovery.sqlite import SqliteSource
from shopward.sources.discovery.streams import (
    DAMAGED,
    HEAD_BYTES,
    MAX_LINE_BYTES,
    Lines,
    members,
    spread,
    text_of,
)

_LINEWISE: Final = frozenset({Format.LOG, Format.JSON_LINES, Format.TEXT})
_CHECKED_BYTES: Final = 4_096
_LINK: Final = "a link: links are not followed"


class FileSource:
    """A file, or all files below a folder.

    Args:
        path: The file or folder.
        limits: How much to read.
        key: For the digest of a file's beginning, 32 bytes.
    """

    is_files = True

    def __init__(self, path: Path, limits: Limits, key: bytes) -> None:
        if not path.exists():
            raise NotFoundError(
                f"There is no file or folder {safe(path.name)}",
                hint="Check the path; a database is named like postgresql://user@host/name.",
            )
        self._path = path
        self._limits = limits
        self._key = key

    @property
    def shown(self) -> str:
        """The path as it was given."""
        return safe(str(self._path))

    def count(self) -> int | None:
        """One for a file; unknown for a folder."""
        return None if self._path.is_dir() else 1

    def units(self) -> Iterator[Unit]:
        """Every file, folders in the order of their names."""
        if not self._path.is_dir():
            yield Unit("")
            return
        yield from self._below(self._path)

    def _below(self, folder: Path) -> Iterator[Unit]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            yield Unit(str(folder.relative_to(self._path)))
            return
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from self._below(Path(entry.path))
            elif not (entry.is_symlink() and self._is_inside(Path(entry.path))):
                yield Unit(str(Path(entry.path).relative_to(self._path)))

    def _is_inside(self, link: Path) -> bool:
        """Whether a link leads to what is looked at anyway."""
        try:
            return link.resolve(strict=True).is_relative_to(self._path.resolve())
        except (OSError, RuntimeError):
            return False

    def read(self, unit: Unit, into: Collector, since: Mark | None) -> Coverage:
        """Read a file within the limits."""
        path = self._path / unit.name if unit.name else self._path
        if unit.name and path.is_symlink():
            raise UnreadableError(_LINK)
        if not path.is_file():
            raise UnreadableError("not a regular file, or a folder that cannot be listed")
        size = path.stat().st_size
        mark = Mark(size, self._check(path))
        if since is not None and since.check == mark.check and since.upto == size:
            return Coverage(0, size, "bytes", "nothing: it is as it was", mark, unchanged=True)
        start = since.upto if since and since.check == mark.check and since.upto < size else 0
        read = self._members(path, unit, into, start)
        return Coverage(read.seen, read.of, "bytes", read.how, mark)

    def _check(self, path: Path) -> str:
        """A keyed digest of the beginning, by which a file is known again."""
        try:
            with path.open("rb") as file:
                head = file.read(_CHECKED_BYTES)
        except OSError as error:
            raise UnreadableError(error.strerror or "cannot be opened") from None
        return hmac.new(self._key, head, hashlib.sha256).hexdigest()[:32]

    def _members(self, path: Path, unit: Unit, into: Collector, start: int) -> _Read:
        """Reads what a file holds."""
        read = _Read()
        for member, file, is_packed in members(path):
            head = _head(file)
            written = format_of(head, Path(member or path.name).suffix.lower())
            name = (unit.name or path.name) + (f"!{member}" if member else "")
            if written is Format.SQLITE and not is_packed:
                return self._database(path, name, into)
            if written in {Format.BINARY, Format.SQLITE}:
                into.table(name, "binary").unread = "binary"
                continue
            pieces = [(0, self._limits.file_bytes)]
            if not is_packed:
                size = path.stat().st_size
                read.new_from = start if written in _LINEWISE else 0
                if written in _LINEWISE:
                    pieces = spread(start, size, self._limits.file_bytes)
                read.of = size - read.new_from
            lines = _Pieces(file, pieces, in_pieces=written is Format.SQL)
            _read(written, lines, into, name, head, self._limits)
            read.seen += lines.seen_bytes
            read.is_short = read.is_short or lines.is_short
        if read.of is None and not read.is_short:
            read.of = read.seen
        return read

    def _database(self, path: Path, name: str, into: Collector) -> _Read:
        source = SqliteSource(path, self._limits)
        try:
            for table in source.units():
                source.read(table, into, None, prefix=f"{name}:")
        finally:
            source.close()
        size = path.stat().st_size
        return _Read(size, size)

    def close(self) -> None:
        """Nothing is held open."""


@dataclass(slots=True)
class _Read:
    """How much of a file was read; `of` is None for a packed one that was not read to its end."""

    seen: int = 0
    of: int | None = None
    is_short: bool = False
    new_from: int = 0

    @property
    def how(self) -> str:
        """In words."""
        what = "what was appended" if self.new_from else "it"
        is_all = not self.is_short and (self.of is None or self.seen >= self.of)
        return f"all of {what}" if is_all else f"a part of {what}"


class _Pieces:
    """The lines of some pieces of a stream, one after the other."""

    def __init__(self, file: BinaryIO, pieces: list[tuple[int, int]], *, in_pieces: bool) -> None:
        self._file = file
        self._in_pieces = in_pieces
        self._pieces = pieces
        self.seen_bytes = self.cut = 0
        self.is_short = False

    def __iter__(self) -> Iterator[bytes]:
        for offset, limit in self._pieces:
            if offset:
                self._file.seek(offset - 1)
                self._file.readline(MAX_LINE_BYTES)
            lines = Lines(self._file, limit, in_pieces=self._in_pieces)
            try:
                yield from lines
            finally:
                self.seen_bytes += lines.seen_bytes
                self.cut += lines.cut
                self.is_short = self.is_short or lines.is_short


def _head(file: BinaryIO) -> bytes:
    try:
        head: bytes = file.peek(HEAD_BYTES)  # type: ignore[attr-defined]  # of a BufferedReader
    except DAMAGED:
        raise UnreadableError("damaged or cut off") from None
    return head[:HEAD_BYTES]


def _read(
    written: Format, lines: _Pieces, into: Collector, name: str, head: bytes, limits: Limits
) -> None:
    """Reads one stream in its format."""
    if written is Format.SQL:
        sql_dump.read(lines, into, name, limits.rows)
        return
    table = into.table(name, str(written))
    source: Iterable[bytes] = lines
    if written is Format.UTF16:
        source = readers.utf16(lines)
    if written is Format.LOG:
        access_log.read(source, table)
    elif written is Format.JSON_LINES:
        readers.read_json_lines(source, table)
    elif written is Format.JSON:
        readers.read_json(source, table)
    elif written is Format.CSV:
        some = [text_of(line) for line in head.splitlines()[:50]]
        readers.read_csv(source, table, delimiter_of(some, Path(name).suffix.lower()) or ",")
    else:
        readers.read_text(source, table)
    table.bad_rows += lines.cut
