"""Readiness, metrics and the housekeeping behind them, on a clock that a test sets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopward import clock
from shopward.api import health, server
from shopward.api.app import App
from shopward.api.assertions import Assertions
from shopward.api.auth import Callers
from shopward.api.plane import Plane
from shopward.api.policy_file import PolicyFile
from shopward.api.schedule import Schedule
from shopward.api.server import Server
from shopward.api.store_watch import StoreWatch
from shopward.errors import UnavailableError
from shopward.events import Kind
from shopward.settings import BackupSettings, Limits, Settings
from shopward.vault.book import Book
from shopward.vault.hook_keys import HookKeys
from shopward.vault.jobs import Jobs
from shopward.vault.journal import journal_of
from shopward.vault.keeper import Keeper
from tests.vault.service_world import EXAMPLE, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as made:
        yield made


@pytest.fixture
def plane(world: World) -> Plane:
    (world.folder / "policy.toml").write_text(EXAMPLE)
    callers = Callers(world.vault.register, world.vault.policy)
    policy_file = PolicyFile(world.folder / "policy.toml")
    jobs = Jobs(world.settler, ())
    assertions = Assertions(world.vault, callers, "shop.example/ledger", clock.now)
    custodian = world.vault.keyring.custodian
    journal = journal_of(world.folder / "erasures", custodian, world.vault.installation)
    return Plane(
        world.vault,
        world.settler,
        Book(world.vault),
        callers,
        assertions,
        policy_file,
        Limits(),
        jobs,
        Keeper(world.vault, journal),
        Schedule(world.vault, jobs, BackupSettings()),
        HookKeys(world.folder / "webhooks.json"),
    )


def _ready(plane: Plane) -> tuple[int, list[str]]:
    answer = health.readyz(plane)
    return answer.status, json.loads(answer.body).get("problems", [])


def _gauge(plane: Plane, name: str) -> float:
    lines = health.metrics(plane).body.decode().splitlines()
    (line,) = [one for one in lines if one.startswith(f"{name} ")]
    return float(line.split()[1])


def _keep_house(world: World, plane: Plane, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server's housekeeping for a moment, a look every few milliseconds."""
    monkeypatch.setattr(server, "LOOK_S", 0.005)
    made = Server(App(plane, "admin"), plane, Settings(), [], None)

    async def keep() -> None:
        task = asyncio.ensure_future(made._keep_house())
        await asyncio.sleep(0.3)
        made.should_exit = True
        await task

    world.run(keep())
    return made


def test_a_data_plane_on_time_is_ready(plane: Plane) -> None:
    assert _ready(plane) == (200, [])
    assert _gauge(plane, "shopward_clock_behind_seconds") == 0


def test_a_clock_that_went_back_is_said_until_it_has_caught_up(world: World, plane: Plane) -> None:
    world.customer()
    world.pass_time(minutes=-10)
    status, problems = _ready(plane)
    assert status == 503
    assert any("clock" in problem for problem in problems)
    assert _gauge(plane, "shopward_clock_behind_seconds") == 600
    world.pass_time(minutes=10)
    assert _ready(plane) == (200, [])


def test_a_moment_behind_is_nothing_to_speak_of(world: World, plane: Plane) -> None:
    world.customer()
    world.pass_time(seconds=-2)
    assert _ready(plane) == (200, [])


def test_a_clock_that_went_back_is_entered_once(
    world: World, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.customer()
    before = world.size
    world.pass_time(hours=-1)
    _keep_house(world, plane, monkeypatch)
    assert world.kinds(before) == ["clock:stepped-back"]
    assert world.times() == sorted(world.times())


def test_housekeeping_goes_on_after_a_store_that_could_not_write(
    world: World, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    stricter = EXAMPLE + '\n[[deny]]\nrole = "*"\npurpose = "*"\nfields = ["city"]\n'
    (world.folder / "policy.toml").write_text(stricter)
    world.store.fail_at[world.store.commits + 1] = UnavailableError(reason="disk-full")
    sound = plane.vault.policy
    _keep_house(world, plane, monkeypatch)
    assert plane.vault.policy is not sound
    assert world.run(world.store.head()).policy == plane.vault.policy.sha256


def _fail_once(world: World) -> None:
    world.store.fail_at[world.store.commits + 1] = UnavailableError(reason="disk-full")


def test_a_store_that_fails_is_said_until_it_takes_something_again(
    world: World, plane: Plane
) -> None:
    _fail_once(world)
    assert isinstance(world.do(world.storing()).error, UnavailableError)
    status, problems = _ready(plane)
    assert status == 503
    assert any("store" in problem for problem in problems)
    assert _gauge(plane, "shopward_store_failing") == 1
    world.customer()
    assert _ready(plane) == (200, [])
    assert _gauge(plane, "shopward_store_failing") == 0


def test_a_failure_of_the_store_is_entered_once_it_is_over(world: World, plane: Plane) -> None:
    watch, before = StoreWatch(plane), world.size
    _fail_once(world)
    world.do(world.storing())
    for _ in range(3):
        world.run(watch.look())
    assert world.kinds(before) == ["store:recovered"]
    assert _ready(plane) == (200, [])


def test_what_could_not_be_entered_is_entered_later_in_its_order(
    world: World, plane: Plane
) -> None:
    watch, before = StoreWatch(plane), world.size
    _fail_once(world)
    world.run(watch.enter(Kind.SERVER_STARTED))
    assert world.kinds(before) == []
    _fail_once(world)
    world.run(watch.look())
    assert world.kinds(before) == []
    world.run(watch.look())
    assert world.kinds(before) == ["server:started", "store:recovered"]


def test_a_store_that_does_not_answer_is_said_after_a_while(
    world: World, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "SLOW_S", 0.0)
    seen: list[tuple[int, list[str]]] = []

    async def look() -> None:
        seen.append(_ready(plane))

    world.store.before_commit = look
    world.customer()
    ((status, problems),) = seen
    assert status == 503
    assert "has not answered" in problems[0]
    assert _ready(plane) == (200, [])


def test_a_drain_is_said(plane: Plane) -> None:
    plane.draining = True
    status, problems = _ready(plane)
    assert status == 503
    assert any("draining" in problem for problem in problems)
    assert _gauge(plane, "shopward_draining") == 1


def test_a_policy_that_was_refused_is_said_and_keeps_nobody_from_working(
    world: World, plane: Plane
) -> None:
    plane.policy_file.path.write_text(EXAMPLE + "\n[fields.shoe]\n")
    for _ in range(3):
        world.run(plane.policy_file.look(world.settler))
    status, problems = _ready(plane)
    assert status == 200
    assert any("fields.shoe" in problem for problem in problems)
    assert _gauge(plane, "shopward_policy_refused") == 1


def test_metrics_count_entries_and_looks(world: World, plane: Plane) -> None:
    before = _gauge(plane, "shopward_ledger_entries")
    world.customer()
    assert _gauge(plane, "shopward_ledger_entries") == before + 1
