"""Reading a backup: every chunk in its place, every table whole, the ledger as it was signed.

`Reader` hands out rows as they are opened; what it handed out counts only once it has come to the
end without an error. `inspect` says what the rows of a whole backup amount to.

- Every way to be altered ends in one `BackupError`: nothing tells which byte it was.
- A chunk is opened once, as the one it must be here; nothing is tried.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

import msgspec
from msgspec import Struct

from shopward.errors import BackupError, UndecryptableError
from shopward.store.copying import Row, Table
from shopward.vault.backup.header import (
    LENGTH_BYTES,
    MAX_CHUNK_BYTES,
    damaged,
    read_head,
    read_length,
)
from shopward.vault.backup.stream import Opener, stream_key
from shopward.vault.cipher import key_id
from shopward.vault.custodian import Custodian

Part = tuple[Table, list[Row]]
Decoded = TypeVar("Decoded")

_CHUNK: Final = msgspec.msgpack.Decoder(tuple[int, list[tuple[Any, ...]]])
_END: Final = msgspec.msgpack.Decoder(list[tuple[int, bytes]])


class Totals(Struct, frozen=True):
    """What was in a whole backup: rows by table, in the order of the header."""

    rows: dict[str, int]
    size_bytes: int


class Reader:
    """One pass over a backup. `totals` is there once `parts` has come to its end."""

    def __init__(self, file: BinaryIO, custodian: Custodian) -> None:
        file.seek(0)
        self.header, head = read_head(file)
        self.totals: Totals | None = None
        self._file = file
        key = _key(custodian, self.header.key_version)
        if key_id(key).hex() != self.header.key_id:
            raise BackupError(
                "The backup was made with another keystore.",
                hint="Restore with the keystore of the installation that made it.",
                reason="backup-foreign",
            )
        self._opener = Opener(stream_key(key, _unhexed(self.header.salt), head))

    def parts(self) -> Iterator[Part]:
        """Every table's rows, a chunk at a time, in the order of the header.

        Raises:
            BackupError: Cut off, altered, reordered, or put together from several.
        """
        tables = self.header.tables
        counts, digests = [0] * len(tables), [hashlib.sha256() for _ in tables]
        last = 0
        for plain, is_last in self._plain():
            if is_last:
                self._check_end(plain, counts, [digest.digest() for digest in digests])
                return
            number, rows = _decoded(_CHUNK, plain)
            if not last <= number < len(tables):
                raise damaged("a table is out of its order")
            last, table = number, tables[number]
            if any(len(row) != len(table.columns) for row in rows):
                raise damaged("a row has another width than its table")
            counts[number] += len(rows)
            digests[number].update(plain)
            yield table, rows

    def _plain(self) -> Iterator[tuple[bytes, bool]]:
        length = read_length(self._file)
        if length is None:
            raise damaged("it ends after its head")
        while length is not None:
            if length > MAX_CHUNK_BYTES:
                raise damaged(f"part {self._opener.count} is cut off or altered")
            chunk = self._file.read(length)
            following = self._file.read(LENGTH_BYTES)
            number, is_last = self._opener.count, not following
            try:
                plain = self._opener.open_(chunk, is_last=is_last)
            except UndecryptableError:
                end = "the file ends too early, or its last part" if is_last else f"part {number}"
                raise damaged(f"{end} is altered or not in its place") from None
            yield plain, is_last
            length = int.from_bytes(following, "big") if len(following) == LENGTH_BYTES else None
            if following and length is None:
                raise damaged("it ends in the middle of a part")

    def _check_end(self, plain: bytes, counts: list[int], digests: list[bytes]) -> None:
        ends = _decoded(_END, plain)
        if ends != list(zip(counts, digests, strict=True)):
            raise damaged("its tables are not those that were written")
        names = (table.name for table in self.header.tables)
        self.totals = Totals(dict(zip(names, counts, strict=True)), self._file.tell())


def open_backup(path: Path) -> BinaryIO:
    """The file of a backup.

    Raises:
        BackupError: It cannot be read.
    """
    try:
        return path.open("rb")
    except OSError as error:
        raise BackupError(
            f"The backup cannot be read: {error.strerror}.", hint="Check its path and its owner."
        ) from None


def _unhexed(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise damaged("its head is cut off or altered") from None


def _decoded(decoder: msgspec.msgpack.Decoder[Decoded], plain: bytes) -> Decoded:
    try:
        return decoder.decode(plain)
    except msgspec.DecodeError:
        raise damaged("a part is not what this version reads") from None


def _key(custodian: Custodian, version: int) -> bytes:
    try:
        return custodian.backup_key(version)
    except UndecryptableError:
        raise BackupError(
            "The key that sealed this backup is gone, or is another keystore's.",
            hint="A backup opens as long as the backup window lasts; take a newer one.",
            reason="backup-window",
        ) from None
