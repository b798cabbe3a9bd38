"""Runs a job of the keys from its beginning to its end, in the test's own process."""

from __future__ import annotations

from shopward.api.works import key_works as works
from shopward.store import JobRow
from shopward.vault.jobs import Jobs
from tests.vault.service_world import World


def jobs(world: World) -> Jobs:
    """A runner for one world."""

    async def make() -> Jobs:
        return Jobs(world.settler, works())

    return world.run(make())


def rotate(world: World, name: str, argument: str = "") -> JobRow:
    """A whole job; its row at the end."""
    runner = jobs(world)
    world.run(runner.start(name, argument))
    world.run(runner.drain())
    row: JobRow = world.run(world.store.jobs())[-1]
    assert row.state == "done", row.note
    return row
