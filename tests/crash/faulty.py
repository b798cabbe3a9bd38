"""`shopward` on a disk that misbehaves at our word: a program that takes its arguments.

The word stands in a file and is read at every call of SQLite: nothing, `slow SECONDS`, or
`error sync`, `error write`, `error read`. A word may end in a number: after so many failures the
disk is well again.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import apsw


class Word:
    """The file with the word."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def heed(self, call: str) -> None:
        """Sleeps or fails, if the word is about this call.

        Raises:
            apsw.IOError: It is to fail.
        """
        kind, *more = self._path.read_text("utf-8").split() or [""]
        if kind == "slow" and call == "sync":
            time.sleep(float(more[0]))
        if kind == "error" and more[0] == call:
            self._count(more)
            raise apsw.IOError("the disk failed as it was told")

    def _count(self, more: list[str]) -> None:
        if len(more) > 1:
            left = int(more[1]) - 1
            self._path.write_text(f"error {more[0]} {left}" if left else "")


class _File(apsw.VFSFile):
    def __init__(self, word: Word, name: Any, flags: list[int]) -> None:
        self._word = word
        super().__init__("unix", name, flags)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - SQLite's name
        self._word.heed("read")
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        self._word.heed("write")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        self._word.heed("sync")
        super().xSync(flags)


class _System(apsw.VFS):
    def __init__(self, word: Word) -> None:
        self._word = word
        super().__init__("shopward-faulty", base="unix", makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: N802 - SQLite's name
        return _File(self._word, name, flags)


def main() -> None:
    """The first argument is the file with the word, the rest is for `shopward`."""
    system = _System(Word(Path(sys.argv.pop(1))))
    from shopward.cli.main import main as shopward  # noqa: PLC0415 - after the disk is in place

    assert system
    shopward()


if __name__ == "__main__":
    main()
