"""Budgets: so many customers a day and looks a minute pass, whatever meets or restarts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopward.errors import DeniedError, ShopwardError
from shopward.settings import StoreSettings
from shopward.vault.caller import Caller
from shopward.vault.explain import Explain
from shopward.vault.operation import Operation, Settled
from shopward.vault.search import Search
from tests.postgres.engine import Engine, sql
from tests.vault.service_world import EXAMPLE, World
from tests.vault.test_service_races import meanwhile

LIMIT = 5
BOUND = f"""
[[budget]]
role = "shop-backend"
purpose = "account"
customers_per_day = {LIMIT}
"""
HASTY = """
[[budget]]
role = "shop-backend"
purpose = "account"
reads_per_minute = 3
"""


@pytest.fixture
def world(place: StoreSettings, tmp_path: Path) -> Iterator[World]:
    with World(tmp_path, EXAMPLE + BOUND, place=place) as made:
        yield made


def customers(world: World, count: int, at: int = 0) -> list[str]:
    return [
        world.customer({"first_name": "Ada", "email": f"a{at + number}@example.com"})
        for number in range(count)
    ]


def reason(settled: Settled) -> str | None:
    return settled.error.reason if isinstance(settled.error, ShopwardError) else None


def looks(world: World, subjects: list[str], who: Caller | str = "shop-backend") -> list[Operation]:
    return [world.revealing(one, "first_name", role=who) for one in subjects]


def reasons(world: World, *operations: Operation) -> list[str | None]:
    return [reason(one) for one in world.settle(*operations)]


def counted(world: World) -> int:
    found: int = sql(world.place, "SELECT count(*) FROM seen")[0][0]
    return found


def test_so_many_customers_pass_and_no_more_all_at_once(world: World) -> None:
    subjects = customers(world, 3 * LIMIT)
    found = reasons(world, *looks(world, subjects))
    assert found.count(None) == LIMIT == counted(world)
    assert set(found) == {None, "customers-spent"}
    assert found[:LIMIT] == [None] * LIMIT


def test_a_second_look_at_a_customer_costs_nothing(world: World) -> None:
    subjects = customers(world, LIMIT + 1)
    assert reasons(world, *looks(world, subjects[:LIMIT] * 3)) == [None] * 3 * LIMIT
    assert counted(world) == LIMIT
    assert reasons(world, *looks(world, subjects)) == [None] * LIMIT + ["customers-spent"]


def test_the_refusal_is_entered_and_says_when_it_opens_again(world: World) -> None:
    subjects = customers(world, LIMIT + 1)
    refused = world.settle(*looks(world, subjects))[-1]
    assert isinstance(refused.error, DeniedError)
    assert "until 2026-06-02 00:00 in Europe/Berlin" in refused.error.detail
    assert world.details(refused.position)["reason"] == "customers-spent"
    world.now = datetime(2026, 6, 1, 22, 0, tzinfo=UTC)
    assert reasons(world, *looks(world, subjects[-1:])) == [None]


def test_it_holds_over_a_restart(world: World) -> None:
    subjects = customers(world, LIMIT + 2)
    assert reasons(world, *looks(world, subjects[: LIMIT - 1])) == [None] * (LIMIT - 1)
    world.reopen()
    found = reasons(world, *looks(world, subjects))
    assert found == [None] * LIMIT + ["customers-spent"] * 2


def test_callers_and_purposes_have_budgets_of_their_own(world: World) -> None:
    subjects = customers(world, LIMIT)
    other = world.caller("shop-backend")
    other = type(other)("other-id", other.name, other.role)
    world.vault.register.add(world.vault.register.rows["shop-backend-id"])
    row = world.vault.register.rows["shop-backend-id"]
    world.vault.register.add(type(row)(other.id, *_rest(row)))
    more = customers(world, LIMIT, at=LIMIT)
    assert reasons(world, *looks(world, subjects)) == [None] * LIMIT
    assert reasons(world, *looks(world, more, other)) == [None] * LIMIT
    assert reasons(world, *looks(world, more)) == ["customers-spent"] * LIMIT
    assert reasons(world, *looks(world, subjects, other)) == ["customers-spent"] * LIMIT


def _rest(row: object) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in row.__struct_fields__[1:])  # type: ignore[attr-defined]


def test_what_another_process_counted_in_between_counts(world: World) -> None:
    subjects = customers(world, LIMIT + 1)
    world.settle(*looks(world, subjects[: LIMIT - 1]))
    world.store.is_exclusive = False
    meanwhile(world, world.revealing(subjects[-2], "first_name"))
    seen = world.do(world.revealing(subjects[-1], "first_name"))
    assert (reason(seen), seen.value) == ("customers-spent", None)
    assert counted(world) == LIMIT


def test_a_search_that_finds_somebody_counts(world: World) -> None:
    customers(world, LIMIT + 1)
    found = reasons(world, *[world.searching(f"a{at}@example.com") for at in range(LIMIT + 1)])
    assert found == [None] * LIMIT + ["customers-spent"]


def test_a_spent_budget_does_not_tell_who_is_a_customer(world: World) -> None:
    assert reasons(world, world.searching("nobody@example.com")) == [None]
    world.settle(*looks(world, customers(world, LIMIT)))
    customers(world, 1, at=LIMIT)
    for address in ("nobody@example.com", f"a{LIMIT}@example.com"):
        assert reasons(world, world.searching(address)) == ["customers-spent"]
        by_mail = world.revealing(f"email:{address}", "first_name")
        assert reasons(world, by_mail) == ["customers-spent"]


def test_a_refused_look_costs_nothing(world: World) -> None:
    subjects = customers(world, LIMIT)
    denied = [world.revealing(one, "note") for one in subjects]
    assert set(reasons(world, *denied)) == {"field-not-allowed"}
    assert counted(world) == 0


def test_an_erased_customer_is_not_remembered(world: World) -> None:
    subjects = customers(world, LIMIT + 1)
    world.settle(*looks(world, subjects[:LIMIT]))
    world.settle(world.revealing(subjects[0], "first_name"), world.erasing(subjects[0]))
    assert counted(world) == LIMIT - 1
    assert reasons(world, *looks(world, subjects[-1:])) == [None]


def test_a_look_and_an_erasure_that_meet_leave_no_row(world: World) -> None:
    (subject,) = customers(world, 1)
    by_mail = world.revealing("email:a0@example.com", "first_name")
    assert reasons(world, by_mail, world.erasing(subject)) == [None, None]
    assert counted(world) == 0


def test_a_warning_is_entered_at_four_fifths_once(world: World) -> None:
    subjects = customers(world, LIMIT)
    before = world.size
    for one in subjects:
        world.do(world.revealing(one, "first_name"))
    world.do(world.revealing(subjects[0], "first_name"))
    assert world.kinds(before).count("budget:low") == 1
    at = before + world.kinds(before).index("budget:low")
    assert world.details(at)["about"] == "shop-backend-id account 4/5"
    assert world.details(at)["actor"] == "shopward"


def test_past_days_are_forgotten(world: World) -> None:
    subjects = customers(world, 2)
    world.do(world.revealing(subjects[0], "first_name"))
    world.pass_time(days=3)
    world.do(world.revealing(subjects[1], "first_name"))
    assert counted(world) == 1


def test_explain_agrees_and_tells_what_is_used(world: World) -> None:
    world.load_policy(
        (EXAMPLE + BOUND).replace(
            'may = ["store", "update", "reveal", "search", "erase"]',
            'may = ["store", "update", "reveal", "search", "erase", "explain"]',
        )
    )
    subjects = customers(world, LIMIT + 1)
    world.settle(*looks(world, subjects[:LIMIT]))
    for subject, wanted in ((subjects[-1], "customers-spent"), (subjects[0], None)):
        alias = world.vault.token_digest("#token", subject)
        ask = ("reveal", None, ("first_name",), "account", None)
        told = world.do(Explain(world.base("shop-backend"), alias, *ask)).value
        assert (told.deny.reason if told.deny else None) == wanted
        assert any("look at 5 customers a day" in words for _, _, words in told.steps)
        assert reason(world.do(world.revealing(subject, "first_name"))) == wanted


def test_so_many_looks_a_minute_pass(tmp_path: Path) -> None:
    with World(tmp_path, EXAMPLE + HASTY) as world:
        subjects = customers(world, 1)
        assert reasons(world, *looks(world, subjects * 4)) == [None] * 3 + ["reads-spent"]
        world.pass_time(seconds=59)
        assert reasons(world, *looks(world, subjects)) == ["reads-spent"]
        world.pass_time(seconds=1)
        assert reasons(world, *looks(world, subjects)) == [None]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_whatever_comes_in_whatever_groups_exactly_so_many_customers_pass(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("budget")
    with World(folder, EXAMPLE + BOUND, engine.place(folder)) as world:
        subjects = customers(world, LIMIT + 3)
        passed: set[str] = set()
        for _ in range(data.draw(st.integers(1, 4))):
            group = data.draw(st.lists(st.sampled_from(subjects), min_size=1, max_size=12))
            answers = world.settle(*looks(world, group))
            passed |= {one for one, seen in zip(group, answers, strict=True) if not seen.error}
            assert len(passed) <= LIMIT
            refused = {one for one, seen in zip(group, answers, strict=True) if seen.error}
            assert not refused & passed
            assert not refused or len(passed) == LIMIT
            if data.draw(st.booleans()):
                world.reopen()
        assert counted(world) == len(passed)
    engine.drop(folder)


def test_a_search_operation_is_counted_like_a_reveal(world: World) -> None:
    (subject,) = customers(world, 1)
    alias = world.vault.index_digest("email", "a0@example.com")
    world.do(Search(world.base("shop-backend"), alias, "email", "account", None))
    world.do(world.revealing(subject, "first_name"))
    assert counted(world) == 1
