"""Begins the key jobs that are due, and the building of indexes: nobody has to think of them.

Asked every second or so. What is under way is left alone, and a job that fails is begun again the
next time it is asked, a minute later.
"""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from typing import Final

from shopward.errors import ConflictError
from shopward.policy import Policy
from shopward.vault.index import BuildIndexes
from shopward.vault.jobs import Jobs
from shopward.vault.outdate import DestroyKeys, due_backups, due_epochs
from shopward.vault.rewrap import Rewrap
from shopward.vault.service import Vault

AGAIN: Final = timedelta(minutes=1)


class KeyDates:
    """Looks after the keys of one vault."""

    def __init__(self, vault: Vault, jobs: Jobs) -> None:
        self._vault = vault
        self._jobs = jobs
        self._begun: dict[str, datetime] = {}
        self._built_for: Policy | None = None

    async def look(self, now: datetime) -> None:
        """Takes over what changed in the keystore, and begins what is due at this moment.

        Raises:
            ShopwardError: The keystore or the store cannot be used now.
        """
        await self._vault.refresh()
        custodian = self._vault.keyring.custodian
        custodian.current_epoch(now)
        state = custodian.state("epoch")
        if state.min < state.current:
            await self._begin(Rewrap.name, now)
        if due_epochs(self._vault, now) or due_backups(self._vault, now):
            await self._begin(DestroyKeys.name, now)
        await self._build(now)

    async def _build(self, now: datetime) -> None:
        """Begins to build what the policy in force names and is not built, or drops."""
        policy = self._vault.policy
        if policy is self._built_for:
            return
        if await self._vault.store.built() == {one.id for one in policy.live}:
            self._built_for = policy
            return
        await self._begin(BuildIndexes.name, now)

    async def _begin(self, name: str, now: datetime) -> None:
        if now - self._begun.get(name, now - AGAIN) < AGAIN:
            return
        self._begun[name] = now
        with contextlib.suppress(ConflictError):
            await self._jobs.start(name)
