"""The tokens that an import gives back: what the shop's own database keeps instead of the data.

A CSV file in UTF-8, made with mode 0600:

    line,external,subject
    2,7210000000580,cus_…

`line` is where the row starts in the imported file, `external` the shop's own id. No value of a
customer's field is in it.

- What is written is on the disk when `write` returns.
- Opened again at the line a journal remembers, later lines are dropped first, so that a batch that
  is sent again leaves none twice.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from shopward.errors import ConflictError

_HEADER: Final = "line,external,subject\r\n"


class Token(NamedTuple):
    """One customer that was stored."""

    line: int
    external: str
    subject: str


class TokensFile:
    """A tokens file open for adding; a context manager.

    Args:
        path: The file; it is made when it is not there.
        last_line: `Progress.last_line`; 0 begins anew.

    Raises:
        ConflictError: The file is there and is no tokens file; it is left alone.
    """

    def __init__(self, path: Path, last_line: int) -> None:
        self.path = path
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        os.fchmod(descriptor, 0o600)
        self._file = os.fdopen(descriptor, "r+", encoding="utf-8", newline="")
        head = self._file.readline()
        if head and head != _HEADER:
            self._file.close()
            raise ConflictError(
                f"{path.name} is there already and is not a tokens file",
                hint="Name another file; this one was left alone.",
            )
        if not head:
            self._file.write(_HEADER)
        self._cut(last_line)

    def write(self, tokens: Iterable[Token]) -> None:
        """Add tokens; on the disk when this returns."""
        made = io.StringIO()
        csv.writer(made).writerows((one.line, _plain(one.external), one.subject) for one in tokens)
        self._file.write(made.getvalue())
        self._file.flush()
        os.fsync(self._file.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def _cut(self, last_line: int) -> None:
        end = self._file.tell()
        while (entry := self._file.readline()).endswith("\n"):
            number = entry.partition(",")[0]
            if not number.isdigit() or int(number) > last_line:
                break
            end = self._file.tell()
        self._file.seek(end)
        self._file.truncate()


def _plain(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
