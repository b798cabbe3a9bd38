"""A frozen customer or caller: what stops, what goes on, and who wins a race."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.api.verbs import subject_digest
from shopward.clock import from_ms
from shopward.errors import (
    ConflictError,
    DeniedError,
    InvalidError,
    NotFoundError,
    ShopwardError,
    UnauthenticatedError,
    UndecryptableError,
)
from shopward.policy import Freeze
from shopward.policy.freeze import LONGEST, STOPPABLE, USUALLY
from shopward.settings import StoreSettings
from shopward.store import CallerRow
from shopward.vault.caller import OPERATOR, Caller
from shopward.vault.callers import AddCaller, FreezeCaller, RevokeCaller
from shopward.vault.freeze import FreezeSubject, ListFreezes
from shopward.vault.frozen import read_freeze, write_freeze
from shopward.vault.operation import Operation, Settled
from tests.postgres.engine import sql
from tests.vault.service_world import World
from tests.vault.test_service_races import meanwhile


@pytest.fixture
def world(place: StoreSettings, tmp_path: Path) -> Iterator[World]:
    with World(tmp_path, place=place) as made:
        yield made


def stop(world: World, *stops: str, **how: float) -> Freeze:
    until = world.now + timedelta(**(how or {"days": 1}))
    return Freeze(frozenset(stops or USUALLY), world.now, until, "drill")


def freezing(
    world: World, subject: str, freeze: Freeze | None, who: object = OPERATOR
) -> Operation:
    alias, own = subject_digest(world.vault, subject)
    return FreezeSubject(world.base(who), alias, own, freeze)  # type: ignore[arg-type]


def holding(world: World, caller: str, freeze: Freeze | None, who: object = OPERATOR) -> Operation:
    return FreezeCaller(world.base(who), caller, freeze)  # type: ignore[arg-type]


def hired(world: World, role: str = "shop-backend", name: str = "till") -> Caller:
    """A caller with a row in the store."""
    identifier = hashlib.sha256(name.encode()).hexdigest()[:12]
    row = CallerRow(identifier, name, role, 2, (), bytes(32), 1)
    made = world.do(AddCaller(world.base(OPERATOR), row))
    assert made.error is None
    return Caller(identifier, name, role, 2)


def reason(settled: Settled) -> str | None:
    return settled.error.reason if isinstance(settled.error, ShopwardError) else None


def test_a_frozen_customer_is_not_looked_at_and_is_told_until_when(world: World) -> None:
    subject = world.customer()
    frozen = world.do(freezing(world, subject, stop(world)))
    assert frozen.value[0] == subject
    for look in (world.revealing(subject, "city"), world.searching("ada@example.com")):
        seen = world.do(look)
        assert isinstance(seen.error, DeniedError)
        assert (reason(seen), seen.value) == ("subject-frozen", None)
        assert "until 2026-06-02 11:00 in Europe/Berlin" in seen.error.detail
        assert world.details(seen.position)["decision"] == "deny"
    changed = world.do(world.updating(subject, {"city": "Paris"}))
    assert reason(changed) == "subject-frozen"
    assert world.kinds(frozen.position)[0] == "subject:frozen"


def test_facts_and_erasure_go_on_unless_they_were_chosen(world: World) -> None:
    first, second = world.customer(), world.customer({"first_name": "Bob"})
    world.do(freezing(world, first, stop(world)))
    world.do(freezing(world, second, stop(world, "facts", "erase")))
    assert world.do(world.stating("order:1", first)).error is None
    assert world.do(world.erasing(first)).error is None
    assert reason(world.do(world.stating("order:2", second))) == "subject-frozen"
    assert reason(world.do(world.erasing(second))) == "subject-frozen"
    assert world.do(world.revealing(second, "first_name")).error is None


def test_a_freeze_ends_by_itself_and_can_be_ended(world: World) -> None:
    subject = world.customer()
    world.do(freezing(world, subject, stop(world, hours=1)))
    world.pass_time(minutes=60)
    assert world.do(world.revealing(subject)).error is None
    world.do(freezing(world, subject, stop(world)))
    assert reason(world.do(world.revealing(subject))) == "subject-frozen"
    thawed = world.do(freezing(world, subject, None))
    assert world.kinds(thawed.position) == ["subject:thawed"]
    assert world.do(world.revealing(subject)).error is None


def test_an_update_and_a_partial_erasure_leave_the_freeze(world: World) -> None:
    subject = world.customer()
    world.do(freezing(world, subject, stop(world, "reveal")))
    assert world.do(world.updating(subject, {"city": "Paris"})).error is None
    assert world.do(world.erasing(subject, "tax")).error is None
    assert reason(world.do(world.revealing(subject))) == "subject-frozen"
    world.reopen()
    assert reason(world.do(world.revealing(subject))) == "subject-frozen"


def test_a_freeze_in_between_wins_over_a_look(world: World) -> None:
    subject = world.customer()
    before = world.size
    meanwhile(world, freezing(world, subject, stop(world)))
    seen = world.do(world.revealing("email:ada@example.com"))
    assert (reason(seen), seen.value) == ("subject-frozen", None)
    assert world.kinds(before) == ["subject:frozen", "record:denied"]


def test_of_a_look_and_a_freeze_in_one_group_the_order_decides(world: World) -> None:
    subject = world.customer()
    looks = [world.revealing(subject), world.revealing("email:ada@example.com")]
    first, frozen, *later = world.settle(looks[0], freezing(world, subject, stop(world)), *looks)
    assert (first.error, frozen.error) == (None, None)
    assert [reason(one) for one in later] == ["subject-frozen", "subject-frozen"]
    assert first.position < frozen.position < min(one.position for one in later)


def test_a_frozen_caller_does_nothing_of_what_is_stopped(world: World) -> None:
    subject, till = world.customer(), hired(world)
    world.do(holding(world, till.id, stop(world, "reveal", "store")))
    seen = world.do(world.revealing(subject, role=till))
    assert (reason(seen), seen.value) == ("caller-frozen", None)
    stored = world.storing({"first_name": "Bob"})
    stored = type(stored)(world.base(till), stored.fields, None, ())
    assert reason(world.do(stored)) == "caller-frozen"
    world.do(holding(world, till.id, None))
    assert world.do(world.revealing(subject, role=till)).error is None
    assert world.kinds()[-2:] == ["caller:thawed", "record:revealed"]


@pytest.mark.parametrize("how", ["frozen", "revoked"])
def test_a_caller_stopped_in_between_sees_nothing(world: World, how: str) -> None:
    subject, till = world.customer(), hired(world)
    acts = {
        "frozen": holding(world, till.id, stop(world)),
        "revoked": RevokeCaller(world.base(OPERATOR), till.id),
    }
    meanwhile(world, acts[how])
    seen = world.do(world.revealing(subject, role=till))
    assert seen.value is None
    if how == "frozen":
        assert reason(seen) == "caller-frozen"
    else:
        assert isinstance(seen.error, UnauthenticatedError)
        assert seen.position == -1


def test_what_happens_to_one_caller_only_delays_the_others(world: World) -> None:
    subject, till = world.customer(), hired(world)
    other = hired(world, name="other")
    meanwhile(world, holding(world, till.id, stop(world)))
    seen = world.do(world.revealing(subject, "city", role=other))
    assert (seen.error, seen.value[1]) == (None, {"city": "London"})


def test_who_is_frozen_may_not_thaw_itself(world: World) -> None:
    guard, subject = hired(world, "security", "guard"), world.customer()
    assert world.do(freezing(world, subject, stop(world), guard)).error is None
    world.do(holding(world, guard.id, stop(world, "export")))
    for act in (holding(world, guard.id, None, guard), freezing(world, subject, None, guard)):
        assert reason(world.do(act)) == "caller-frozen"
    assert reason(world.do(ListFreezes(world.base(guard)))) == "caller-frozen"


def test_only_a_role_with_the_verb_may_freeze(world: World) -> None:
    subject, till = world.customer(), hired(world)
    for act in (
        freezing(world, subject, stop(world), till),
        freezing(world, subject, None, till),
        holding(world, till.id, stop(world), till),
        ListFreezes(world.base(till)),
    ):
        assert reason(world.do(act)) == "verb-not-allowed"


@pytest.mark.parametrize(
    ("stops", "away"),
    [
        (("reveal",), timedelta(0)),
        (("reveal",), LONGEST + timedelta(seconds=1)),
        ((), timedelta(days=1)),
        (("store",), timedelta(days=1)),
        (("audit",), timedelta(days=1)),
    ],
)
def test_a_freeze_has_an_end_within_bounds_and_stops_something(
    world: World, stops: tuple[str, ...], away: timedelta
) -> None:
    subject = world.customer()
    wanted = Freeze(frozenset(stops), world.now, world.now + away, "drill")
    refused = world.do(freezing(world, subject, wanted))
    assert isinstance(refused.error, InvalidError)
    assert refused.position == -1
    assert world.do(world.revealing(subject)).error is None


def test_two_callers_of_one_name_that_meet_are_one(world: World) -> None:
    rows = [CallerRow(f"{n}" * 12, "till", "support", 1, (), bytes(32), 1) for n in range(2)]
    one, two = world.settle(*[AddCaller(world.base(OPERATOR), row) for row in rows])
    assert one.error is None
    assert isinstance(two.error, ConflictError)
    gone = world.settle(*[RevokeCaller(world.base(OPERATOR), "0" * 12) for _ in range(2)])
    assert gone[0].error is None
    assert isinstance(gone[1].error, NotFoundError)


def test_callers_and_their_freezes_are_there_after_a_restart(world: World) -> None:
    subject, till = world.customer(), hired(world)
    world.do(holding(world, till.id, stop(world)))
    world.reopen()
    assert reason(world.do(world.revealing(subject, role=till))) == "caller-frozen"
    assert world.vault.register.version == 2


def test_a_freeze_that_was_tampered_with_lets_nobody_look(world: World) -> None:
    subject = world.customer()
    world.do(freezing(world, subject, stop(world)))
    sql(world.place, """UPDATE subject SET "freeze" = '{}' WHERE "freeze" IS NOT NULL""")
    seen = world.do(world.revealing(subject))
    assert isinstance(seen.error, UndecryptableError)
    assert seen.value is None


@given(
    stops=st.frozensets(st.sampled_from(STOPPABLE), min_size=1),
    since=st.integers(0, 4 * 10**12).map(from_ms),
    reason=st.from_regex(r"[a-z][a-z0-9-]{0,39}", fullmatch=True),
)
def test_a_freeze_is_kept_as_it_is(stops: frozenset[str], since: datetime, reason: str) -> None:
    made = Freeze(stops, since, since + timedelta(days=3), reason)
    assert read_freeze(write_freeze(made)) == made


@given(st.text(max_size=80))
def test_anything_else_is_no_freeze(text: str) -> None:
    with pytest.raises(UndecryptableError):
        read_freeze(text)
