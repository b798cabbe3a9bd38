"""Jobs: each step once, whatever is killed or who else works; requests first."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from shopward.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from shopward.events import Kind
from shopward.settings import StoreSettings
from shopward.store import JobRow, Op
from shopward.vault.jobs import LEASE, Jobs
from shopward.vault.service import Vault
from shopward.vault.work import Finished, Pause, Step
from tests.vault.service_world import World


@dataclass
class Count:
    """Counts to its argument, a number a step, each written as a revoked caller nobody has."""

    name: str = "count"
    about: str = "counts"
    seen: list[str] = field(default_factory=list)
    fails_at: dict[str, Exception] = field(default_factory=dict)
    pauses: int = 0

    async def plan(self, vault: Vault, argument: str) -> int:
        del vault
        if not argument.isdigit():
            raise InvalidError("Count to what?", field="argument")
        return int(argument)

    async def step(self, vault: Vault, row: JobRow, now: datetime) -> Step | Pause | Finished:
        del vault, now
        if self.pauses:
            self.pauses -= 1
            return Pause(0.01)
        if row.done >= row.total:
            return Finished("counted")
        at = row.cursor or "0"
        if at in self.fails_at:
            raise self.fails_at.pop(at)
        self.seen.append(at)
        writes = ((Op.REVOKE_CALLER, (1, bytes(32), at)),)
        return Step(Kind.CALLER_REVOKED, at, str(int(at) + 1), writes, done=1)


@pytest.fixture
def world(place: StoreSettings, tmp_path: Path) -> Iterator[World]:
    with World(tmp_path, place=place) as made:
        yield made


def jobs(world: World, work: Count) -> Jobs:
    async def make() -> Jobs:
        return Jobs(world.settler, [work])

    return world.run(make())


def only(world: World) -> JobRow:
    return only_row(world.run(world.store.jobs()))


def only_row(rows: list[JobRow]) -> JobRow:
    (row,) = rows
    assert isinstance(row, JobRow)
    return row


def test_a_job_takes_its_steps_in_order_and_each_is_an_entry(world: World) -> None:
    work, size = Count(pauses=2), world.size
    runner = jobs(world, work)
    world.run(runner.start("count", "3"))
    world.run(runner.drain())
    row = only(world)
    assert (row.id, row.state, row.done, row.note) == ("count-1", "done", 3, "counted")
    assert row.finished_ms is not None
    assert work.seen == ["0", "1", "2"]
    assert world.kinds(size) == ["job:started", *["caller:revoked"] * 3, "job:finished"]
    assert world.details(size + 1)["about"] == "count-1 0"


def test_what_was_under_way_goes_on_after_a_restart_and_no_step_is_taken_twice(
    world: World,
) -> None:
    work = Count()
    world.run(jobs(world, work).start("count", "4"))
    for expected in range(1, 5):
        runner = jobs(world, work)
        world.run(runner._take())
        world.run(runner._turn(only_held(runner)))
        assert only(world).done == expected
        world.reopen()
        outlive(world)
    world.run(jobs(world, work).drain())
    assert only(world).state == "done"
    assert work.seen == ["0", "1", "2", "3"]
    assert world.kinds().count("job:resumed") == 4


def outlive(world: World) -> None:
    """Where another process may have a job still, its lease has to end first."""
    if not world.vault.store.is_exclusive:
        world.pass_time(seconds=LEASE.total_seconds() + 1)


def only_held(runner: Jobs) -> JobRow:
    (row,) = runner._held.values()
    return row


def test_a_step_prepared_on_an_older_row_is_not_committed(world: World) -> None:
    first, second = Count(), Count()
    one, other = jobs(world, first), jobs(world, second)
    world.run(one.start("count", "2"))
    world.run(one._take())
    world.run(other._take())
    world.run(one._turn(only_held(one)))
    world.run(other._turn(only_held(other)))
    row = only(world)
    assert (row.done, row.cursor) == (1, "1")
    assert other._held == {}
    assert world.kinds().count("caller:revoked") == 1


def test_a_lease_keeps_other_processes_away_until_it_ends(world: World) -> None:
    one, other = jobs(world, Count()), jobs(world, Count())
    world.store._inner.is_exclusive = False
    world.run(one.start("count", "3"))
    world.run(one._take())
    world.run(one._turn(only_held(one)))
    assert world.run(other._take()) is False
    world.pass_time(seconds=LEASE.total_seconds() + 1)
    assert world.run(other._take()) is True
    assert world.run(one._take()) is False
    world.run(other.drain())
    assert only(world).state == "done"


def test_a_store_that_cannot_write_delays_a_job_and_ends_nothing(world: World) -> None:
    work = Count(fails_at={"1": UnavailableError("not now")})
    runner = jobs(world, work)
    world.run(runner.start("count", "3"))
    world.run(runner._take())
    world.run(runner._turn(only_held(runner)))
    world.run(runner._turn(only_held(runner)))
    assert only(world).state == "running"
    world.run(runner.drain())
    assert only(world).state == "done"
    assert work.seen == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("error", "note"), [(NotFoundError(), "not-found"), (RuntimeError("a secret"), "internal")]
)
def test_a_job_that_fails_says_so_without_a_value(
    world: World, error: Exception, note: str, caplog: pytest.LogCaptureFixture
) -> None:
    runner = jobs(world, Count(fails_at={"1": error}))
    world.run(runner.start("count", "3"))
    world.run(runner.drain())
    row = only(world)
    assert (row.state, row.note, row.done) == ("failed", note, 1)
    assert world.kinds()[-1] == "job:failed"
    assert "secret" not in caplog.text


def test_a_cancelled_job_stands_and_can_be_begun_again(world: World) -> None:
    work = Count()
    runner = jobs(world, work)
    world.run(runner.start("count", "3"))
    world.run(runner._take())
    world.run(runner._turn(only_held(runner)))
    row, settled = world.run(runner.cancel("count-1"))
    assert (row.state, row.done) == ("cancelled", 1)
    assert settled.position == world.size - 1
    world.run(runner.drain())
    assert work.seen == ["0"]
    again, _ = world.run(runner.start("count", "1"))
    assert again.id == "count-2"
    world.run(runner.drain())
    assert [one.state for one in world.run(world.store.jobs())] == ["cancelled", "done"]


def test_a_job_is_cancelled_while_its_steps_are_committed(world: World) -> None:
    runner = jobs(world, Count())
    world.run(runner.start("count", "100000"))

    async def cancel_amid() -> tuple[JobRow, JobRow]:
        runner.run()
        while not only_row(await world.store.jobs()).done:  # noqa: ASYNC110 - a job tells nobody
            await asyncio.sleep(0)
        row, _ = await runner.cancel("count-1")
        await asyncio.sleep(0.05)
        await runner.close()
        return row, only_row(await world.store.jobs())

    answered, kept = world.run(cancel_amid())
    assert answered == kept
    assert kept.state == "cancelled"
    assert world.kinds()[-1] == "job:cancelled"


def test_what_is_over_cannot_be_cancelled(world: World) -> None:
    runner = jobs(world, Count())
    world.run(runner.start("count", "1"))
    world.run(runner.drain())
    size = world.size
    with pytest.raises(ConflictError, match="over"):
        world.run(runner.cancel("count-1"))
    assert world.size == size


def test_one_job_of_a_name_at_a_time(world: World) -> None:
    runner = jobs(world, Count())
    first, entered = world.run(runner.start("count", "3"))
    again, nothing = world.run(runner.start("count", "3"))
    assert (again.id, nothing) == (first.id, None)
    assert entered is not None
    with pytest.raises(ConflictError):
        world.run(runner.start("count", "4"))


def test_what_makes_no_sense_is_refused_and_not_entered(world: World) -> None:
    runner, size = jobs(world, Count()), world.size
    with pytest.raises(InvalidError):
        world.run(runner.start("dance"))
    with pytest.raises(InvalidError):
        world.run(runner.start("count", "far"))
    with pytest.raises(NotFoundError):
        world.run(runner.cancel("count-1"))
    assert world.size == size


def test_it_works_in_the_background_and_stops_between_two_steps(world: World) -> None:
    async def story() -> JobRow:
        runner = Jobs(world.settler, [Count()])
        runner.run()
        await runner.start("count", "200")
        while (await world.store.jobs())[0].done < 3:  # noqa: ASYNC110 - only the row tells
            await asyncio.sleep(0.001)
        await runner.close()
        (row,) = await world.store.jobs()
        assert isinstance(row, JobRow)
        return row

    row = world.run(story())
    assert row.state == "running"
    assert row.cursor == str(row.done)
