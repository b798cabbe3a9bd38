"""The restore drill: a backup that was never restored is a hope, not a backup.

It restores a backup into a folder of its own, erasure journal and all, verifies the ledger there,
opens a sample of what customers have, counts, and takes everything away again. What it restored is
sealed as ever: values are opened in memory and thrown away one by one.

- One drill at a time; what a killed one left is removed by the next.
- The consistency with the serving ledger is shown by whoever has that (`work`).
"""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO, Final

from msgspec import Struct

from shopward.errors import BackupError, UndecryptableError
from shopward.ledger.chain import verify_chain
from shopward.settings import StoreSettings
from shopward.signing import Verifier
from shopward.store import HOUSE
from shopward.store.sqlite_copy import SqliteSource, SqliteTarget
from shopward.vault import body
from shopward.vault.backup.accounts import extract
from shopward.vault.backup.header import Header, read_head
from shopward.vault.backup.read import open_backup
from shopward.vault.backup.restore import Restored, Restoring, restore
from shopward.vault.custodian import Custodian
from shopward.vault.inspect import inspecting
from shopward.vault.journal import Journal
from shopward.vault.keyring import Keyring

SAMPLE: Final = 200
PREFIX: Final = ".drill-"
LOCK: Final = ".drill.lock"


class Drilled(Struct, frozen=True):
    """What a drill that came to its end has seen.

    Attributes:
        header: The backup's.
        restored: What the restore did.
        opened: Values that were opened.
        accounts: Bytes of the copy of accounts in it; None when there is none.
    """

    header: Header
    restored: Restored
    opened: int
    accounts: int | None


def drill(
    backup: Path,
    folder: Path,
    custodian: Custodian,
    journal: Callable[[bytes], Journal],
    log: str,
    now: datetime,
    rest: Callable[[], object],
) -> Drilled:
    """Restores a backup and looks at what comes out.

    Args:
        backup: The file.
        folder: Where the temporary store may be made; it is removed.
        custodian: The keystore.
        journal: Makes the erasure journal of an installation.
        log: The name of the ledger that the operator chose.
        now: The time.
        rest: Called after each burst of work.

    Raises:
        BackupError: The backup is damaged, or what was restored is not what was backed up.
        JournalError: The journal does not hold.
        OSError: There is no room.
    """
    with _place(folder) as place, open_backup(backup) as file:
        header, _ = read_head(file)
        store = place / "vault.db"
        job = Restoring(
            file, custodian, journal, log, now, progress=lambda _what, _done, _total: rest()
        )
        restored = restore(job, lambda: SqliteTarget(store))
        _verify(store, custodian, Verifier.parse(restored.vkey), rest)
        opened = _open_sample(store, custodian, header, rest)
        _compare(store, restored)
        accounts = _read_accounts(file, custodian, place)
    return Drilled(header, restored, opened, accounts)


@contextmanager
def _place(folder: Path) -> Iterator[Path]:
    """A folder that only its owner can read, for one drill; nothing of it stays."""
    with (folder / LOCK).open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError("Another drill is under way.", reason="drill-under-way") from None
        for left in folder.glob(f"{PREFIX}*"):
            shutil.rmtree(left, ignore_errors=True)
        place = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)


def _verify(
    store: Path, custodian: Custodian, verifier: Verifier, rest: Callable[[], object]
) -> None:
    with inspecting(StoreSettings(path=store), custodian) as stored:
        stored.progress = lambda _done: rest()
        for one in verify_chain(stored, verifier):
            if one.findings:
                raise BackupError(
                    f"The restored ledger does not verify: {one.findings[0].damage}.",
                    reason="drill-ledger",
                )
            rest()


def _open_sample(
    store: Path, custodian: Custodian, header: Header, rest: Callable[[], object]
) -> int:
    """Opens every value of some customers' rows, drawn at random; how many values there were."""
    keyring = Keyring(custodian, bytes.fromhex(header.installation), cache_size=1)
    opened = 0
    with closing(SqliteSource(store)) as source:
        for subject, name, version, epoch, wrapped, sealed in source.sample(SAMPLE, HOUSE):
            try:
                dek = keyring.dek(subject, name, version, epoch, wrapped)
                for field, value in body.unpack(sealed).items():
                    dek.open_(value, keyring.field_context(name, field, subject, version))
                    opened += 1
            except UndecryptableError:
                raise BackupError(
                    "A value in the restored store does not open.", reason="drill-value"
                ) from None
            rest()
    return opened


def _read_accounts(file: BinaryIO, custodian: Custodian, place: Path) -> int | None:
    """Takes the copy of the accounts out, unread; how many bytes it has."""
    with (place / "accounts").open("w+b") as copy:
        is_there = extract(file, custodian, copy)
        return copy.seek(0, SEEK_END) if is_there else None


def _compare(store: Path, restored: Restored) -> None:
    """What is there now is what was backed up, but for what had to go."""
    with closing(SqliteSource(store)) as source:
        there = {table.name: source.count(table) for table in source.tables()}
    was = restored.rows
    kept = {
        "subject": was["subject"],
        "caller": was["caller"],
        "past_leaf": was["leaf"] + was["past_leaf"],
        "past_log": was["past_log"] + 1,
    }
    is_all = not (restored.erased or restored.revoked)
    same = ("record", "alias", "posting", "fact") if is_all else ()
    if any(there[name] != count for name, count in kept.items()) or any(
        there[name] != was[name] for name in same
    ):
        raise BackupError("Rows are missing in the restored store.", reason="drill-count")
