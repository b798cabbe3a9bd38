"""Job `rewrap`: what every data key is wrapped under, or, on demand, new data keys for everyone.

At the end of an epoch the survivors' keys are wrapped under the next KEK, bodies untouched; what
was erased meanwhile is not there to be wrapped. With the argument `renew` a new epoch begins at
once and each row gets a new data key and a body sealed under it; with `turn` a new epoch begins at
once and everything is wrapped under it.

- A row is changed only if it is still wrapped in the bytes that were read.
- When a full pass found nothing, the older epochs are latched out: a row that is put back later
  opens nothing, although its KEK is kept until the backup window closes.
- What does not open is left as it is and counted: it would not open afterwards either.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import structs

from shopward.errors import InvalidError, UndecryptableError
from shopward.events import Kind
from shopward.store import ClassRow, JobRow, Op
from shopward.vault import renew
from shopward.vault.rotation import Cursor, rows_after, settling
from shopward.vault.service import Vault
from shopward.vault.work import Finished, Pause, Step, Write

RENEW: Final = "renew"
TURN: Final = "turn"


class Rewrap:
    """Moves every data key to the current epoch."""

    name = "rewrap"
    about = (
        "wraps every data key under the current epoch's key; `turn` begins a new one, `renew` also "
    )
    "makes new data keys"

    async def plan(self, vault: Vault, argument: str) -> int:
        """One record each.

        Raises:
            InvalidError: The argument is neither empty nor `turn` or `renew`.
        """
        if argument not in {"", TURN, RENEW}:
            raise InvalidError("The argument is `turn`, `renew` or nothing.", field="argument")
        return await vault.store.count_records()

    async def step(self, vault: Vault, row: JobRow, now: datetime) -> Step | Pause | Finished:
        """Begin, pass after pass over the records, what hangs on ledger keys, and the latch."""
        cursor = Cursor.parse(row.cursor)
        if cursor is None:
            return self._begin(vault, row, now)
        if cursor.phase == "rows":
            return await self._rows(vault, row, cursor, now)
        if cursor.phase == "latch":
            return await self._latch(vault, cursor, now)
        if cursor.phase == "done":
            skipped = f", {cursor.skipped} did not open" if cursor.skipped else ""
            return Finished(f"all keys are under epoch {cursor.target} or later{skipped}")
        return await renew.step(vault, cursor, now)

    def _begin(self, vault: Vault, row: JobRow, now: datetime) -> Step:
        """The epoch to go to; on demand the present one ends now, so that it can be latched out."""
        custodian = vault.keyring.custodian
        epoch = custodian.current_epoch(now)
        if row.argument:
            begun = custodian.state("epoch").keys[-1].begins_ms > row.started_ms
            epoch = epoch if begun else epoch + 1
            custodian.begin("epoch", epoch, now)
        cursor = Cursor(epoch).at("rows", now)
        return Step(Kind.EPOCH_BEGUN, f"epoch {epoch}", cursor.text)

    async def _rows(self, vault: Vault, row: JobRow, cursor: Cursor, now: datetime) -> Step:
        rows = await rows_after(vault, cursor)
        if not rows:
            return self._pass_end(row, cursor, now)
        writes: list[Write] = []
        skipped = 0
        for subject, record in rows:
            if record.epoch >= cursor.target:
                continue
            try:
                writes.append(_moved(vault, subject, record, row.argument, now))
            except UndecryptableError:
                skipped += 1
        last, record = rows[-1]
        moved = structs.replace(
            cursor,
            subject=last.hex(),
            name=record.name,
            found=cursor.found + len(writes),
            skipped=cursor.skipped + skipped,
        )
        kind = Kind.KEYS_RENEWED if row.argument == RENEW else Kind.KEYS_REWRAPPED
        return Step(kind, f"{len(writes)} keys", moved.text, tuple(writes), done=len(writes))

    def _pass_end(self, row: JobRow, cursor: Cursor, now: datetime) -> Step:
        """Once more while something was found, since it may have been found too early."""
        kind = Kind.KEYS_RENEWED if row.argument == RENEW else Kind.KEYS_REWRAPPED
        if cursor.found:
            again = structs.replace(cursor.at("rows", now), skipped=0)
            return Step(kind, "a pass is complete", again.text)
        following = renew.FIRST if row.argument == RENEW else "latch"
        return Step(kind, "nothing is left", cursor.at(following, now).text)

    async def _latch(self, vault: Vault, cursor: Cursor, now: datetime) -> Step | Pause:
        if (pause := settling(vault, cursor, now)) is not None:
            return pause
        await vault.refresh()
        vault.keyring.custodian.latch("epoch", cursor.target)
        await vault.refresh()
        return Step(Kind.KEYS_LATCHED, f"epoch {cursor.target}", cursor.at("done", now).text)


def _moved(vault: Vault, subject: bytes, record: ClassRow, argument: str, now: datetime) -> Write:
    """The write that moves one row, if it is still what was read."""
    if argument == RENEW:
        return renew.renewed(vault, subject, record, now)
    parts = (record.name, record.version, record.epoch, record.wrapped)
    epoch, wrapped = vault.keyring.rewrap(subject, *parts, now)
    return Op.REWRAP_CLASS, (epoch, wrapped, subject, record.name, record.wrapped)
