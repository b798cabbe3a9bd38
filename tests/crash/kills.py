"""SIGKILL of a real `shopward serve` under load, again and again on the same files.

One kill: judge what the last one left, let the crowd work over HTTP, kill the process at a drawn
moment, start it again. Now and then it is killed while it starts, too. The seed draws the plan;
what the scheduler does with it is its own.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import Final

from shopward_client import AsyncClient
from tests.crash.crowd import Crowd, Doors
from tests.crash.inspection import inspect
from tests.crash.judge import Judge
from tests.crash.tables import rows_of
from tests.crash.verdict import BrokenError, Verdict
from tests.crash.witness import Witness
from tests.scenarios.plane import ONCE, DataPlane, home

LIVES: Final = 25
"""Kills that one installation lives through."""
SHOPPERS: Final = 16
STEPS: Final = 400
ANSWERS: Final = 250
"""A kill comes after at most so many answers."""
STARTING_S: Final = 0.6
ROLES: Final = ("shop-backend", "order-system")


@asynccontextmanager
async def doors_of(plane: DataPlane, credentials: list[str]) -> AsyncIterator[Doors]:
    """The doors of a running data plane, for the credentials of `ROLES`."""
    async with AsyncExitStack() as stack:
        clients = [AsyncClient(plane.url, credential=one, retry=ONCE) for one in credentials]
        clients.append(AsyncClient(f"unix:{plane.home / 'admin.sock'}", retry=ONCE))
        yield Doors(*[await stack.enter_async_context(one) for one in clients])


@dataclass(slots=True)
class Kills:
    """Many kills and what they cost."""

    seed: int
    verdict: Verdict = field(default_factory=Verdict)
    counts: Counter[str] = field(default_factory=Counter)

    def run(self, kills: int) -> None:
        """`kills` of them, on as many installations as that takes."""
        for lineage, start in enumerate(range(0, kills, LIVES)):
            dice = random.Random(f"{self.seed}/{lineage}")  # noqa: S311 - a plan, no secret
            with home() as folder, closing(DataPlane.furnish(folder)) as plane:
                _Life(self, plane, dice).run(min(LIVES, kills - start))


class _Life:
    """One installation from its making through its kills."""

    def __init__(self, kills: Kills, plane: DataPlane, dice: random.Random) -> None:
        self._kills, self._plane, self._dice = kills, plane, dice
        self._witness = Witness()

    def run(self, kills: int) -> None:
        self._plane.start(create=True)
        self._credentials = [self._plane.credential(role) for role in ROLES]
        for number in range(kills):
            self._witness.turn = number
            try:
                asyncio.run(self._live(is_last=False))
            except BrokenError as broken:
                self._kills.verdict.judge("write", holds=False, words=str(broken))
                return
            self._kills.counts["kills"] += 1
            if self._dice.random() < 0.2:
                self._kill_while_starting()
            self._plane.start()
        asyncio.run(self._live(is_last=True))
        assert self._plane.stop() == 0
        self._kills.counts.update(self._witness.counts)

    async def _live(self, *, is_last: bool) -> None:
        folder = self._plane.home
        async with doors_of(self._plane, self._credentials) as doors:
            judge = Judge(doors, self._witness, self._dice, everything=is_last)
            rows = rows_of(folder / "store" / "vault.db")
            self._kills.verdict.add(await inspect(judge, folder / "keys", rows))
            if not is_last:
                crowd = Crowd([doors], self._witness, self._dice, SHOPPERS)
                target = len(self._witness.seen) + self._dice.randint(0, ANSWERS)
                delay_s = self._dice.random() * 0.01
                await asyncio.gather(crowd.rush(STEPS), self._kill(target, delay_s))

    async def _kill(self, answers: int, delay_s: float) -> None:
        while len(self._witness.seen) < answers:  # noqa: ASYNC110 - the crowd knows of no killer
            await asyncio.sleep(0.0005)
        await asyncio.sleep(delay_s)
        self._plane.kill()

    def _kill_while_starting(self) -> None:
        process = self._plane.spawn()
        time.sleep(self._dice.random() * STARTING_S)
        process.kill()
        process.wait()
        self._kills.counts["kills"] += 1
        self._kills.counts["kills while starting"] += 1
