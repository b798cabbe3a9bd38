r"""How a copy of the accounts is laid out: rows by table, the same for every engine.

    file = "shopward-accounts/v1\n" | { length (4) | part }…
    part = MessagePack [table, [column, …], [row, …]]; the last one ["", [], [[rows in all]]]

Integers are big-endian. Times are MessagePack timestamps, ids texts. It is sealed only in a backup:
whoever has the file has what it says. A file without its last part is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Final

import msgspec

from shopward.errors import BackupError

MAGIC: Final = b"shopward-accounts/v1\n"
LENGTH_BYTES: Final = 4
MAX_PART_BYTES: Final = 1 << 26
ROWS: Final = 200

Row = tuple[Any, ...]
Part = tuple[str, tuple[str, ...], list[Row]]
_PART: Final = msgspec.msgpack.Decoder(Part)
_PACK: Final = msgspec.msgpack.Encoder().encode


def write_parts(
    file: BinaryIO, tables: Iterable[tuple[str, tuple[str, ...], Iterable[Row]]]
) -> int:
    """Writes a whole copy; how many rows it has."""
    file.write(MAGIC)
    total = 0
    for name, columns, rows in tables:
        waiting: list[Row] = []
        for row in rows:
            waiting.append(row)
            if len(waiting) == ROWS:
                total += _write(file, (name, columns, waiting))
                waiting = []
        total += _write(file, (name, columns, waiting))
    _write(file, ("", (), [(total,)]))
    return total


def read_parts(file: BinaryIO) -> Iterator[Part]:
    """Every part but the last, in order.

    Raises:
        BackupError: It is no such copy, of a newer Shopward, or not whole.
    """
    if file.read(len(MAGIC)) != MAGIC:
        raise _damaged("it has no head that this version knows")
    total = 0
    while True:
        part = _next(file)
        if not part[0]:
            if part[2] != [(total,)] or file.read(1):
                raise _damaged("its end is not what was written")
            return
        total += len(part[2])
        yield part


def _next(file: BinaryIO) -> Part:
    length = int.from_bytes(file.read(LENGTH_BYTES), "big")
    data = file.read(length) if 0 < length <= MAX_PART_BYTES else b""
    if len(data) != length or not length:
        raise _damaged("it is cut off")
    try:
        part: Part = _PART.decode(data)
    except msgspec.DecodeError:
        raise _damaged("a part cannot be read") from None
    return part


def _write(file: BinaryIO, part: Part) -> int:
    data = _PACK(part)
    file.write(len(data).to_bytes(LENGTH_BYTES, "big") + data)
    return len(part[2])


def _damaged(what: str) -> BackupError:
    return BackupError(f"The copy of the accounts is damaged: {what}.", reason="backup-damaged")
