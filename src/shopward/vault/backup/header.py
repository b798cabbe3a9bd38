r"""What stands in clear at the beginning of a backup, and how the file is laid out.

    head   = "shopward-backup/v1\n" | length of the header (4) | header, JSON
    file   = head | { length of the chunk (4) | chunk (see `stream`) }…
    chunk  = MessagePack [number of the table, [row, …]], rows in the order of their table's key;
             the last one [[rows, SHA-256 of the table's chunks in clear], …], a pair per table

Integers are big-endian. Tables are numbered from 0 over all databases, as the header lists them.
The header names no customer. It is not trusted before a chunk has opened: the key depends on it.
"""

from __future__ import annotations

from typing import BinaryIO, Final

import msgspec
from msgspec import Struct

from shopward.errors import BackupError
from shopward.store.copying import Table

MAGIC: Final = b"shopward-backup/v1\n"
KIND: Final = b"shopward-backup/"
LENGTH_BYTES: Final = 4
MAX_HEADER_BYTES: Final = 1 << 20
MAX_CHUNK_BYTES: Final = 1 << 28
VAULT: Final = "vault"


class Database(Struct, frozen=True, forbid_unknown_fields=True):
    """One database in the backup, by name; the vault is always the first."""

    name: str
    tables: tuple[Table, ...]


class Witness(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the erasure journal stood: its last line's number, and that line's chain in hex."""

    number: int
    chain: str


class Header(Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup says of itself.

    Attributes:
        installation: Whose it is, 16 bytes in hex.
        origin: The log's name.
        size: How many entries the log has in it.
        checkpoint: The signed note over exactly these entries.
        time_ms: When the snapshot was taken.
        key_version: Which backup key sealed it.
        key_id: The public name of that key, 16 bytes in hex.
        salt: 32 random bytes in hex.
        journal: Where the erasure journal stood before the snapshot.
        databases: What is in it.
    """

    installation: str
    origin: str
    size: int
    checkpoint: str
    time_ms: int
    key_version: int
    key_id: str
    salt: str
    journal: Witness
    databases: tuple[Database, ...]

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table, in the order of their numbers."""
        return tuple(table for database in self.databases for table in database.tables)


def encode_head(header: Header) -> bytes:
    """The first bytes of a file, up to its first chunk."""
    body = msgspec.json.encode(header)
    return MAGIC + len(body).to_bytes(LENGTH_BYTES, "big") + body


def read_head(file: BinaryIO) -> tuple[Header, bytes]:
    """(header, head) at the beginning of a file.

    Raises:
        BackupError: No backup, one of a newer Shopward, or it ends here.
    """
    magic = file.read(len(MAGIC))
    if magic != MAGIC:
        raise _stranger(magic)
    length = read_length(file)
    if length is None or length > MAX_HEADER_BYTES:
        raise damaged("its head is cut off or altered")
    body = file.read(length)
    try:
        header = msgspec.json.decode(body, type=Header)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise damaged("its head is cut off or altered") from None
    if not header.databases or header.databases[0].name != VAULT:
        raise damaged("it holds no vault")
    return header, magic + len(body).to_bytes(LENGTH_BYTES, "big") + body


def read_length(file: BinaryIO) -> int | None:
    """The length before the next part; None at the end of the file."""
    data = file.read(LENGTH_BYTES)
    return int.from_bytes(data, "big") if len(data) == LENGTH_BYTES else None


def damaged(what: str) -> BackupError:
    """The backup cannot be used; `what` is a clause."""
    return BackupError(f"The backup is damaged: {what}.", reason="backup-damaged")


def _stranger(magic: bytes) -> BackupError:
    if magic.startswith(KIND) and len(magic) == len(MAGIC):
        return BackupError(
            "The backup has a format that this version does not know.",
            hint="Use the version of Shopward that made it, or a later one.",
            reason="backup-newer",
        )
    return BackupError("This is no backup of Shopward.", reason="backup-none")
