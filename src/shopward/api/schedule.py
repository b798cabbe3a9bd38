"""Begins backups and restore drills when they are due, as the settings say."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Final

from shopward.clock import monotonic_s, to_ms
from shopward.errors import ConflictError
from shopward.settings import BackupSettings
from shopward.vault.backup.place import newest_in
from shopward.vault.backup.schedule import BACKUP, DRILL, Attempt, History
from shopward.vault.jobs import Jobs
from shopward.vault.service import Vault

LOOK_S: Final = 30.0


class Schedule:
    """Looks now and then whether something is due. `histories` are for the metrics."""

    def __init__(self, vault: Vault, jobs: Jobs, settings: BackupSettings) -> None:
        self.histories: dict[str, History] = {}
        self._vault = vault
        self._jobs = jobs
        self._settings = settings
        self._looked_s: float | None = None

    async def look(self) -> None:
        """Begins what is due; asks for nothing when it has looked a moment ago."""
        if self._looked_s is not None and monotonic_s() - self._looked_s < LOOK_S:
            return
        self._looked_s = monotonic_s()
        attempts = [
            Attempt(row.name, row.argument, row.state, row.note, row.started_ms, row.finished_ms)
            for row in await self._jobs.list_()
        ]
        self.histories = {name: History.of(name, attempts) for name in (BACKUP, DRILL)}
        folder, now_ms = self._settings.folder, to_ms(self._vault.moment())
        if folder is None:
            return
        every = timedelta(hours=self._settings.every_hours)
        if self.histories[BACKUP].is_due(now_ms, every):
            await self._begin(BACKUP)
        elif self._settings.drill_every_days and newest_in(folder) is not None:
            every = timedelta(days=self._settings.drill_every_days)
            if self.histories[DRILL].is_due(now_ms, every):
                await self._begin(DRILL)

    async def _begin(self, name: str) -> None:
        with suppress(ConflictError):
            await self._jobs.start(name)

    def gauges(self) -> dict[str, float]:
        """What the metrics tell: when each last succeeded, and whether the last one failed."""
        found: dict[str, float] = {}
        for name, history in self.histories.items():
            slug = name.replace("-", "_")
            good, last = history.good, history.last
            found[f"shopward_{slug}_last_success_seconds"] = (
                good.finished_ms / 1000 if good and good.finished_ms else 0
            )
            found[f"shopward_{slug}_failed"] = int(last is not None and last.state == "failed")
        return found
