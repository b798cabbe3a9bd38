"""What the store could not take: said while it lasts, entered when it is over.

An entry that the data plane owes (its own start, a clock that went back) is not forgotten because
the disk was full at that moment: it is tried again every second, oldest first. After a failure
`store:recovered` is owed too, so that readiness comes back by itself although nobody asks for
anything, and the ledger shows that there was an outage.
"""

from __future__ import annotations

import asyncio

from shopward.api.plane import Plane
from shopward.events import Kind
from shopward.vault.administer import Administer
from shopward.vault.caller import SYSTEM
from shopward.vault.operation import Base


class StoreWatch:
    """Enters what one data plane has to say of itself, now or as soon as the store takes it."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._owed: list[Kind] = []
        self._known_failures = 0
        self._turn = asyncio.Lock()

    async def enter(self, kind: Kind) -> None:
        """Enters it now, or owes it."""
        self._owed.append(kind)
        await self.look()

    async def look(self) -> None:
        """Pays what is owed while the store takes it."""
        async with self._turn:
            self._notice()
            while self._owed and await self._enters(self._owed[0]):
                self._owed.pop(0)
            self._notice()

    def _notice(self) -> None:
        """Owes an entry for failures since the last look, those of the look itself too."""
        failures = self._plane.settler.failures
        if failures != self._known_failures and Kind.STORE_RECOVERED not in self._owed:
            self._owed.append(Kind.STORE_RECOVERED)
        self._known_failures = failures

    async def _enters(self, kind: Kind) -> bool:
        plane = self._plane
        base = Base(plane.vault, SYSTEM, plane.request_id())
        (settled,) = await plane.settler.settle([Administer(base, kind, "data plane")])
        return settled.error is None
