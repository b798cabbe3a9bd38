r"""A text file's lines, bounded: no line and no record can fill the memory.

Undecodable bytes become the lone surrogate U+DCFF and a line that was cut becomes U+DCFE, neither
of which any decoder yields, so that later steps reject exactly the cells they touch. It does not
know CSV beyond counting quotation marks.

- Line numbers count `\n`, `\r\n` and `\r`, as an editor does; the first line is 1.
- After a record that cannot be read, reading goes on only where its quotation marks pair up again:
  where they are doubled as RFC 4180 asks, text inside a cell is never taken for a row.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final, TextIO

MAX_LINE_CHARS: Final = 1_048_576
MAX_RECORD_CHARS: Final = 1_048_576
CUT_LINE: Final = "\udcfe"
_BAD_BYTES: Final = "\udcff"
_HANDLER: Final = "shopward-mark"


class RecordTooLongError(Exception):
    """A record has more than `MAX_RECORD_CHARS` characters; never leaves `sources`."""


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _BAD_BYTES, error.end


codecs.register_error(_HANDLER, _mark)


@contextmanager
def as_text(raw: BinaryIO, encoding: str) -> Iterator[TextIO]:
    """Decode an open file; line ends are kept, undecodable bytes are marked."""
    text = io.TextIOWrapper(raw, encoding=encoding, errors=_HANDLER, newline="")
    try:
        yield text
    finally:
        text.close()


class Lines:
    """An iterator over lines for `csv.reader`; it survives the errors it raises.

    Attributes:
        read: Lines read so far, which is the number of the last one.
        was_cut: Whether the record begun last has a line longer than `MAX_LINE_CHARS`.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.read = 0
        self.was_cut = False
        self._chars = 0
        self._in_quotes = False

    def begin_record(self) -> int:
        """Forget the record before; the number of the line the next one starts on."""
        self._chars, self._in_quotes, self.was_cut = 0, False, False
        return self.read + 1

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        line = self._line()
        if not line:
            raise StopIteration
        self._chars += len(line)
        if self._chars > MAX_RECORD_CHARS and self._chars > len(line):
            raise RecordTooLongError
        return line

    def leave_quotes(self) -> None:
        """Drop lines until the quotation marks of the record pair up, or the file ends."""
        while self._in_quotes and self._line():
            pass

    def _line(self) -> str:
        line = self._file.readline(MAX_LINE_CHARS)
        if not line:
            return ""
        self.read += 1
        self._count_quotes(line)
        if len(line) < MAX_LINE_CHARS or line.endswith("\n"):
            return line
        self.was_cut = True
        while rest := self._file.readline(MAX_LINE_CHARS):
            self._count_quotes(rest)
            if rest.endswith(("\n", "\r")):
                break
        return CUT_LINE + "\n"

    def _count_quotes(self, text: str) -> None:
        self._in_quotes ^= text.count('"') % 2 == 1
