"""Time as the vault sees it: it never goes back, and what ran out stays run out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shopward.clock import to_ms
from shopward.errors import ConfigError, ConflictError, DeniedError
from shopward.settings import StoreSettings
from shopward.vault.opening import Opening, open_vault
from tests.postgres.engine import sql
from tests.vault.service_world import EXAMPLE, PERSON, START, World

OTHER = PERSON | {"email": "bob@example.com", "phone": "+493090182001"}
AGES = """
[fields.born]
title = "date of birth"
category = "user.demographic.date_of_birth"
retention = "account"
type = "date"

[[allow]]
role = "shop-backend"
purpose = "account"
fields = ["born"]
show = "ageband"
"""


@pytest.fixture
def world(place: StoreSettings, tmp_path: Path) -> Iterator[World]:
    with World(tmp_path, place=place) as made:
        yield made


def _look(world: World, subject: str, fact: str) -> str | None:
    """Why the warehouse may not look; None when it may."""
    look = world.revealing(subject, "city", role="warehouse", purpose="fulfil", fact=fact)
    error = world.do(look).error
    assert error is None or isinstance(error, DeniedError)
    return error.reason if error else None


def test_a_fact_holds_until_the_very_moment_it_expires(world: World) -> None:
    subject = world.customer()
    world.do(world.stating("order:1", subject, expires=START + timedelta(hours=1)))
    world.now = START + timedelta(hours=1, milliseconds=-1)
    assert _look(world, subject, "order:1") is None
    world.now = START + timedelta(hours=1)
    assert _look(world, subject, "order:1") == "fact-expired"


def test_an_expired_fact_stays_expired_when_the_clock_goes_back(world: World) -> None:
    subject = world.customer()
    world.do(world.stating("order:1", subject, expires=START + timedelta(hours=1)))
    world.pass_time(hours=2)
    assert _look(world, subject, "order:1") == "fact-expired"
    world.pass_time(hours=-2)
    assert _look(world, subject, "order:1") == "fact-expired"
    world.reopen()
    assert _look(world, subject, "order:1") == "fact-expired"


def test_the_ledgers_time_does_not_go_back(world: World) -> None:
    world.customer()
    for hours in (3, -5, 1, -30 * 24, 4):
        world.pass_time(hours=hours)
        world.do(world.searching("nobody@example.com"))
    times = world.times()
    assert times == sorted(times)
    assert times[-1] == to_ms(START + timedelta(hours=3))


def test_a_clock_behind_the_ledger_is_noticed_by_how_much(world: World) -> None:
    world.customer()
    assert world.vault.behind_s() == 0
    world.pass_time(hours=-1)
    assert world.vault.behind_s() == 3600
    world.pass_time(hours=2)
    assert world.vault.behind_s() == 0


def test_a_restart_with_the_clock_behind_goes_on_where_the_ledger_was(world: World) -> None:
    subject = world.customer()
    before = world.size
    world.now = datetime(2020, 1, 1, tzinfo=UTC)
    world.reopen()
    assert world.do(world.revealing(subject)).error is None
    world.do(world.storing(OTHER))
    assert world.times() == sorted(world.times())
    assert world.size > before


def test_an_idempotency_key_is_forgotten_after_its_time_and_not_before(world: World) -> None:
    first = world.do(world.storing(key="once"))
    world.pass_time(hours=23, minutes=59)
    again = world.do(world.storing(key="once"))
    assert again.replayed
    assert again.value[0] == first.value[0]
    world.pass_time(minutes=2)
    late = world.do(world.storing(key="once"))
    assert not late.replayed
    assert isinstance(late.error, ConflictError)
    assert late.error.reason == "already-taken"


def test_forgotten_keys_leave_the_store(world: World) -> None:
    world.do(world.storing(key="first"))
    world.pass_time(hours=25)
    world.do(world.storing(OTHER, key="second"))
    rows = sql(world.place, "SELECT count(*) FROM replay")
    assert rows == [(1,)]


def test_customers_of_earlier_epochs_still_open(world: World) -> None:
    subjects = []
    for week in range(4):
        number = f"+4930901821{week:02}"
        fields = PERSON | {"email": f"ada{week}@example.com", "phone": number}
        subjects.append(world.customer(fields))
        world.pass_time(days=7)
    epochs = {row[0] for row in sql(world.place, "SELECT epoch FROM record")}
    assert len(epochs) == 4
    world.reopen()
    for subject in subjects:
        assert world.do(world.revealing(subject)).value == (subject, {"city": "London"})


def test_hours_are_on_the_shops_clock_in_summer_and_winter(world: World) -> None:
    subject = world.customer()
    world.do(world.stating("ticket:1", subject))
    caller = world.caller("support", assurance=2)
    for hour, month, clear in (
        (5, 6, False),
        (6, 6, True),
        (17, 6, True),
        (18, 6, False),
        (6, 12, False),
        (7, 12, True),
        (18, 12, True),
        (19, 12, False),
    ):
        world.now = datetime(2026, month, 15, hour, 0, 0, tzinfo=UTC)
        look = world.revealing(subject, "email", role=caller, purpose="support", fact="ticket:1")
        seen = world.do(look).value
        expected = "ada@example.com" if clear else "example.com"
        assert seen == (subject, {"email": expected}), (hour, month)


def test_age_bands_move_on_with_the_clock(tmp_path: Path) -> None:
    with World(tmp_path, EXAMPLE + AGES) as world:
        subject = world.customer({"born": "2008-06-03"})
        look = world.revealing(subject, "born")
        assert world.do(look).value[1] == {"born": "under 18"}
        world.pass_time(days=3)
        assert world.do(look).value[1] == {"born": "18-24"}


def test_a_store_of_another_ledger_is_refused_and_closed(world: World) -> None:
    world.customer()
    world.close()
    with pytest.raises(ConfigError) as caught:
        open_vault(_opening(world, "shop.example/other"))
    assert caught.value.field == "log"
    world.open()
    assert world.do(world.searching("ada@example.com")).value is not None


def _opening(world: World, origin: str) -> Opening:
    vault = world.vault
    return Opening(
        world.place,
        vault.keyring._custodian,
        vault.policy,
        origin,
        now=lambda: world.now,
    )
