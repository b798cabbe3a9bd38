"""A disk that loses power: a SQLite file system that remembers what was not yet synced.

Reads and writes go to real files, so that SQLite works as ever. Beside them the disk keeps, for
every file, what was there at its last `xSync` and the writes since. `survive` then lays out in
another folder what a real disk may be left with:

- Of the writes since the last sync of a file any subset is there, in any order; each may be torn
  at sector borders, and a sector that was being written may hold garbage. Nothing outside the bytes
  of a write is touched (SQLite is told so: `SQLITE_IOCAP_POWERSAFE_OVERWRITE`, as on Linux).
- A file that was made or removed may or may not be there, until its directory was synced. SQLite
  syncs the directory with the first sync of a new journal or WAL.
- The `-shm` file is memory: it is gone, stale, or full of garbage.

Files do not wait for each other: what was synced in one says nothing about another. Source: the
assumptions in SQLite's "Atomic Commit", and `test6.c` of its own crash tests.
"""

from __future__ import annotations

import gc
import random
import shutil
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import apsw

NAME: Final = "shopward-losing-power"
NEEDS_DIRECTORY: Final = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL
LYING: Final = "lying"
"""A disk whose syncs do nothing, although they say so."""


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes at a place; without bytes the file was cut off there."""

    offset: int
    data: bytes | None


@dataclass(slots=True)
class Inode:
    """A file: its bytes as of the last sync, and what was done since."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Write] = field(default_factory=list)
    syncs_directory: bool = False

    def sync(self) -> None:
        """Everything done so far is on the disk."""
        for write in self.pending:
            lay(self.durable, write)
        self.pending.clear()


@dataclass(frozen=True, slots=True)
class Fate:
    """What the cut does: shares of writes that are kept or torn, and the size of a sector."""

    keep: float
    tear: float
    sector: int

    @classmethod
    def drawn(cls, dice: random.Random) -> Fate:
        """One of the disks there are."""
        return cls(
            dice.choice((0.0, 0.3, 0.7, 0.95, 1.0)),
            dice.choice((0.0, 0.1, 0.5)),
            dice.choice((512, 4096)),
        )


class PowerCutError(apsw.IOError):
    """The power is off: nothing is written any more."""


class Disk:
    """One folder of files, until the operation numbered `cut_at`."""

    def __init__(self, folder: Path, *, cut_at: int | None, kind: str = "") -> None:
        self.folder, self.cut_at, self._kind = folder, cut_at, kind
        self.operations = 0
        self.counts = Counter[str]()
        self.is_off = False
        self._lock = threading.Lock()
        self._live: dict[str, Inode] = {}
        self._entries: list[tuple[str, Inode | None]] = []
        for path in folder.iterdir() if folder.exists() else ():
            if path.suffix != ".lock" and not path.name.endswith("-shm"):
                self._live[path.name] = Inode(bytearray(path.read_bytes()))
        self._durable = dict(self._live)

    # What SQLite does

    def open_(self, name: str, *, is_new_journal: bool) -> Inode:
        """The file of that name; a new one is not in the directory for good yet."""
        with self._lock:
            if name not in self._live:
                self._live[name] = inode = Inode(syncs_directory=is_new_journal)
                self._entries.append((name, inode))
            return self._live[name]

    def write(self, inode: Inode, write: Write) -> None:
        """Remembers a write, and is cut off after it if that was the last."""
        with self._lock:
            self._refuse_if_off()
            inode.pending.append(write)
            self.counts["disk writes"] += 1
            self._count()

    def sync(self, inode: Inode) -> None:
        """What was written to this file is there for good; a new journal's name too."""
        with self._lock:
            self._refuse_if_off()
            self._count()
            self.counts["disk syncs"] += 1
            if self._kind == LYING:
                return
            inode.sync()
            if inode.syncs_directory:
                self._sync_directory()
                inode.syncs_directory = False

    def delete(self, name: str, *, syncs_directory: bool) -> bool:
        """The name is gone; for good, if the directory was synced. False without power.

        SQLite does not ask whether a removal worked, so it is not told either.
        """
        with self._lock:
            if self.is_off:
                return False
            self._live.pop(name, None)
            self._entries.append((name, None))
            with suppress(PowerCutError):
                self._count()
            if syncs_directory and not self.is_off and self._kind != LYING:
                self._sync_directory()
            return not self.is_off

    def cut(self) -> None:
        """The power goes off now."""
        with self._lock:
            self.is_off = True

    def refuse_if_off(self) -> None:
        """Nothing is read from a machine without power."""
        with self._lock:
            self._refuse_if_off()

    def _refuse_if_off(self) -> None:
        if self.is_off:
            raise PowerCutError("the power is off")

    def _count(self) -> None:
        self.operations += 1
        if self.operations == self.cut_at:
            self.is_off = True
            raise PowerCutError("the power goes off")

    def _sync_directory(self) -> None:
        for name, inode in self._entries:
            _enter(self._durable, name, inode)
        self._entries.clear()

    # What is left

    def survive(self, into: Path, dice: random.Random) -> None:
        """Lays out what the cut left; the folder this disk worked in stays as it is."""
        assert self.is_off
        names, fate = dict(self._durable), Fate.drawn(dice)
        for name in {name for name, _ in self._entries}:
            done = [inode for one, inode in self._entries if one == name]
            for inode in done[: dice.randint(0, len(done))]:
                _enter(names, name, inode)
        into.mkdir(mode=0o700)
        for name, inode in names.items():
            if inode.pending:
                self.counts[f"cuts with unsynced {_role(name)}"] += 1
            path = into / name
            path.touch(mode=0o600)
            path.write_bytes(left_of(inode, fate, dice))
        for path in self.folder.glob("*-shm"):
            _leave_memory(path, into / path.name, dice)


def left_of(inode: Inode, fate: Fate, dice: random.Random) -> bytes:
    """The bytes of a file after the cut: as last synced, with any of the writes since."""
    left = bytearray(inode.durable)
    for write in inode.pending:
        roll = dice.random()
        if roll < fate.tear and write.data is not None:
            for piece in _sectors(write, fate.sector):
                _tear(left, piece, dice)
        elif roll < fate.tear + (1 - fate.tear) * fate.keep:
            lay(left, write)
    return bytes(left)


def lay(content: bytearray, write: Write) -> None:
    """Does one write to these bytes."""
    if write.data is None:
        del content[write.offset :]
        return
    content.extend(bytes(max(0, write.offset - len(content))))
    content[write.offset : write.offset + len(write.data)] = write.data


def _sectors(write: Write, sector: int) -> Iterator[Write]:
    assert write.data is not None
    at, data = write.offset, write.data
    while data:
        length = sector - at % sector
        yield Write(at, data[:length])
        at, data = at + length, data[length:]


def _tear(content: bytearray, piece: Write, dice: random.Random) -> None:
    """One sector of a torn write: old, new, or garbage."""
    assert piece.data is not None
    roll = dice.random()
    if roll < 0.4:
        lay(content, piece)
    elif roll < 0.5:
        lay(content, Write(piece.offset, dice.randbytes(len(piece.data))))


def _role(name: str) -> str:
    """What a file is to SQLite, by its name."""
    return name.rpartition("-")[2] if "-" in name else "database"


def _enter(names: dict[str, Inode], name: str, inode: Inode | None) -> None:
    if inode is None:
        names.pop(name, None)
    else:
        names[name] = inode


def _leave_memory(path: Path, into: Path, dice: random.Random) -> None:
    roll = dice.random()
    if roll < 0.3:
        into.touch(mode=0o600)
        into.write_bytes(dice.randbytes(32_768))
    elif roll < 0.6:
        shutil.copy(path, into)


class _File(apsw.VFSFile):
    """A file that reports what is done to it before it is done."""

    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        self._disk = disk
        path = Path(name if isinstance(name, str) else name.filename())
        created = bool(flags[0] & apsw.SQLITE_OPEN_CREATE)
        is_new_journal = created and bool(flags[0] & NEEDS_DIRECTORY)
        self._inode = disk.open_(path.name, is_new_journal=is_new_journal)
        super().__init__("unix", name, flags)

    def excepthook(self, etype: object, evalue: object, etraceback: object) -> None:
        """SQLite is told by the error's code."""

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - SQLite's name
        self._disk.refuse_if_off()
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        self._disk.write(self._inode, Write(offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's name
        self._disk.write(self._inode, Write(newsize, None))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: ARG002, N802 - SQLite's signature
        self._disk.sync(self._inode)


class _System(apsw.VFS):
    """The file system SQLite uses while `mounted` lasts."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        super().__init__(NAME, base="unix", makedefault=True)

    def excepthook(self, etype: object, evalue: object, etraceback: object) -> None:
        """SQLite is told by the error's code."""

    def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: N802 - SQLite's name
        if name is None:
            return super().xOpen(name, flags)
        self._disk.refuse_if_off()
        return _File(self._disk, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802 - SQLite's own
        if self._disk.delete(Path(filename).name, syncs_directory=bool(syncdir)):
            super().xDelete(filename, False)  # noqa: FBT003 - this disk syncs nothing


@contextmanager
def mounted(disk: Disk) -> Iterator[Disk]:
    """SQLite works on this disk, whoever opens a file."""
    system, hook = _System(disk), sys.unraisablehook
    # A connection that dies with the machine cannot tell anybody why it did not close.
    sys.unraisablehook = lambda told: None if told.exc_type is PowerCutError else hook(told)
    try:
        yield disk
        gc.collect()
    finally:
        sys.unraisablehook = hook
        system.unregister()
