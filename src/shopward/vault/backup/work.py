"""Backups and restore drills as long work of the data plane: started, watched, entered.

Both run on a thread of their own and rest while others write. Every few seconds a step says how
far they are; a process that is killed begins again from the start, for half a backup is none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from shopward.clock import from_ms
from shopward.errors import BackupError, ConflictError, InvalidError, ShopwardError
from shopward.events import Kind
from shopward.store import JobRow
from shopward.store.copying import Source
from shopward.vault.backup.accounts import has_accounts
from shopward.vault.backup.compare import check_continuity
from shopward.vault.backup.create import Made, write_backup
from shopward.vault.backup.drill import Drilled, drill
from shopward.vault.backup.header import Witness
from shopward.vault.backup.place import header_of, keep_newest, name_of, newest_in
from shopward.vault.backup.thread import Threads, Worker
from shopward.vault.custodian import Custodian
from shopward.vault.journal import Journal, Standing
from shopward.vault.origin import base_of
from shopward.vault.service import Vault
from shopward.vault.work import Finished, Pause, Step

BACKUP: Final = "backup"
DRILL: Final = "restore-drill"
LOOK_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Places:
    """What backups of one installation are made of, and where they go.

    Attributes:
        folder: Where scheduled backups lie; None for nowhere.
        keep: How many of them are kept.
        custodian: Whose keys seal them.
        open_source: Opens a snapshot of the store.
        standing: Where the erasure journal stands.
        journal: Makes the erasure journal of an installation.
        accounts: Where the control plane keeps the copy of its accounts; None for nowhere.
    """

    folder: Path | None
    keep: int
    custodian: Custodian
    open_source: Callable[[], Source]
    standing: Callable[[], Awaitable[Standing]]
    journal: Callable[[bytes], Journal]
    accounts: Path | None = None

    def needed(self) -> Path:
        """The folder, made if it is not there.

        Raises:
            InvalidError: None is set.
        """
        if self.folder is None:
            raise InvalidError(
                "There is no folder for backups.",
                hint="Set `backup.folder`, or name a file.",
                field="backup.folder",
            )
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.folder


class BackupWork:
    """Makes one backup: in the folder, or as the file that the argument names."""

    name = BACKUP
    about = "Copies the whole store, sealed, into one file."

    def __init__(self, places: Places, threads: Threads) -> None:
        self._places = places
        self._threads = threads

    async def plan(self, vault: Vault, argument: str) -> int:
        """Refuses a place where no file can be made; how much there is becomes known later."""
        del vault
        to = Path(argument) if argument else self._places.needed() / "any"
        try:
            is_place, is_taken = to.is_absolute() and to.parent.is_dir(), to.exists()
        except OSError:
            is_place = is_taken = False
        if not is_place:
            raise InvalidError("There is no such folder.", field="argument")
        if argument and is_taken:
            raise ConflictError("There is a file of that name already.", field="argument")
        return 0

    async def step(self, vault: Vault, row: JobRow, now: datetime) -> Step | Pause | Finished:
        """Begins, tells how far it is, or enters what was made."""
        if row.cursor:
            return Finished(row.cursor)
        worker = self._threads.of(row.id)
        if worker is None:
            standing = await self._places.standing()
            witness = Witness(standing.number, standing.chain.hex())
            to = self._to(row)
            self._threads.start(
                row.id, vault, lambda worker: self._make(worker, to, witness, row, now)
            )
            return Pause(LOOK_S)
        if worker.is_alive():
            return report(worker, row, Kind.BACKUP_GOES_ON) or Pause(LOOK_S)
        made: Made = self._threads.end(row.id)
        if not row.argument:
            keep_newest(self._places.needed(), self._places.keep)
        accounts = "with" if has_accounts(made.header) else "without"
        about = f"{made.path.name} {made.rows} rows {made.size_bytes} bytes {accounts} accounts"
        left = made.rows - row.done
        return Step(Kind.BACKUP_MADE, about, str(made.path), done=left, total=made.rows)

    def _to(self, row: JobRow) -> Path:
        if row.argument:
            return Path(row.argument)
        return self._places.needed() / name_of(from_ms(row.started_ms))

    def _make(self, worker: Worker, to: Path, witness: Witness, row: JobRow, now: datetime) -> Made:
        """On the thread."""
        places = self._places
        drop_own(to, row)
        return write_backup(
            to, places.open_source, places.custodian, witness, now, worker.to, places.accounts
        )


class DrillWork:
    """Restores the newest backup into a temporary store and looks whether all of it is there."""

    name = DRILL
    about = "Restores the newest backup elsewhere, verifies it and throws it away."

    def __init__(self, places: Places, threads: Threads) -> None:
        self._places = places
        self._threads = threads

    async def plan(self, vault: Vault, argument: str) -> int:
        """Refuses when there is no folder; that there is no backup in it is a finding."""
        del vault
        if argument:
            raise InvalidError("A drill takes no argument.", field="argument")
        self._places.needed()
        return 0

    async def step(self, vault: Vault, row: JobRow, now: datetime) -> Step | Pause | Finished:
        """Begins, tells how far it is, or enters what came of it."""
        if row.cursor:
            outcome, _, said = row.cursor.partition(" ")
            if outcome == "failed":
                raise BackupError("The restore drill failed.", reason=said)
            return Finished(said)
        worker = self._threads.of(row.id)
        if worker is None:
            self._threads.start(row.id, vault, lambda worker: self._drill(worker, vault, now))
            return Pause(LOOK_S)
        if worker.is_alive():
            return report(worker, row, Kind.DRILL_GOES_ON) or Pause(LOOK_S)
        try:
            drilled: Drilled = self._threads.end(row.id)
            said = await check_continuity(vault, drilled.header)
        except ShopwardError as error:
            reason = error.reason or error.code
            return Step(Kind.DRILL_FAILED, reason, f"failed {reason}")
        made = f"{from_ms(drilled.header.time_ms):%Y-%m-%dT%H:%M:%SZ}"
        rows = sum(drilled.restored.rows.values())
        about = f"backup of {made}, {rows} rows, {drilled.opened} values opened, {said}"
        if drilled.accounts is not None:
            about += f", accounts of {drilled.accounts} bytes"
        return Step(Kind.DRILL_PASSED, about, f"passed {about}", done=rows - row.done, total=rows)

    def _drill(self, worker: Worker, vault: Vault, now: datetime) -> Drilled:
        """On the thread."""
        folder, places = self._places.needed(), self._places
        newest = newest_in(folder)
        if newest is None:
            raise BackupError("There is no backup to restore.", reason="drill-no-backup")
        log = base_of(vault.log.origin)
        return drill(
            newest, folder, places.custodian.relaxed(), places.journal, log, now, worker.rest
        )


def drop_own(to: Path, row: JobRow) -> None:
    """Throws away what this very job made whole before it was killed; it makes it anew."""
    header = header_of(to)
    if header is not None and header.time_ms >= row.started_ms:
        to.unlink()


def report(worker: Worker, row: JobRow, kind: Kind) -> Step | None:
    """A step that says how far a thread is, when the last one was a while ago."""
    if not worker.is_due():
        return None
    done, total = worker.done, worker.total
    return Step(kind, f"{done} of {total} rows", "", done=max(0, done - row.done), total=total)
