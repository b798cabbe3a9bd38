"""The control plane's accounts in a backup: its own copy of them, taken in as bytes.

The control plane writes a copy of its tables into a file (`store.accounts_copy`) every hour. A
backup holds that file as it is, sealed with everything else: the data plane opens neither the
database of accounts nor what the file says, for whoever took over the control plane may have
written it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from shopward.store.copying import Row, Table
from shopward.vault.backup.header import Database, Header
from shopward.vault.backup.read import Reader
from shopward.vault.custodian import Custodian

NAME: Final = "accounts"
COPY: Final = Table("accounts_copy", ("number", "bytes"))
PIECE_BYTES: Final = 1 << 16


def open_copy(path: Path | None) -> BinaryIO | None:
    """The copy as it is now; None where there is none that can be read."""
    if path is None:
        return None
    with suppress(OSError):
        return path.open("rb")
    return None


def database() -> Database:
    """What a header says of it."""
    return Database(NAME, (COPY,))


def has_accounts(header: Header) -> bool:
    """Whether a backup holds a copy of the accounts."""
    return any(one.name == NAME for one in header.databases)


def pieces(copy: BinaryIO) -> Iterator[Row]:
    """The rows under which it stands in a backup."""
    number = 0
    while data := copy.read(PIECE_BYTES):
        yield number, data
        number += 1


def extract(file: BinaryIO, custodian: Custodian, to: BinaryIO) -> bool:
    """Writes the copy of a backup, verified to its end; False when it holds none.

    Raises:
        BackupError: The backup is damaged, foreign or older than the erasure window.
    """
    file.seek(0)
    reader = Reader(file, custodian)
    for table, rows in reader.parts():
        if table == COPY:
            to.writelines(data for _, data in rows)
    to.seek(0)
    return has_accounts(reader.header)
