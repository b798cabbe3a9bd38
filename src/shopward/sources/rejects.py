"""The rejects file: which rows were not taken, why, and never with what in them.

A CSV file in UTF-8, made with mode 0600:

    line,field,reason
    17,,wrong-column-count
    41,email,too-long

`line` is where the row starts in the imported file, `field` is empty when the whole row is at
fault. It does not keep the row: open the imported file at that line.

- What is written is on the disk when `write` returns.
- Opened again at the line a journal remembers, entries of later lines are dropped first, whole or
  half-written, so that a batch that is sent again leaves none twice.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from shopward.errors import ConflictError, InvalidError
from shopward.sources.durable import sync_directory
from shopward.sources.items import Reject

_HEADER: Final = b"line,field,reason\r\n"
_MAX_ENTRY_BYTES: Final = 4_096
_MAX_TEXT_CHARS: Final = 300


class Rejects:
    """A rejects file open for adding; a context manager.

    Attributes:
        path: The file; it is made by the first `write` that has something to say.
        count: Entries in it.
    """

    def __init__(self, path: Path | str, *, last_line: int = 0) -> None:
        """Open for adding, keeping the entries up to a line.

        Args:
            path: The file.
            last_line: `Progress.last_line`; 0 begins anew.

        Raises:
            ConflictError: The file is there and is no rejects file; it is left alone.
            InvalidError: It cannot be opened.
        """
        self.path = Path(path)
        self.count = 0
        self._file: BinaryIO | None = None
        if self.path.is_symlink() or self.path.exists():
            self._file = self._open(os.O_RDWR)
            self.count = _keep(self._file, self.path.name, last_line)

    def write(self, rejects: Iterable[Reject]) -> None:
        """Add entries, in the order of their lines; on the disk when this returns."""
        entries = sorted(rejects)
        if not entries:
            return
        file = self._file or self._create()
        file.write(b"".join(_entry(each) for each in entries))
        file.flush()
        os.fsync(file.fileno())
        self.count += len(entries)

    def close(self) -> None:
        """Close the file; nothing more can be lost."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _create(self) -> BinaryIO:
        self._file = self._open(os.O_RDWR | os.O_CREAT | os.O_EXCL)
        self._file.write(_HEADER)
        sync_directory(self.path.parent)
        return self._file

    def _open(self, flags: int) -> BinaryIO:
        try:
            descriptor = os.open(self.path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            detail = f"{self.path.name} cannot be opened for the rejects ({error.strerror})"
            raise InvalidError(detail, hint="Name another rejects file.") from None
        os.fchmod(descriptor, 0o600)
        return os.fdopen(descriptor, "r+b")


def _keep(file: BinaryIO, name: str, last_line: int) -> int:
    if not _HEADER.startswith(file.read(len(_HEADER))):
        file.close()
        detail = f"{name} is there already and is not a rejects file"
        raise ConflictError(detail, hint="Name another rejects file; this one was left alone.")
    file.seek(0)
    file.readline()
    kept, end = 0, len(_HEADER)
    while (entry := file.readline(_MAX_ENTRY_BYTES)).endswith(b"\n"):
        number = entry.partition(b",")[0]
        if not number.isdigit() or int(number) > last_line:
            break
        kept, end = kept + 1, file.tell()
    file.seek(0)
    file.write(_HEADER)
    file.truncate(end)
    file.seek(end)
    return kept


def _entry(reject: Reject) -> bytes:
    made = io.StringIO()
    csv.writer(made).writerow((reject.line, _one_line(reject.field), _one_line(reject.reason)))
    return made.getvalue().encode("utf-8", "backslashreplace")


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_MAX_TEXT_CHARS].lstrip("=+-@")
