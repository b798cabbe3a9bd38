"""The world moves between a look and its commit: what is true at the commit is what counts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from shopward.errors import (
    ConflictError,
    DeniedError,
    ErasedError,
    NotFoundError,
    UnavailableError,
)
from shopward.events import Kind
from shopward.policy.parse import parse
from shopward.settings import StoreSettings
from shopward.store import Found, Need, Op
from shopward.vault.caller import SYSTEM
from shopward.vault.operation import Base, Operation, Prepared
from shopward.vault.settle import ROUNDS, Settler
from tests.vault.service_world import EXAMPLE, PERSON, World


@pytest.fixture
def world(place: StoreSettings, tmp_path: Path) -> Iterator[World]:
    with World(tmp_path, place=place) as made:
        yield made


def meanwhile(world: World, operation: Operation) -> None:
    """This operation is committed after the next look, before the commit that follows it."""

    async def happens() -> None:
        inner = world.store._inner
        looked = await inner.look([operation.need()])
        prepared = operation.prepare(looked.found[0], world.vault.moment())
        await inner.commit([prepared.change], looked.as_of)
        positions.append(world.size - 1)

    positions: list[int] = []
    world.store.before_commit = happens


def test_an_erasure_in_between_wins_over_a_look(world: World) -> None:
    subject = world.customer()
    before = world.size
    meanwhile(world, world.erasing(subject))
    seen = world.do(world.revealing(subject, "city"))
    assert isinstance(seen.error, ErasedError)
    assert seen.value is None
    assert world.kinds(before) == ["record:erased", "record:denied"]
    assert seen.position == before + 1


def test_an_erasure_by_mail_in_between_leaves_nobody_to_see(world: World) -> None:
    subject = world.customer()
    meanwhile(world, world.erasing(subject))
    seen = world.do(world.revealing("email:ada@example.com", "city"))
    assert isinstance(seen.error, NotFoundError)
    assert seen.value is None


def test_an_erased_class_in_between_is_not_shown(world: World) -> None:
    subject = world.customer()
    meanwhile(world, world.erasing(subject, "order"))
    seen = world.do(world.revealing(subject, "first_name", "city"))
    assert seen.value == (subject, {"first_name": "Ada", "city": None})


def test_a_change_in_between_is_what_a_look_shows(world: World) -> None:
    subject = world.customer()
    before = world.size
    meanwhile(world, world.updating(subject, {"city": "Rome"}))
    seen = world.do(world.revealing(subject, "city"))
    assert seen.value == (subject, {"city": "Rome"})
    assert world.kinds(before) == ["record:updated", "record:revealed"]


def test_a_fact_closed_in_between_denies(world: World) -> None:
    subject = world.customer()
    world.do(world.stating("order:1", subject))
    meanwhile(world, world.stating("order:1", subject, "closed"))
    look = world.revealing(subject, "city", role="warehouse", purpose="fulfil", fact="order:1")
    seen = world.do(look)
    assert isinstance(seen.error, DeniedError)
    assert seen.error.reason == "fact-closed"


def test_a_fact_of_another_look_in_between_changes_nothing(world: World) -> None:
    subject, before = world.customer(), world.size
    world.do(world.stating("order:1", subject))
    meanwhile(world, world.stating("order:2", subject))
    look = world.revealing(subject, "city", role="warehouse", purpose="fulfil", fact="order:1")
    assert world.do(look).value == (subject, {"city": "London"})
    assert world.kinds(before) == ["fact:put", "fact:put", "record:revealed"]


def test_a_policy_loaded_in_between_decides(world: World) -> None:
    subject = world.customer()
    strict = parse(
        (EXAMPLE + '\n[[deny]]\nrole = "*"\npurpose = "*"\nfields = ["city"]\n').encode()
    )

    async def happens() -> None:
        base = Base(world.vault, SYSTEM, "policy")
        change = base.entry(Kind.POLICY_LOADED, base.details("policy"))
        change.policy, change.writes = None, ((Op.SET_POLICY, (strict.sha256,)),)
        await world.store._inner.commit([change], -1)
        world.vault.policy = strict

    world.store.before_commit = happens
    seen = world.do(world.revealing(subject, "city"))
    assert isinstance(seen.error, DeniedError)
    assert seen.error.reason == "denied-by-rule"
    assert world.details(seen.position)["policy"] == strict.sha256


def test_two_changes_of_one_customer_do_not_lose_one(world: World) -> None:
    subject = world.customer()
    meanwhile(world, world.updating(subject, {"city": "Rome"}))
    world.do(world.updating(subject, {"company": "Engines"}))
    seen = world.do(world.revealing(subject, "city", "company"))
    assert seen.value == (subject, {"city": "Rome", "company": "Engines"})


def test_an_erasure_wins_over_a_change(world: World) -> None:
    subject = world.customer()
    meanwhile(world, world.erasing(subject))
    changed = world.do(world.updating(subject, {"city": "Rome"}))
    assert isinstance(changed.error, ErasedError)
    assert isinstance(world.do(world.revealing(subject)).error, ErasedError)


def test_a_mail_taken_in_between_is_taken(world: World) -> None:
    meanwhile(world, world.storing())
    second = world.do(world.storing(PERSON | {"phone": "+493090182001"}))
    assert isinstance(second.error, ConflictError)
    assert world.details(second.position)["reason"] == "already-taken"


def test_the_same_key_in_between_gives_the_same_answer(world: World) -> None:
    meanwhile(world, world.storing(key="once"))
    before = world.size
    settled = world.do(world.storing(key="once"))
    assert settled.replayed
    assert settled.position == before
    assert world.size == before + 1


def test_facts_stated_beside_an_erasure_die_with_it(world: World) -> None:
    subject = world.customer()
    stated, erased = world.settle(world.stating("order:1", subject), world.erasing(subject))
    assert (stated.error, erased.error) == (None, None)
    other = world.customer(PERSON | {"email": "bob@example.com", "phone": "+493090182001"})
    again = world.do(world.stating("order:1", other))
    assert again.error is None
    assert again.value == 1


def test_what_keeps_changing_ends_in_try_again_and_shows_nothing(world: World) -> None:
    subject = world.customer()

    def again() -> None:
        meanwhile(world, world.updating(subject, {"city": "Rome"}))
        happens = world.store.before_commit
        assert happens is not None

        async def and_again() -> None:
            await happens()
            again()

        world.store.before_commit = and_again

    again()
    before = world.size
    seen = world.do(world.revealing(subject, "city"))
    world.store.before_commit = None
    assert isinstance(seen.error, UnavailableError)
    assert (seen.error.reason, seen.value, seen.position) == ("contended", None, -1)
    assert 2 <= world.size - before <= ROUNDS + 1
    assert set(world.kinds(before)) == {"record:updated"}


# ------------------------------------------------------------------ What fails, fails alone


class Broken:
    """An operation with a mistake of its own."""

    verb = "reveal"
    changes = ""

    def __init__(self, base: Base) -> None:
        self.base = base

    def need(self) -> Need:
        return Need()

    def prepare(self, found: Found, now: datetime) -> Prepared:  # noqa: ARG002 - as every other
        raise KeyError("a mistake")


def test_a_mistake_in_one_operation_reaches_no_other(world: World) -> None:
    subject = world.customer()
    before = world.size

    async def together() -> list[object]:
        good = [world.revealing(subject, "city"), world.revealing("external:nobody", "city")]
        bad_form = world.storing({"email": "no address"})
        return await asyncio.gather(
            world.settler.settle([good[0], bad_form, good[1]]),
            world.settler.settle([Broken(world.base("shop-backend"))]),
            world.settler.settle([world.revealing(subject, "city")]),
            return_exceptions=True,
        )

    first, second, third = world.run(together())
    assert isinstance(second, KeyError)
    assert isinstance(first, list)
    assert isinstance(third, list)
    assert [one.error is None for one in first] == [True, False, False]
    assert third[0].value == (subject, {"city": "London"})
    assert sorted(world.kinds(before)) == ["record:denied", "record:revealed", "record:revealed"]


def test_a_store_that_cannot_write_hands_nothing_out(world: World) -> None:
    subject, before = world.customer(), world.size
    world.store.fail_at[world.store.commits + 1] = UnavailableError(reason="disk-full")
    seen = world.settle(world.revealing(subject, "city"), world.storing())
    for one in seen:
        assert isinstance(one.error, UnavailableError)
        assert (one.value, one.position) == (None, -1)
    assert world.size == before
    assert world.do(world.revealing(subject, "city")).value == (subject, {"city": "London"})


def test_what_was_committed_stands_though_a_neighbours_refusal_could_not_be_entered(
    world: World,
) -> None:
    world.customer()
    fine = PERSON | {"email": "bob@example.com", "phone": "+493090182001"}
    for error in (UnavailableError(reason="disk-full"), RuntimeError("a mistake")):
        before = world.size
        world.store.fail_at[world.store.commits + 2] = error
        settled = world.settle(world.storing(fine, external=str(before)), world.storing())
        stored, refused = settled
        assert stored.error is None
        assert stored.position == before
        assert isinstance(refused.error, UnavailableError | ConflictError)
        assert world.kinds(before).count("record:stored") == 1
        token = stored.value[0]
        assert world.do(world.revealing(token)).value == (token, {"city": "London"})
        world.do(world.erasing(token))


def test_a_failed_commit_leaves_the_ledger_where_it_was(world: World) -> None:
    subject = world.customer()
    note = world.vault.log.note
    world.store.fail_at[world.store.commits + 1] = UnavailableError(reason="disk-error")
    world.do(world.erasing(subject))
    assert world.vault.log.note == note
    world.reopen()
    assert world.do(world.revealing(subject)).error is None


# ---------------------------------------------------------------------------- The end


def test_what_was_submitted_before_the_end_is_still_settled(world: World) -> None:
    subject = world.customer()

    async def submit_and_close() -> tuple[object, object]:
        settler = Settler(world.vault)
        waiting = asyncio.ensure_future(settler.settle([world.revealing(subject)]))
        await asyncio.sleep(0)
        await settler.close()
        done, _ = await asyncio.wait([waiting], timeout=2)
        late: object = None
        try:
            await settler.settle([world.revealing(subject)])
        except UnavailableError as error:
            late = error
        return done and waiting.result()[0].value, late

    value, late = world.run(submit_and_close())
    assert value == (subject, {"city": "London"})
    assert isinstance(late, UnavailableError)


def test_nothing_to_settle_is_settled_at_once(world: World) -> None:
    assert world.settle() == []


@pytest.mark.parametrize("count", [1, 2, 300])
def test_groups_of_any_size_keep_their_order(world: World, count: int) -> None:
    subject, before = world.customer(), world.size
    make: Callable[[int], Operation] = lambda at: (  # noqa: E731 - said once
        world.revealing(subject, "city") if at % 2 else world.revealing("external:x", "city")
    )
    settled = world.settle(*[make(at) for at in range(count)])
    assert [one.position for one in settled] == list(range(before, before + count))
    assert [one.error is None for one in settled] == [bool(at % 2) for at in range(count)]
