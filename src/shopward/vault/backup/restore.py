"""Makes a store out of a backup: verified first, recalled, under a new log, whole or not at all.

The restored ledger does not go on where the backup's stopped: entries were signed after it, and a
second history under one name would be a fork. The old log ends as a *past log*, readable and
provable as before, and a new one begins whose first entry, `log:continued`, names the last
checkpoint of the old one that anybody knows. The erasure journal's lines follow as entries.

- The whole file, its ledgers and the journal are verified before a row is written.
- Rows, recall and the new log's entries are one transaction: a kill leaves nothing that opens.
- A checkpoint that the old log's key signed and the backup contradicts is refused, not replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from msgspec import Struct

from shopward.clock import to_ms
from shopward.errors import BackupError, ConfigError, IntegrityError, JournalError
from shopward.ledger.checkpoint import Checkpoint, open_checkpoint
from shopward.ledger.link import Previous
from shopward.store.copying import Target
from shopward.vault.backup.beginning import Beginning
from shopward.vault.backup.filling import Filling
from shopward.vault.backup.header import Header, read_head
from shopward.vault.backup.inspect import Contents, enumerate_rows, inspect
from shopward.vault.backup.read import Reader
from shopward.vault.backup.recall import Recall, asked, plan
from shopward.vault.custodian import Custodian
from shopward.vault.journal import Erased, Journal, Line, Seen
from shopward.vault.keyring import Keyring
from shopward.vault.ledger_keys import verifiers
from shopward.vault.origin import base_of

Progress = Callable[[str, int, int], object]


class Known(Struct, frozen=True):
    """A checkpoint that the old log's key signed, with its note."""

    note: str
    checkpoint: Checkpoint


class Restored(Struct, frozen=True):
    """What a restore did.

    Attributes:
        origin: The new log's name.
        vkey: The key that verifies it.
        previous: The old log: its name, how many entries were kept, its last known checkpoint.
        lost: Entries of the old log that are known to be signed and are not in the backup.
        erased: Erasures that were done again.
        revoked: Callers that were revoked again.
        frozen: Customers and callers whose freeze is the journal's now.
        rows: Rows by table, as they were in the backup.
    """

    origin: str
    vkey: str
    previous: Previous
    lost: int
    erased: int
    revoked: int
    frozen: int
    rows: dict[str, int]


@dataclass(frozen=True, slots=True)
class Restoring:
    """What a restore works with.

    Attributes:
        file: The backup.
        custodian: Its keystore.
        journal: Makes the erasure journal of an installation.
        is_journal_lost: Go on with what is left of the journal; the ledger says so.
        log: The name the operator chose, without what tells its logs apart.
        checkpoints: Signed notes of the old log that were kept elsewhere.
        now: The time.
        progress: Hears (what, rows done, rows in all).
    """

    file: BinaryIO
    custodian: Custodian
    journal: Callable[[bytes], Journal]
    log: str
    now: datetime
    checkpoints: Sequence[str] = ()
    is_journal_lost: bool = False
    progress: Progress = field(default=lambda _what, _done, _total: None)


def restore(job: Restoring, open_target: Callable[[], Target]) -> Restored:
    """Makes a store of a backup.

    Args:
        job: What it works with.
        open_target: Opens the empty store, once everything was verified.

    Raises:
        BackupError: Damaged, foreign, of another version, or older than the erasure window.
        JournalError: The journal is missing, was altered, or was cut since the backup.
        ConfigError: `log` is another than the backup's.
        ConflictError: There is a store already.
    """
    job.file.seek(0)
    header, _ = read_head(job.file)
    _refuse_other_log(job.log, header)
    lines = _lines(job, header)
    contents, last = _verified(job, header, lines)
    now_ms = max(to_ms(job.now), contents.log.time_ms)
    keyring = Keyring(job.custodian, bytes.fromhex(header.installation))
    recall = plan(lines, contents, keyring)
    beginning = Beginning(job.custodian, job.log, contents, last.note, now_ms)
    beginning.enter(recall.told, "journal-lost" if job.is_journal_lost else None)
    with open_target() as target:
        _fill(job, target, contents, recall, beginning)
        target.finish()
    return Restored(
        beginning.log.origin,
        beginning.log.vkey,
        beginning.previous,
        lost=max(0, last.checkpoint.size - header.size),
        erased=sum(isinstance(one, Erased) for one in recall.told),
        revoked=len(recall.revoked),
        frozen=len(recall.frozen),
        rows=contents.totals.rows,
    )


def _refuse_other_log(log: str, header: Header) -> None:
    if base_of(header.origin) != log:
        raise ConfigError(
            "The backup's ledger has another name than the settings.",
            hint="Set `log` to the name of the installation that made the backup.",
            field="log",
        )


def _lines(job: Restoring, header: Header) -> list[Line]:
    """The journal's lines, once it is shown to reach as far as it did for the backup."""
    try:
        read = job.journal(bytes.fromhex(header.installation)).read()
    except JournalError:
        if not job.is_journal_lost:
            raise
        return []
    witness = header.journal
    is_whole = witness.number < len(read) and read[witness.number][1].hex() == witness.chain
    if not is_whole and not job.is_journal_lost:
        raise _cut()
    return [line for line, _ in read]


def _cut() -> BackupError:
    return BackupError(
        "The erasure journal is shorter than it was when the backup was made.",
        hint="Put the whole journal back; without it erased customers would come back.",
        reason="journal-cut",
        field="backup.journal",
    )


def _verified(job: Restoring, header: Header, lines: Sequence[Line]) -> tuple[Contents, Known]:
    """The backup's contents, and the last checkpoint of its log that anybody knows."""
    known = _known(job, header, lines)
    subjects, callers = asked(lines)
    contents = inspect(
        job.file,
        job.custodian,
        subjects=subjects,
        callers=callers,
        marks={one.checkpoint.size for one in known},
        progress=lambda rows: job.progress("verify", rows, 0),
    )
    for one in known:
        if not contents.log.holds(one.checkpoint):
            raise BackupError(
                "A checkpoint that this ledger's key signed contradicts the backup.",
                hint="One of the two is not of this history: see docs/operations/incident.md.",
                reason="backup-contradicted",
            )
    return contents, max(known, key=lambda one: one.checkpoint.size)


def _known(job: Restoring, header: Header, lines: Sequence[Line]) -> list[Known]:
    """The backup's checkpoint, the journal's newest of this log, and those given."""
    keys = verifiers(job.custodian, header.origin)
    found: list[Known] = []
    for note in (header.checkpoint, *job.checkpoints):
        try:
            found.append(Known(note, open_checkpoint(note, *keys)))
        except IntegrityError as error:
            raise BackupError(
                f"A checkpoint is not of the backup's ledger: {error.detail}.",
                hint="Give one that `shopward ledger checkpoint` printed for this ledger.",
                reason="checkpoint-foreign",
            ) from None
    for line in reversed(lines):
        if isinstance(line.what, Seen):
            with suppress(IntegrityError):
                found.append(
                    Known(line.what.checkpoint, open_checkpoint(line.what.checkpoint, *keys))
                )
                break
    return found


def _fill(
    job: Restoring, target: Target, contents: Contents, recall: Recall, new: Beginning
) -> None:
    filling = Filling(target, recall, new.number)
    total = sum(contents.totals.rows.values())
    reader = Reader(job.file, job.custodian)
    for done, (table, rows) in enumerate_rows(reader):
        filling.take(table, rows)
        job.progress("restore", done, total)
    if reader.totals != contents.totals or reader.header != contents.header:
        raise BackupError("The backup changed while it was read.", reason="backup-damaged")
    filling.close_logs()
    for name, row in new.rows(filling.old):
        filling.add(name, row)
