"""New data keys: one row's body under a fresh key, and what was sealed under a ledger key.

Values live in the row and are sealed anew with it. A ledger key also seals the details of entries,
which stand elsewhere: the older key stays in the row, sealed under the new one, until a pass over
all entries has sealed them anew; then it goes, and nothing opens under it any more.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import structs

from shopward.errors import UndecryptableError
from shopward.events import Kind
from shopward.ledger.entry import parse_leaf
from shopward.store import HOUSE, ClassRow, LeafRow, Op
from shopward.vault import body
from shopward.vault.cipher import Dek, key_id_in
from shopward.vault.details import LEDGER_CLASS, reseal
from shopward.vault.ledger_keys import HOUSE_CLASS, PAST, key_of, opening_key
from shopward.vault.rotation import ROWS, Cursor, rows_after, settling
from shopward.vault.service import Vault
from shopward.vault.work import Pause, Step, Write

FIRST: Final = "leaves"
KEEPS_PAST: Final = frozenset({LEDGER_CLASS, HOUSE_CLASS})


def renewed(vault: Vault, subject: bytes, record: ClassRow, now: datetime) -> Write:
    """The write that gives one row a new data key, if it is still what was read.

    A value that does not open is carried over as it is: it does not open afterwards either, and
    costs its neighbours nothing.

    Raises:
        UndecryptableError: The row's own key does not open, or its body is none.
    """
    old = vault.dek(subject, record)
    version = record.version + 1
    new, epoch, wrapped = vault.keyring.mint(subject, record.name, version, now)
    sealed = {
        name: _carried(vault, subject, record, (old, new), name, content)
        for name, content in body.unpack(record.body).items()
    }
    if record.name in KEEPS_PAST:
        name = f"{PAST}{record.version}"
        bound = vault.keyring.field_context(record.name, name, subject, version)
        sealed[name] = new.seal(old.remains[:32].hex().encode(), bound)
    values = (version, epoch, wrapped, body.pack(sealed))
    return Op.RENEW_CLASS, (*values, subject, record.name, record.wrapped)


def _carried(
    vault: Vault,
    subject: bytes,
    record: ClassRow,
    keys: tuple[Dek, Dek],
    name: str,
    content: bytes,
) -> bytes:
    old, new = keys
    ring = vault.keyring
    try:
        plain = old.open_(content, ring.field_context(record.name, name, subject, record.version))
    except UndecryptableError:
        return content
    return new.seal(plain, ring.field_context(record.name, name, subject, record.version + 1))


async def step(vault: Vault, cursor: Cursor, now: datetime) -> Step | Pause:
    """What follows when every row has its new key: entries, kept answers, then the older keys."""
    await vault.refresh()
    if (pause := settling(vault, cursor, now)) is not None:
        return pause
    if cursor.phase == "leaves":
        return await _leaves(vault, cursor, now)
    if cursor.phase == "replays":
        return await _replays(vault, cursor, now)
    return await _past(vault, cursor, now)


async def _leaves(vault: Vault, cursor: Cursor, now: datetime) -> Step:
    end = cursor.end or vault.log.size
    rows = await vault.store.leaves(cursor.position, min(ROWS, end - cursor.position))
    if not rows:
        return _turn(cursor, "leaves", "replays", now)
    keys = await vault.store.classes([row.subject for row in rows], LEDGER_CLASS)
    writes: list[Write] = []
    skipped = 0
    for row in rows:
        try:
            sealed = _leaf(vault, row, keys.get(row.subject))
        except UndecryptableError:
            skipped += 1
            continue
        if sealed is not None:
            writes.append((Op.RENEW_LEAF, (sealed, row.position, row.sealed)))
    moved = structs.replace(
        cursor,
        position=rows[-1].position + 1,
        end=end,
        found=cursor.found + len(writes),
        skipped=cursor.skipped + skipped,
    )
    return Step(Kind.KEYS_RENEWED, f"{len(writes)} entries", moved.text, tuple(writes))


def _leaf(vault: Vault, row: LeafRow, key: ClassRow | None) -> bytes | None:
    """An entry's details under the newest key; None when they are, or are erased."""
    if row.subject == HOUSE:
        new, old = vault.house, key_of(vault.house_keys, row.sealed)
    elif key is None:
        return None
    else:
        new = vault.dek(row.subject, key)
        if new.key_id == key_id_in(row.sealed):
            return None
        old = opening_key(vault.keyring, row.subject, key, row.sealed)
    if old.key_id == new.key_id:
        return None
    promise = parse_leaf(row.leaf).commitment
    return reseal(old, new, vault.installation, row.subject, promise, row.sealed)


async def _replays(vault: Vault, cursor: Cursor, now: datetime) -> Step:
    rows = await vault.store.scan_replays(bytes.fromhex(cursor.digest), ROWS)
    if not rows:
        return _turn(cursor, "replays", "past", now)
    writes: list[Write] = []
    for digest, kept in rows:
        try:
            sealed = vault.replays.renew(digest, kept)
        except UndecryptableError:
            continue
        if sealed is not None:
            writes.append((Op.RENEW_REPLAY, (sealed, digest, kept)))
    moved = structs.replace(cursor, digest=rows[-1][0].hex(), found=cursor.found + len(writes))
    return Step(Kind.KEYS_RENEWED, f"{len(writes)} kept answers", moved.text, tuple(writes))


async def _past(vault: Vault, cursor: Cursor, now: datetime) -> Step:
    """Takes the older keys out of the rows that keep them."""
    rows = await rows_after(vault, cursor)
    if not rows:
        return _turn(cursor, "past", "latch", now)
    writes: list[Write] = []
    for subject, row in rows:
        if row.name not in KEEPS_PAST:
            continue
        fields = body.unpack(row.body)
        kept = {name: sealed for name, sealed in fields.items() if not name.startswith(PAST)}
        if kept != fields:
            values = (row.version, row.epoch, row.wrapped, body.pack(kept))
            writes.append((Op.RENEW_CLASS, (*values, subject, row.name, row.wrapped)))
    last, row = rows[-1]
    found = cursor.found + len(writes)
    moved = structs.replace(cursor, subject=last.hex(), name=row.name, found=found)
    return Step(Kind.KEYS_RENEWED, f"{len(writes)} older keys are gone", moved.text, tuple(writes))


def _turn(cursor: Cursor, phase: str, following: str, now: datetime) -> Step:
    """The next pass of a phase while the last one found something, else the next phase."""
    if cursor.found:
        return Step(Kind.KEYS_RENEWED, f"{phase}: a pass is complete", cursor.at(phase, now).text)
    return Step(Kind.KEYS_RENEWED, f"{phase}: nothing is left", cursor.at(following, now).text)
