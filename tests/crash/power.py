"""Power cuts: the real vault in this process on a disk that loses what was not synced.

One cut: open what the last cut left, judge it, let the crowd work, cut the power at a drawn
operation of the disk (or while the vault is still opening), and lay out what a disk may be left
with. An installation lives through many cuts, so that the damage of one may show at a later one.
"""

from __future__ import annotations

import asyncio
import random
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from unittest import mock

import apsw
import httpx2

from shopward import settings
from shopward.api.server import offline
from shopward.errors import ShopwardError
from shopward.store import schema
from shopward_client import AsyncClient, Retry
from shopward_client import errors as client_errors
from tests.crash.crowd import Crowd, Doors
from tests.crash.disk import Disk, mounted
from tests.crash.inspection import inspect
from tests.crash.judge import Judge
from tests.crash.tables import rows_of
from tests.crash.verdict import BrokenError, Verdict
from tests.crash.witness import Witness
from tests.scenarios.plane import DataPlane, home

LIVES: Final = 20
"""Cuts that one installation lives through."""
SHOPPERS: Final = 8
STEPS: Final = 20
OPERATIONS: Final = 900
OPENING: Final = 60
URL: Final = "http://127.0.0.1:1"


@dataclass(slots=True)
class Power:
    """Many cuts; `pragma` replaces one of the store's own, `kind` is the kind of disk."""

    seed: int
    pragma: tuple[str, str] | None = None
    kind: str = ""
    verdict: Verdict = field(default_factory=Verdict)
    counts: Counter[str] = field(default_factory=Counter)

    def run(self, cuts: int) -> None:
        """`cuts` of them, on as many installations as that takes."""
        for lineage, start in enumerate(range(0, cuts, LIVES)):
            life = _Life(self, random.Random(f"{self.seed}/{lineage}"))  # noqa: S311 - a plan
            life.run(min(LIVES, cuts - start))

    def checkpoint_pages(self, dice: random.Random) -> str:
        """How often SQLite moves the WAL into the file: mostly far more often than in service."""
        return f"PRAGMA wal_autocheckpoint={dice.choice((8, 30, 100, 4000))}"


class _Life:
    """One installation from its making through its cuts."""

    def __init__(self, power: Power, dice: random.Random) -> None:
        self._power, self._dice = power, dice
        self._witness = Witness()
        self._credentials: dict[str, str] = {}

    def run(self, cuts: int) -> None:
        with home() as folder:
            DataPlane.furnish(folder)
            self._home, self._settings = folder, settings.load(folder / "shopward.toml")
            for number in range(cuts):
                self._witness.turn = number
                self._live(self._cut_at(number))
                if self._power.verdict.broken:
                    return  # what follows would only say it again
            self._live(None)
            self._power.counts.update(self._witness.counts)

    def _cut_at(self, number: int) -> int:
        if number and self._dice.random() < 0.2:
            self._power.counts["cuts while opening"] += 1
            return self._dice.randint(1, OPENING)
        return self._dice.randint(30 if number else 120, OPERATIONS)

    def _live(self, cut_at: int | None) -> None:
        """Until the power is cut; None judges everything and ends in order."""
        folder = self._home / "store"
        disk = Disk(folder, cut_at=cut_at, kind=self._power.kind)
        with mounted(disk), _pragmas(self._power, self._dice):
            asyncio.run(self._work(disk, is_last=cut_at is None))
        if cut_at is None:
            return
        self._power.counts["cuts"] += 1
        left = self._home / "left"
        disk.survive(left, self._dice)
        self._power.counts.update(disk.counts)
        shutil.rmtree(folder)
        left.rename(folder)

    async def _work(self, disk: Disk, *, is_last: bool) -> None:
        try:
            async with self._open() as doors:
                judge = Judge(doors, self._witness, self._dice, everything=is_last)
                self._power.verdict.add(
                    await inspect(
                        judge, self._home / "keys", rows_of(self._home / "store" / "vault.db")
                    )
                )
                crowd = Crowd([doors], self._witness, self._dice, SHOPPERS)
                if not is_last:
                    await crowd.rush(STEPS)
                    disk.cut()
        except (ShopwardError, apsw.Error, client_errors.ShopwardError, BrokenError) as error:
            if not disk.is_off:  # a vault that does not open has lost everything
                words = f"it does not work any more: {error}"
                self._power.verdict.judge("write", holds=False, words=words)
                disk.cut()

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Doors]:
        async with offline(self._settings) as application:
            operator = _client(application.admin)
            for role in ("shop-backend", "order-system"):
                if role not in self._credentials:
                    made = await operator.add_caller(role, role)
                    self._credentials[role] = made.credential
                    self._witness.see(made.receipt, "caller:added", "callers made")
            shop, orders = (
                _client(application.app, self._credentials[role])
                for role in ("shop-backend", "order-system")
            )
            yield Doors(shop, orders, operator)


def _client(application: Any, credential: str | None = None) -> AsyncClient:
    transport = httpx2.ASGITransport(application)
    return AsyncClient(URL, credential=credential, retry=Retry(attempts=1), transport=transport)


@contextmanager
def _pragmas(power: Power, dice: random.Random) -> Iterator[None]:
    """The store's own pragmas, with checkpoints far more often."""
    own = [one for one in schema.PRAGMAS if "wal_autocheckpoint" not in one]
    if power.pragma is not None:
        assert power.pragma[0] in own
        own[own.index(power.pragma[0])] = power.pragma[1]
    with mock.patch.object(schema, "PRAGMAS", (*own, power.checkpoint_pages(dice))):
        yield
