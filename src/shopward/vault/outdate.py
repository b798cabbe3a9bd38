"""Job `destroy-keys`: destroys what is past its date, oldest first: epoch keys and old backup keys.

A KEK goes when its epoch has ended, no row is under it any more (it is latched out) and the backup
window is over: from then on no copy of the database made before opens. That is the date on an
erasure's certificate. Time is an argument; the job finds out by itself what is due.
"""

from __future__ import annotations

from datetime import datetime

from shopward.clock import to_ms
from shopward.errors import InvalidError
from shopward.events import Kind
from shopward.store import JobRow
from shopward.vault.custodian import Custodian, Held
from shopward.vault.service import Vault
from shopward.vault.work import Finished, Pause, Step


def due_epochs(vault: Vault, now: datetime) -> list[Held]:
    """The epochs whose KEK is to be destroyed now, oldest first."""
    state = vault.keyring.custodian.state("epoch")
    return [one for one in _due(vault, state.keys, now) if one.number < state.min]


def due_backups(vault: Vault, now: datetime) -> list[Held]:
    """The backup keys that no backup in the window needs any more, oldest first."""
    state = vault.keyring.custodian.state("backup")
    return [one for one in _due(vault, state.keys, now) if one.number < state.current]


def _due(vault: Vault, keys: tuple[Held, ...], now: datetime) -> list[Held]:
    before_ms = to_ms(now - vault.backup_window)
    return [
        one
        for one in keys
        if one.destroyed_ms is None and one.ends_ms is not None and one.ends_ms <= before_ms
    ]


class DestroyKeys:
    """Destroys keys whose date has come."""

    name = "destroy-keys"
    about = "destroys epoch keys and backup keys whose date has come"

    async def plan(self, vault: Vault, argument: str) -> int:
        """One key each.

        Raises:
            InvalidError: There is an argument.
        """
        if argument:
            raise InvalidError("This job takes no argument.", field="argument")
        now = vault.moment()
        return len(due_epochs(vault, now)) + len(due_backups(vault, now))

    async def step(self, vault: Vault, row: JobRow, now: datetime) -> Step | Pause | Finished:
        """One key; destroying it twice is harmless, so a kill between it and its entry is too."""
        custodian = vault.keyring.custodian
        pending = row.cursor.partition(" ")
        if pending[0] == "epoch":
            return self._destroyed(custodian, pending[2], now)
        if epochs := due_epochs(vault, now):
            number = epochs[0].number
            return Step(Kind.KEY_DESTROYED, f"epoch {number} is due", f"epoch {number}")
        if backups := due_backups(vault, now):
            number = backups[0].number
            custodian.latch("backup", number + 1)
            custodian.destroy("backup", number, now)
            return Step(Kind.KEY_DESTROYED, f"backup key {number}", "", done=1)
        return Finished(f"{row.done} keys destroyed")

    def _destroyed(self, custodian: Custodian, number: str, now: datetime) -> Step:
        custodian.destroy("epoch", int(number), now)
        return Step(Kind.EPOCH_DESTROYED, f"epoch {number}", "", done=1)
