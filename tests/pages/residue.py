"""What is left in the files of an installation, as plainly as it can be read out of them.

Every file in the raw; every cell of every SQLite database; sessions unpacked; mails decoded.
"""

from __future__ import annotations

import base64
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from email import message_from_bytes
from pathlib import Path

SQLITE = b"SQLite format 3\0"


def texts(folder: Path) -> Iterator[tuple[str, bytes]]:
    """(where, what stands there) of everything below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            data, where = path.read_bytes(), str(path.relative_to(folder))
            yield where, data
            if data.startswith(SQLITE):
                yield from _cells(path, where)
            if path.suffix == ".eml":
                yield from _parts(data, where)


def _cells(path: Path, where: str) -> Iterator[tuple[str, bytes]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        listed = "SELECT name FROM sqlite_master WHERE type = 'table'"
        for (table,) in database.execute(listed).fetchall():
            asked = database.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - its own name
            columns = [one[0] for one in asked.description]
            for row in asked:
                for name, cell in zip(columns, row, strict=True):
                    place = f"{where} {table}.{name}"
                    yield place, cell if isinstance(cell, bytes) else str(cell).encode()
                    if name == "session_data":
                        yield f"{place}, unpacked", unpacked(cell)


def unpacked(session: str) -> bytes:
    """A session's JSON; its signature is not looked at."""
    is_packed, text = session.startswith("."), session.lstrip(".").partition(":")[0]
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return zlib.decompress(data) if is_packed else data


def _parts(data: bytes, where: str) -> Iterator[tuple[str, bytes]]:
    for part in message_from_bytes(data).walk():
        text = part.get_payload(decode=True)
        if isinstance(text, bytes):
            yield f"{where}, decoded", text


def forms(value: str) -> set[bytes]:
    """A value and how else it may be written down."""
    spelled = {value, value.casefold(), value.upper()}
    return {
        form
        for one in spelled
        for form in (
            one.encode(),
            one.encode().hex().encode(),
            one.encode("utf-16-le"),
            base64.b64encode(one.encode()).rstrip(b"="),
        )
    }


def places(values: Iterable[str], said: Iterable[tuple[str, bytes]]) -> set[str]:
    """Where any of the values stands."""
    needles = set().union(*map(forms, values))
    return {where for where, data in said if any(one in data for one in needles)}
