"""A file's bytes as bounded lines, whatever it is packed in: gzip, bzip2, xz, or members of a zip.

- A line is at most 1 MiB; the rest of a longer one is dropped and counted.
- At most the limit's bytes are unpacked, so that a file of zeros fills neither time nor memory.
- Bytes that are not UTF-8 are read as Windows-1252, which has a letter for nearly every one.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from shopward.sources.discovery.port import UnreadableError

HEAD_BYTES: Final = 65_536
MAX_LINE_BYTES: Final = 1_048_576
_ZIP: Final = b"PK\x03\x04"
_MAX_MEMBERS: Final = 1_000
_PIECES: Final = 8
DAMAGED: Final = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, OSError)
BAD: Final = "damaged or cut off"


def members(path: Path) -> Iterator[tuple[str, BinaryIO, bool]]:
    """What a file holds: (name, stream, is packed); the file itself, or each member of a zip.

    The name is "" for the file itself. Every stream has a `peek`.

    Raises:
        UnreadableError: It cannot be opened or unpacked.
    """
    try:
        raw = io.FileIO(path)
    except OSError as error:
        raise UnreadableError(error.strerror or "cannot be opened") from None
    with io.BufferedReader(raw, HEAD_BYTES) as file:
        magic = file.peek(8)
        if not magic.startswith(_ZIP):
            yield "", *_unpacked(file, magic)
            return
        try:
            yield from _zipped(file)
        except (zipfile.BadZipFile, RuntimeError):
            raise UnreadableError("a zip file that is damaged, encrypted or packed oddly") from None


def _unpacked(file: BinaryIO, magic: bytes) -> tuple[BinaryIO, bool]:
    opened: Any
    if magic.startswith(b"\x1f\x8b"):
        opened = gzip.GzipFile(fileobj=file)
    elif magic.startswith(b"BZh"):
        opened = bz2.BZ2File(file)
    elif magic.startswith(b"\xfd7zXZ\x00"):
        opened = lzma.LZMAFile(file)  # noqa: SIM115 - who opened the file closes it
    else:
        return file, False
    return io.BufferedReader(opened, HEAD_BYTES), True


def _zipped(file: BinaryIO) -> Iterator[tuple[str, BinaryIO, bool]]:
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist()[:_MAX_MEMBERS]:
            if not info.is_dir():
                with archive.open(info) as member:
                    yield info.filename, io.BufferedReader(cast("Any", member), HEAD_BYTES), True


class Lines:
    """The lines of a stream up to a limit.

    Args:
        file: Where from.
        limit_bytes: At most so many; 0 for all.
        in_pieces: Whether a line that is too long comes in pieces instead of being cut.

    Attributes:
        seen_bytes: Read so far.
        cut: Lines that were longer than `MAX_LINE_BYTES`.
        is_short: Whether the limit ended the reading.
    """

    def __init__(self, file: BinaryIO, limit_bytes: int, *, in_pieces: bool = False) -> None:
        self._file = file
        self._in_pieces = in_pieces
        self._limit = limit_bytes
        self.seen_bytes = self.cut = 0
        self.is_short = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._limit and self.seen_bytes >= self._limit:
            self.is_short = True
            raise StopIteration
        try:
            line = self._line()
        except DAMAGED:
            raise UnreadableError(BAD) from None
        if not line:
            raise StopIteration
        return line

    def _line(self) -> bytes:
        line = self._file.readline(MAX_LINE_BYTES)
        self.seen_bytes += len(line)
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n") and not self._in_pieces:
            self.cut += 1
            while (rest := self._file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                self.seen_bytes += len(rest)
        return line


def spread(start: int, size: int, limit_bytes: int) -> list[tuple[int, int]]:
    """Where to read a plain file from: (offset, bytes), in eight pieces where it is too large."""
    if not limit_bytes or size - start <= limit_bytes:
        return [(start, 0)]
    piece = limit_bytes // _PIECES
    step = (size - start - piece) // (_PIECES - 1)
    return [(start + number * step, piece) for number in range(_PIECES)]


def text_of(line: bytes) -> str:
    """A line as text, without its end."""
    line = line.rstrip(b"\r\n")
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")
