"""The index linter: the attack guesses what it should, the verdict follows, nothing is written."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopward.errors import InvalidError
from shopward.policy import Way
from shopward.settings import StoreSettings
from shopward.vault import lint, rotation
from shopward.vault.frequency import Attack, attack, by_parts, by_rank, by_tree, perfect
from shopward.vault.lint import verdict
from tests.vault.jobs_by_hand import jobs, rotate
from tests.vault.service_world import EXAMPLE, World

UNUSED = EXAMPLE.replace('accepts_leak = "example: the', '# accepts_leak = "example: the')
NAMES = ("smith", "jones", "taylor", "brown", "wilson", "evans", "thomas", "roberts")
PREFIX = "prefix-folded:last_name"


def skewed(scale: int) -> Counter[str]:
    """Each name half as frequent as the one before."""
    return Counter({name: scale >> at for at, name in enumerate(NAMES)})


@pytest.fixture
def world(place: StoreSettings, tmp_path: Path) -> Iterator[World]:
    """On each engine; the prefix index is named and not used."""
    with World(tmp_path, UNUSED, place) as made:
        yield made


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "SETTLE_S", 0.0)


def test_every_name_of_a_skewed_field_falls() -> None:
    table, seen = skewed(1024), skewed(2048)
    total = sum(seen.values())
    assert by_rank(table, seen) == by_tree(table, seen) == total
    found = attack(Way.EXACT, table, seen)
    assert found.by_table == total
    assert found.share == 1.0
    assert verdict(found).endswith("refuses")


def test_values_that_nobody_shares_do_not_fall() -> None:
    table = Counter({f"a{at}@example.com": 1 for at in range(2000)})
    seen = Counter({f"b{at}@example.com": 1 for at in range(2000)})
    for way in (Way.EXACT, Way.COMPOUND):
        found = attack(way, table, seen)
        assert (found.by_table, found.perfect) == (0, 1)
        assert verdict(found).endswith("agrees")


def test_equal_counts_fall_no_more_than_chance_lets_them() -> None:
    even = Counter({f"name{at}": 10 for at in range(500)})
    found = attack(Way.EXACT, even, even)
    assert found.perfect == 20
    assert found.by_table <= 50


def test_beginnings_give_away_what_ranks_alone_do_not() -> None:
    table = Counter({"aa1": 60, "aa2": 40, "bb1": 30, "bb2": 25})
    seen = Counter({"aa1": 60, "aa2": 26, "bb1": 30, "bb2": 25})
    assert by_rank(table, seen) == 60 + 25
    assert by_tree(table, seen) == sum(seen.values())
    assert attack(Way.PREFIX, table, seen).by_table == sum(seen.values())
    assert attack(Way.EXACT, table, seen).by_table == 60 + 25


def test_a_value_falls_with_all_its_parts() -> None:
    table = Counter({"abc": 90, "xyz": 50, "pqr": 10})
    seen = Counter({"abc": 80, "xyz": 11, "pqr": 12})
    assert by_parts(table, seen) == 80
    assert by_parts(table, Counter({"abc": 80, "ab": 3})) == 80


def test_what_one_knows_who_knows_every_count() -> None:
    assert perfect(Counter()) == 0
    assert perfect(Counter({"a": 5, "b": 3, "c": 3, "d": 1, "e": 1})) == 5 + 3 + 1


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (Attack(2000, 1000, 10, 20), "agrees"),
        (Attack(2000, 1000, 11, 20), "warns"),
        (Attack(2000, 1000, 0, 200), "warns"),
        (Attack(2000, 1000, 0, 201), "refuses"),
        (Attack(999, 500, 0, 1), "refuses"),
        (Attack(0, 0, 0, 0), "refuses"),
    ],
)
def test_the_verdict_follows_the_worse_figure(found: Attack, word: str) -> None:
    assert verdict(found).endswith(word)


def test_an_index_is_attacked_before_it_is_used_and_no_value_is_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lint, "LEAST_CUSTOMERS", 20)
    people = [
        {"last_name": name.title(), "postcode": f"1{at:04}"}
        for at, name in enumerate(["Lovelace"] * 20 + ["Byron"] * 9 + ["Ada"])
    ]
    tokens = [world.customer(person) for person in people]
    world.do(world.erasing(tokens[0]))
    before = world.size
    row = rotate(world, "lint", PREFIX)
    assert row.note.endswith("refuses")
    assert "100.00 % by one who knows every count" in row.note
    told = json.dumps([world.details(at) for at in range(before, world.size)])
    for name in ("lovelace", "Lovelace", "byron", "Byron"):
        assert name not in told
    row = rotate(world, "lint", "compound-folded:last_name+postcode")
    assert "3.45 % by one who knows every count" in row.note
    assert row.note.endswith("warns")


def test_a_count_that_a_restart_lost_begins_anew(world: World) -> None:
    for at in range(5):
        world.customer({"last_name": f"Lovelace {at}"})
    world.run(jobs(world).start("lint", PREFIX))
    first = jobs(world)
    world.run(first._take())
    for _ in range(2):
        for row in list(first._held.values()):
            first._not_before_s.clear()
            world.run(first._turn(row))
    world.pass_time(minutes=5)
    world.run(jobs(world).drain())
    (row,) = world.run(world.store.jobs())
    assert row.state == "done", row.note
    assert "% by one who knows every count: too few to tell" in row.note


def test_an_index_that_the_policy_does_not_name_is_refused(world: World) -> None:
    with pytest.raises(InvalidError):
        world.run(jobs(world).start("lint", "exact:city"))
    with pytest.raises(InvalidError):
        world.run(jobs(world).start("lint", ""))
