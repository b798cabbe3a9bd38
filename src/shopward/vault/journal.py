"""The erasure journal: what a restore must not undo, kept outside the store and its backups.

A restore puts yesterday's rows back; this file says whom it must erase, lock out and freeze again.
It holds random ids, classes, times and places in the ledger: no value and no name.

    {"at":…,"what":{…}} SP chain LF          at: milliseconds since the epoch
    chain = HMAC-SHA-256(key, chain of the line before (32; zeros for the first) | text of the line)

- A line is on durable storage before the erasure it tells of is acknowledged, and after it was
  committed: nothing is in it that did not happen.
- Lines are only added, under the file's lock, by one process at a time; each hangs on the one
  before, so that altering, moving or leaving out a line shows. Lines cut off the end show to
  whoever knows a later one: a backup does, and the ledger (`reconcile`).
- A torn last line is what a killed process leaves: it was not acknowledged, and is removed.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from msgspec import Struct

from shopward.errors import JournalError, UnavailableError
from shopward.vault.custodian import Custodian

FORMAT: Final = "shopward-journal/v1"
CHAIN_BYTES: Final = 32
_CHAIN_CHARS: Final = 64
_MAX_LINE_BYTES: Final = 1 << 20


class Began(Struct, frozen=True, tag="began", forbid_unknown_fields=True):
    """The first line: whose journal it is."""

    format: str
    installation: str


class Erased(Struct, frozen=True, tag="erased", forbid_unknown_fields=True, omit_defaults=True):
    """A customer, or some classes of one, were erased by this entry of the ledger.

    `stays` are classes that a law keeps of a customer that was erased.
    """

    origin: str
    index: int
    leaf_hash: str
    subject: str
    classes: tuple[str, ...] | None = None
    stays: tuple[str, ...] = ()


class Revoked(Struct, frozen=True, tag="revoked", forbid_unknown_fields=True):
    """A caller was revoked by this entry of the ledger."""

    origin: str
    index: int
    leaf_hash: str
    caller: str


class Frozen(Struct, frozen=True, tag="frozen", forbid_unknown_fields=True, omit_defaults=True):
    """A customer or a caller was frozen by this entry of the ledger, or thawed (no `freeze`)."""

    origin: str
    index: int
    leaf_hash: str
    subject: str | None = None
    caller: str | None = None
    freeze: str | None = None


class Seen(Struct, frozen=True, tag="seen", forbid_unknown_fields=True):
    """All that this checkpoint holds is in the lines before."""

    checkpoint: str


Told = Erased | Revoked | Frozen
What = Began | Told | Seen


class Line(Struct, frozen=True, forbid_unknown_fields=True):
    """One line: when it was written, and what happened."""

    at: int
    what: What


class Standing(Struct, frozen=True):
    """Where the journal stands: the number of its last line, from 0, and that line's chain."""

    number: int
    chain: bytes


_DECODE: Final = msgspec.json.Decoder(Line).decode
_ENCODE: Final = msgspec.json.Encoder().encode


class Journal:
    """The journal of one installation.

    Args:
        path: The file; its folder must be there.
        key: 32 secret bytes from the custodian.
        installation: 16 bytes; another installation's journal is refused.
    """

    def __init__(self, path: Path, key: bytes, installation: bytes) -> None:
        self._path = path
        self._key = key
        self._installation = installation.hex()

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._path

    def create(self, now_ms: int) -> bool:
        """Makes the file when there is none; whether there was none.

        Raises:
            UnavailableError: The folder cannot be written.
        """
        if self._path.exists():
            return False
        self._add((Line(now_ms, Began(FORMAT, self._installation)),), os.O_CREAT)
        _sync(self._path.parent)
        return True

    def append(self, lines: Sequence[Line]) -> None:
        """Adds lines; they are on durable storage on return.

        Raises:
            JournalError: The journal was altered.
            UnavailableError: It cannot be written; none of the lines counts.
        """
        if lines:
            self._add(lines, 0)

    def read(self) -> list[tuple[Line, bytes]]:
        """Every line with its chain, verified.

        Raises:
            JournalError: There is none, it was altered, or it is another installation's.
        """
        try:
            with self._path.open("rb") as file:
                found = list(self._verified(file))
        except OSError as error:
            raise JournalError(
                f"The erasure journal cannot be read: {error.strerror}.",
                hint="Put it back from where you keep its copy, or correct `backup.journal`.",
                field="backup.journal",
                reason="journal-missing",
            ) from None
        began = found[0][0].what if found else None
        if not isinstance(began, Began) or began != Began(FORMAT, self._installation):
            raise _altered("it is another installation's, or its beginning was altered")
        return found

    def standing(self) -> Standing:
        """Where it stands, verified from its beginning.

        Raises:
            JournalError: As `read`.
        """
        lines = self.read()
        return Standing(len(lines) - 1, lines[-1][1])

    def _add(self, lines: Sequence[Line], flags: int) -> None:
        try:
            descriptor = os.open(
                self._path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | flags, 0o600
            )
            with os.fdopen(descriptor, "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if not (flags and os.fstat(descriptor).st_size):
                    _write_behind(file, self._last_chain(file), lines, self._key)
        except OSError as error:
            raise UnavailableError(
                f"The erasure journal cannot be written: {error.strerror}.",
                hint=f"Make room and see to the permissions of {self._path.parent}; what is due is "
                "written by itself then.",
                reason="journal",
            ) from None

    def _last_chain(self, file: BinaryIO) -> bytes:
        """The chain to hang on; removes a torn line."""
        end = file.seek(0, os.SEEK_END)
        start = max(0, end - _MAX_LINE_BYTES)
        file.seek(start)
        tail = file.read()
        whole = tail[: tail.rfind(b"\n") + 1]
        if len(whole) < len(tail):
            file.truncate(start + len(whole))
            file.seek(0, os.SEEK_END)
        if not whole:
            return bytes(CHAIN_BYTES)
        return _split(whole[:-1].rpartition(b"\n")[2])[1]

    def _verified(self, file: BinaryIO) -> Iterator[tuple[Line, bytes]]:
        before = bytes(CHAIN_BYTES)
        for number, raw in enumerate(file):
            if not raw.endswith(b"\n"):
                return  # torn: it was never acknowledged
            text, chain = _split(raw[:-1])
            if not hmac.compare_digest(_chain(self._key, before, text), chain):
                raise _altered(f"line {number + 1} is not what was written")
            before = chain
            try:
                yield _DECODE(text), chain
            except msgspec.DecodeError:
                raise _altered(f"line {number + 1} is of a version not known here") from None


def journal_of(path: Path, custodian: Custodian, installation: bytes) -> Journal:
    """The journal of an installation, under its keystore's key."""
    return Journal(path, custodian.name_key("@journal", "chain"), installation)


def _write_behind(file: BinaryIO, before: bytes, lines: Sequence[Line], key: bytes) -> None:
    parts = []
    for line in lines:
        text = _ENCODE(line)
        before = _chain(key, before, text)
        parts.append(text + b" " + before.hex().encode() + b"\n")
    file.write(b"".join(parts))
    file.flush()
    os.fsync(file.fileno())


def _split(raw: bytes) -> tuple[bytes, bytes]:
    text, space, chain = raw.rpartition(b" ")
    try:
        if space and len(chain) == _CHAIN_CHARS:
            return text, bytes.fromhex(chain.decode("ascii"))
    except ValueError:
        pass
    raise _altered("a line is malformed")


def _chain(key: bytes, before: bytes, text: bytes) -> bytes:
    return hmac.digest(key, before + text, hashlib.sha256)


def _altered(what: str) -> JournalError:
    return JournalError(f"The erasure journal does not hold: {what}.", reason="journal-altered")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
