"""Two data planes on one PostgreSQL, and a SIGKILL for whatever is drawn.

- `worker`: one of the first node's two workers; its parent starts another.
- `node`: one of the two; the other goes on, is judged while the first is away, and never waits
  for it.
- `both`: both data planes.
- `backend`: one of PostgreSQL's processes, upon which PostgreSQL ends all sessions and recovers.
- `server`: PostgreSQL as a whole, in mid-request; then it is started again.

The first and the last two are nobody's to mend: the data planes have to come back by themselves.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Final

import psycopg

from shopward_client import UnavailableError
from tests.crash.crowd import Crowd
from tests.crash.inspection import inspect
from tests.crash.judge import Judge
from tests.crash.kills import ROLES, doors_of
from tests.crash.tables import Query
from tests.crash.verdict import BrokenError, Verdict
from tests.crash.witness import Witness
from tests.postgres.keeper import ROLE, Cluster
from tests.scenarios.plane import DataPlane, home, wait_until

LIVES: Final = 20
SHOPPERS: Final = 16
STEPS: Final = 400
ANSWERS: Final = 200
ALONE: Final = 40
"""Answers that the node left over gives before it is judged."""
BACK_S: Final = 60.0
AGAIN_S: Final = 0.2
WORKERS: Final = 2
VICTIMS: Final = ("worker", "worker", "node", "node", "both", "backend", "server")


@dataclass(slots=True)
class Nodes:
    """Many kills around one cluster, and what they cost."""

    seed: int
    verdict: Verdict = field(default_factory=Verdict)
    counts: Counter[str] = field(default_factory=Counter)

    def run(self, kills: int) -> None:
        """`kills` of them, on as many installations as that takes."""
        with own_cluster() as cluster:
            for lineage, start in enumerate(range(0, kills, LIVES)):
                dice = random.Random(f"{self.seed}/{lineage}")  # noqa: S311 - a plan, no secret
                with two_planes(cluster, f"life_{lineage}") as planes:
                    _Life(self, cluster, planes, dice).run(min(LIVES, kills - start))


class _Life:
    """One installation on two nodes through its kills."""

    def __init__(
        self, nodes: Nodes, cluster: Cluster, planes: list[DataPlane], dice: random.Random
    ) -> None:
        self._nodes, self._cluster, self._planes, self._dice = nodes, cluster, planes, dice
        self._witness = Witness()

    def run(self, kills: int) -> None:
        self._planes[0].start(create=True)
        self._credentials = [self._planes[0].credential(role) for role in ROLES]
        self._planes[1].start()
        for number in range(kills):
            self._witness.turn = number
            victim = self._dice.choice(VICTIMS)
            try:
                asyncio.run(self._live(victim))
            except BrokenError as broken:
                self._nodes.verdict.judge("write", holds=False, words=f"{victim}: {broken}")
                return
            self._nodes.counts["kills"] += 1
            self._nodes.counts[f"kills of {victim}"] += 1
            self._bring_back()
        for plane in self._planes:
            asyncio.run(self._judge(plane, everything=True))
            assert plane.stop() == 0
        self._nodes.counts.update(self._witness.counts)

    def _bring_back(self) -> None:
        """Starts what was killed; what was not comes back by itself."""
        for plane in self._planes:
            if plane.process is None:
                plane.start()
            wait_until(lambda plane=plane: _is_ready(plane), BACK_S, plane.words)
        wait_until(lambda: len(_children(_pid(self._planes[0]))) == WORKERS, BACK_S)

    async def _live(self, victim: str) -> None:
        await self._judge(self._dice.choice(self._planes), everything=False)
        async with AsyncExitStack() as stack:
            doors = [
                await stack.enter_async_context(doors_of(plane, self._credentials))
                for plane in self._planes
            ]
            crowd = Crowd(doors, self._witness, self._dice, SHOPPERS)
            target = self._dice.randint(0, ANSWERS)
            await asyncio.gather(crowd.rush(STEPS), self._hurt(crowd, victim, target))
        if victim == "node":
            (left,) = [plane for plane in self._planes if plane.process is not None]
            await self._judge(left, everything=False)

    async def _judge(self, plane: DataPlane, *, everything: bool) -> None:
        """A data plane may have been ready and not yet know that PostgreSQL is away: once more."""
        until_s = time.monotonic() + BACK_S
        while True:
            try:
                self._nodes.verdict.add(await self._verdict(plane, everything=everything))
            except UnavailableError:
                if time.monotonic() > until_s:
                    raise
                await asyncio.sleep(AGAIN_S)
            else:
                return

    async def _verdict(self, plane: DataPlane, *, everything: bool) -> Verdict:
        async with doors_of(plane, self._credentials) as doors:
            judge = Judge(doors, self._witness, self._dice, everything=everything)
            return await inspect(judge, self._planes[0].home / "keys", _rows(plane))

    async def _hurt(self, crowd: Crowd, victim: str, answers: int) -> None:
        await self._answers(answers)
        await asyncio.sleep(self._dice.random() * 0.01)
        if victim == "worker":
            os.kill(self._dice.choice(_children(_pid(self._planes[0]))), signal.SIGKILL)
            await self._answers(ALONE)
        elif victim == "node":
            _kill(self._dice.choice(self._planes))
            await self._answers(ALONE)
        elif victim == "both":
            for plane in self._planes:
                _kill(plane)
        elif victim == "backend":
            os.kill(self._dice.choice(_backends(self._cluster)), signal.SIGKILL)
        else:
            await asyncio.to_thread(kill_server, self._cluster)
        crowd.stop()
        if victim == "server":
            await asyncio.to_thread(self._cluster.start)

    async def _answers(self, more: int) -> None:
        until = len(self._witness.seen) + more
        while len(self._witness.seen) < until:  # noqa: ASYNC110 - the crowd knows of no killer
            await asyncio.sleep(0.0005)


@contextmanager
def own_cluster() -> Iterator[Cluster]:
    """A cluster of our own, that nobody minds to see killed."""
    with home() as folder:
        folder.chmod(0o711)
        cluster = Cluster(folder / "pg")
        cluster.make()
        cluster.start()
        cluster.prepare()
        try:
            yield cluster
        finally:
            with suppress(FileNotFoundError):
                kill_server(cluster)
            shutil.rmtree(cluster.folder)


@contextmanager
def two_planes(cluster: Cluster, database: str) -> Iterator[list[DataPlane]]:
    """Two data planes, not started, with one database and one keystore."""
    cluster.psql(f"CREATE DATABASE {database} OWNER {ROLE}", "postgres")
    url = f"postgresql://{ROLE}@/{database}?host={cluster.folder}&port={cluster.port}"
    with home() as first, home() as second:
        planes = [
            DataPlane.furnish(first, url=url, workers=WORKERS),
            DataPlane.furnish(second, url=url),
        ]
        settings = second / "shopward.toml"
        settings.write_text(settings.read_text().replace('"keys/', f'"{first}/keys/'))
        with closing(planes[0]), closing(planes[1]):
            yield planes


@contextmanager
def _rows(plane: DataPlane) -> Iterator[Query]:
    """Reads the tables behind the back of the data planes."""
    assert plane.database is not None
    with psycopg.connect(plane.database, autocommit=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()  # type: ignore[call-overload]


def _backends(cluster: Cluster) -> list[int]:
    """The processes that serve data planes."""
    sql = f"SELECT pid FROM pg_stat_activity WHERE usename = '{ROLE}' AND pid <> pg_backend_pid()"  # noqa: S608 - our own words
    folder, port = str(cluster.folder), cluster.port
    with psycopg.connect(host=folder, port=port, user=ROLE, dbname="postgres") as connection:
        return [pid for (pid,) in connection.execute(sql).fetchall()]  # type: ignore[call-overload]


def kill_server(cluster: Cluster) -> None:
    """SIGKILL for the postmaster and every process it has started."""
    postmaster = cluster.postmaster()
    pids = (postmaster, *_children(postmaster))
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(map(_is_alive, pids)), BACK_S)
    # Where nobody buries the dead at once, their files would keep a new server from starting.
    (cluster.data / "postmaster.pid").unlink()
    (cluster.folder / f".s.PGSQL.{cluster.port}.lock").unlink(missing_ok=True)


def _kill(plane: DataPlane) -> None:
    """SIGKILL for a node; its workers end by themselves, and hold no door any more."""
    workers = _children(_pid(plane))
    plane.kill()
    wait_until(lambda: not any(map(_is_alive, workers)), BACK_S)


def _is_ready(plane: DataPlane) -> bool:
    with suppress(OSError, HTTPException):
        return plane.ask("GET", "/readyz").status == 200
    return False


def _pid(plane: DataPlane) -> int:
    assert plane.process is not None
    return plane.process.pid


def _children(pid: int) -> list[int]:
    """The living processes that this one started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [child for child in map(int, children) if _is_alive(child)]


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"
