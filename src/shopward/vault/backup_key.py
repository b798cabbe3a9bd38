"""Job `backup-key`: a new key for the backups to come.

Older backups keep theirs until the window is over; then `expire` destroys it.
"""

from __future__ import annotations

from datetime import datetime

from shopward.errors import InvalidError
from shopward.events import Kind
from shopward.store import JobRow
from shopward.vault.service import Vault
from shopward.vault.work import Finished, Pause, Step


class BackupKey:
    """Begins the next backup key; the cursor is its number."""

    name = "backup-key"
    about = "seals the backups to come under a new key"

    async def plan(self, vault: Vault, argument: str) -> int:
        """One step.

        Raises:
            InvalidError: There is an argument.
        """
        del vault
        if argument:
            raise InvalidError("This job takes no argument.", field="argument")
        return 1

    async def step(self, vault: Vault, row: JobRow, now: datetime) -> Step | Pause | Finished:
        """The number is entered first, so that a kill does not make two keys."""
        custodian = vault.keyring.custodian
        if not row.cursor:
            number = custodian.state("backup").current + 1
            return Step(Kind.BACKUP_KEY_BEGUN, f"key {number}", str(number), done=1)
        number = int(row.cursor)
        custodian.begin("backup", number, now)
        custodian.turn("backup", number)
        return Finished(f"backups are sealed under key {number}")
