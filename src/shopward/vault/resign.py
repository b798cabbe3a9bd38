"""Job `resign`: a new key signs the ledger, and the old one vouches for it.

    begin   the next key is made; both sign every checkpoint from now on
    enter   the hand-over is an entry that names the new key
    keep    the checkpoint that both signed, and that holds that entry, is kept for verifiers
    latch   the old key signs no more, opens no store, and is destroyed

Receipts from before verify with the old key, as they did. Who trusts the old key comes to the new
one by the kept checkpoint (`ledger.keychain`).
"""

from __future__ import annotations

from datetime import datetime

from shopward.errors import InvalidError, SignatureError
from shopward.events import Kind
from shopward.ledger.checkpoint import open_checkpoint
from shopward.signing import Verifier
from shopward.store import JobRow, Op
from shopward.vault.rotation import Cursor, settling
from shopward.vault.service import Vault
from shopward.vault.work import Finished, Pause, Step


class Resign:
    """Moves the ledger to a new key."""

    name = "resign"
    about = "signs the ledger with a new key, handed over by the old one"

    async def plan(self, vault: Vault, argument: str) -> int:
        """Three steps, however many entries there are.

        Raises:
            InvalidError: There is an argument.
        """
        del vault
        if argument:
            raise InvalidError("This job takes no argument.", field="argument")
        return 3

    async def step(self, vault: Vault, row: JobRow, now: datetime) -> Step | Pause | Finished:
        """One of the four."""
        cursor = Cursor.parse(row.cursor)
        if cursor is None:
            return await self._begin(vault, now)
        if cursor.phase == "done":
            return Finished(f"key {cursor.target} signs the ledger")
        await vault.refresh()
        if (pause := settling(vault, cursor, now)) is not None:
            return pause
        phases = {"enter": self._enter, "keep": self._keep, "latch": self._latch}
        return await phases[cursor.phase](vault, cursor, now)

    async def _enter(self, vault: Vault, cursor: Cursor, now: datetime) -> Step | Pause:
        about = f"key {cursor.target}: {vault.log.vkeys[-1]}"
        after = cursor.at("keep", now)
        return Step(Kind.LEDGER_KEY_HANDED_OVER, about, after.text, done=1)

    async def _keep(self, vault: Vault, cursor: Cursor, now: datetime) -> Step | Pause:
        if not _is_signed_by_all(vault):
            return Pause(0.1)
        values = (cursor.target, vault.log.vkeys[-1], vault.log.note)
        after = cursor.at("latch", now)
        writes = ((Op.PUT_LOG_KEY, values),)
        return Step(Kind.LEDGER_KEY_HANDED_OVER, "kept", after.text, writes, done=1)

    async def _begin(self, vault: Vault, now: datetime) -> Step:
        custodian = vault.keyring.custodian
        state = custodian.state("ledger")
        target = state.min + 1 if state.current > state.min else state.current + 1
        custodian.begin("ledger", target, now)
        await vault.refresh()
        cursor = Cursor(target).at("enter", now)
        return Step(Kind.LEDGER_KEY_BEGUN, f"key {target}", cursor.text)

    async def _latch(self, vault: Vault, cursor: Cursor, now: datetime) -> Step | Pause:
        custodian = vault.keyring.custodian
        custodian.latch("ledger", cursor.target)
        for version in custodian.state("ledger").kept:
            if version < cursor.target:
                custodian.destroy("ledger", version, now)
        await vault.refresh()
        said = f"ledger: keys before {cursor.target} are destroyed"
        return Step(Kind.KEY_DESTROYED, said, cursor.at("done", now).text, done=1)


def _is_signed_by_all(vault: Vault) -> bool:
    """Whether both keys signed the head: another process may have appended with the old alone."""
    try:
        for vkey in vault.log.vkeys:
            open_checkpoint(vault.log.note, Verifier.parse(vkey))
    except SignatureError:
        return False
    return True
