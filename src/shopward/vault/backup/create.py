"""Writing a backup: one snapshot of a store, sealed chunk by chunk into one file.

It runs on a thread of its own beside a serving data plane and holds one chunk in memory at a
time. The file is written under another name, made durable and renamed: under its own name it is
whole.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
from msgspec import Struct

from shopward.clock import to_ms
from shopward.errors import BackupError
from shopward.store.copying import Row, Source, Table
from shopward.vault.backup.accounts import database, open_copy, pieces
from shopward.vault.backup.header import (
    LENGTH_BYTES,
    VAULT,
    Database,
    Header,
    Witness,
    encode_head,
)
from shopward.vault.backup.place import being_written
from shopward.vault.backup.stream import SALT_BYTES, Sealer, stream_key
from shopward.vault.cipher import key_id
from shopward.vault.custodian import Custodian

CHUNK_BYTES: Final = 1 << 17
"""A chunk is closed once its rows reach this; only a larger row makes a larger one."""
ROW_BYTES: Final = 40

Pack = Callable[[object], bytes]


class Made(Struct, frozen=True):
    """A backup that is on the disk. `rows` counts them over all tables."""

    path: Path
    header: Header
    rows: int
    size_bytes: int


def write_backup(
    to: Path,
    open_source: Callable[[], Source],
    custodian: Custodian,
    witness: Witness,
    now: datetime,
    progress: Callable[[int, int], object],
    accounts: Path | None = None,
) -> Made:
    """Writes a backup of one moment to a file that is not there yet.

    Args:
        to: The file to make, with mode 0600.
        open_source: Opens the snapshot; called on this thread.
        custodian: Whose backup key seals it.
        witness: Where the erasure journal stood, read before this call.
        now: The time that stands in the header.
        progress: Hears (rows written, rows in all) after every chunk; raising in it gives up.
        accounts: The control plane's copy of its accounts; taken in if it is there.

    Raises:
        BackupError: There is a file of that name already.
        UnavailableError: The store cannot be read.
        OSError: The file cannot be written; nothing of it is left.
    """
    with ExitStack() as stack:
        copy = open_copy(accounts)  # no newer than the vault: what it says waits is entered again
        if copy is not None:
            stack.enter_context(copy)
        source = stack.enter_context(closing(open_source()))
        version = custodian.state("backup").reads
        key = custodian.backup_key(version)
        header = _header(
            source, (version, key_id(key)), os.urandom(SALT_BYTES), witness, to_ms(now)
        )
        tables = header.tables
        if copy is not None:
            header = msgspec.structs.replace(header, databases=(*header.databases, database()))
        total = sum(source.count(table) for table in tables)
        with being_written(to) as file:
            writer = Writer(file, key, header)
            for table in tables:
                writer.add(source.rows(table), lambda rows: progress(rows, total))
            if copy is not None:
                writer.add(pieces(copy), lambda rows: progress(rows, max(rows, total)))
            writer.finish()
            size_bytes = file.tell()
    return Made(to, header, writer.rows, size_bytes)


class Writer:
    """Writes head and chunks; `add` takes the tables in the header's order."""

    def __init__(self, file: BinaryIO, key: bytes, header: Header) -> None:
        head = encode_head(header)
        self._file = file
        self._sealer = Sealer(stream_key(key, bytes.fromhex(header.salt), head))
        self._pack = msgspec.msgpack.Encoder().encode
        self._ends: list[tuple[int, bytes]] = []
        self.rows = 0
        file.write(head)

    def add(self, rows: Iterable[Row], progress: Callable[[int], object]) -> None:
        """Writes one table."""
        digest, before = hashlib.sha256(), self.rows
        for part in chunks_of(rows):
            plain = self._pack((len(self._ends), part))
            digest.update(plain)
            self._write(plain)
            self.rows += len(part)
            progress(self.rows)
        self._ends.append((self.rows - before, digest.digest()))

    def finish(self) -> None:
        """Writes the last chunk."""
        self._write(self._pack(self._ends), is_last=True)

    def _write(self, plain: bytes, *, is_last: bool = False) -> None:
        sealed = self._sealer.seal(plain, is_last=is_last)
        self._file.write(len(sealed).to_bytes(LENGTH_BYTES, "big") + sealed)


def chunks_of(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows in lists of about 128 KiB."""
    part: list[Row] = []
    size = 0
    for row in rows:
        part.append(row)
        size += ROW_BYTES
        for value in row:
            if value.__class__ is bytes or value.__class__ is str:
                size += len(value)
        if size >= CHUNK_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def _header(
    source: Source, identity: tuple[int, bytes], salt: bytes, witness: Witness, now_ms: int
) -> Header:
    tables = source.tables()
    installation, head = (_only(source, tables, name) for name in ("installation", "head"))
    return Header(
        installation=installation["id"].hex(),
        origin=installation["origin"],
        size=head["size"],
        checkpoint=head["note"],
        time_ms=now_ms,
        key_version=identity[0],
        key_id=identity[1].hex(),
        salt=salt.hex(),
        journal=witness,
        databases=(Database(VAULT, tables),),
    )


def _only(source: Source, tables: Iterable[Table], name: str) -> dict[str, Any]:
    """The one row of a table."""
    for table in tables:
        if table.name == name:
            for row in source.rows(table):
                return dict(zip(table.columns, row, strict=True))
    raise BackupError("The store was never initialised.", hint="There is nothing to back up yet.")
