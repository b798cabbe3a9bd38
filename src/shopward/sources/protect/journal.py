"""What a protected database's journal remembers; a small SQLite file of the operator's, mode 0600.

    origin     32 random bytes: the key under which rows are named to the vault
    tables     those that were begun, so that texts that look like tokens are known to be some
    shared     phone-shaped tokens of customers that several rows share

How far a run came is not in it: that is what the rows themselves hold. Without it a run that is
begun again cannot tell tokens from texts that look like them, and stops. It holds no value and no
key of a row; a row's name is a keyed digest.

- What is remembered is on the disk before a row is changed that depends on it.
- One process at a time.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Self

import apsw

from shopward.errors import InvalidError
from shopward.sources.protect.sql import busy

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS origin (key BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS tables (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shared (who TEXT, field TEXT, token TEXT NOT NULL,
  PRIMARY KEY (who, field)) WITHOUT ROWID;
"""
_HEX: Final = 40


class Journal:
    """A database's journal, held by this process; a context manager.

    Args:
        path: The file; it is made where there is none.

    Raises:
        ConflictError: Another process holds it.
        InvalidError: The file is something else.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise busy() from None
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        self._connection = apsw.Connection(str(path))
        try:
            self._connection.pragma("synchronous", "EXTRA")
            self._connection.execute(_SCHEMA)
            self._key = self._origin()
        except apsw.Error:
            self.close()
            hint = "Name another folder, or put the journal back as it was."
            raise InvalidError(f"{path.name} is not a journal of protect", hint=hint) from None

    def _origin(self) -> bytes:
        with self._connection:
            found = self._connection.execute("SELECT key FROM origin").fetchone()
            if found is not None:
                return bytes(found[0])
            key = secrets.token_bytes(32)
            self._connection.execute("INSERT INTO origin VALUES (?)", (key,))
        return key

    def row(self, table: str, key: tuple[Any, ...]) -> str:
        """The name under which the vault knows a row: 44 ASCII characters."""
        return self.digest("row", table, *map(_told, key))

    def person(self, name: str, value: object) -> str:
        """The name under which the vault knows a person of several rows: 44 ASCII characters."""
        return self.digest("person", name, str(value))

    def digest(self, *parts: str) -> str:
        """A keyed digest of parts, apart from each other: `prt_` and 40 hex characters."""
        data = b"".join(len(part.encode()).to_bytes(8, "big") + part.encode() for part in parts)
        return "prt_" + hmac.new(self._key, data, hashlib.sha256).hexdigest()[:_HEX]

    def is_begun(self, table: str) -> bool:
        """Whether rows of the table were changed, or may have been."""
        found = self._connection.execute("SELECT 1 FROM tables WHERE name = ?", (table,))
        return found.fetchone() is not None

    def begin(self, table: str) -> None:
        """Remember that rows of the table are going to be changed."""
        self._connection.execute("INSERT OR IGNORE INTO tables VALUES (?)", (table,))

    def end(self, table: str) -> None:
        """Remember that no row of the table holds a token any more."""
        self._connection.execute("DELETE FROM tables WHERE name = ?", (table,))

    def share(self, tokens: Iterable[tuple[str, str, str]]) -> None:
        """Remember (person, field, token) of customers that several rows share."""
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO shared VALUES (?, ?, ?)", tokens)

    def shared(self, who: str) -> Mapping[str, str]:
        """Tokens of a person, by field."""
        found = self._connection.execute("SELECT field, token FROM shared WHERE who = ?", (who,))
        return {str(field): str(token) for field, token in found}

    def close(self) -> None:
        """Let it go."""
        if hasattr(self, "_connection"):
            self._connection.close()
        os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _told(part: object) -> str:
    """A part of a key with its type, so that 1 and "1" are two."""
    return f"{type(part).__name__}:{part!r}"
