"""Data dies on its date, and what a law keeps outlives an erasure until then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopward.api.verbs import subject_digest
from shopward.clock import from_ms, to_ms
from shopward.errors import DeniedError, ErasedError, ShopwardError
from shopward.store import HOUSE
from shopward.vault.caller import SYSTEM
from shopward.vault.expire import Expire
from shopward.vault.jobs import Jobs
from shopward.vault.operation import Base, Operation, Settled
from shopward.vault.retention import Retention, is_due, preview
from shopward.vault.reveal import Reveal
from tests.postgres.engine import Engine, sql
from tests.vault.service_world import EXAMPLE, World
from tests.vault.test_service_races import meanwhile

PERSON = {"first_name": "Ada", "email": "ada@example.com", "city": "London", "vat_id": "GB1"}
FULL = ("account", "order", "tax")


@pytest.fixture
def world(engine: Engine, tmp_path: Path) -> Iterator[World]:
    with World(tmp_path, place=engine.place(tmp_path)) as made:
        yield made
    engine.drop(tmp_path)


def reason(settled: Settled) -> str | None:
    return settled.error.reason if isinstance(settled.error, ShopwardError) else None


def tax(world: World, subject: str, *fields: str, purpose: str = "tax") -> Reveal:
    """A look of the shop's software, signed in with two factors."""
    alias, own = subject_digest(world.vault, subject)
    who = world.caller("shop-backend", assurance=2)
    return Reveal(world.base(who), alias, own, fields or ("vat_id",), purpose, None)


def sweep(world: World) -> None:
    """The job, from its start to its end."""

    async def work() -> None:
        jobs = Jobs(world.settler, [Retention()])
        await jobs.start("retention")
        await jobs.drain()

    world.run(work())


def expiring(world: World, subject: str) -> Expire:
    found = world.run(world.store.look([world.revealing(subject).need()])).found[0].snapshot
    assert found is not None
    return Expire(Base(world.vault, SYSTEM, "r"), found.subject)


def rows(world: World, table: str = "record") -> int:
    """Rows of customers, whose ids are not the house's sixteen zeros."""
    ids = sql(world.place, f"SELECT subject FROM {table}")  # noqa: S608 - a constant
    return sum(bytes(one[0]) != HOUSE for one in ids)


def shown(world: World, operation: Operation) -> dict[str, str | None] | str | None:
    settled = world.do(operation)
    return reason(settled) if settled.error else settled.value[1]


def test_what_is_past_its_date_is_not_shown_though_nothing_was_deleted_yet(world: World) -> None:
    subject = world.customer(PERSON)
    world.now = datetime(2027, 6, 1, 21, 59, tzinfo=UTC)
    assert shown(world, world.revealing(subject, "city")) == {"city": "London"}
    world.now = datetime(2027, 6, 1, 22, 0, tzinfo=UTC)
    refused = world.do(world.revealing(subject, "first_name", "city"))
    assert isinstance(refused.error, DeniedError)
    assert (refused.error.reason, refused.error.field) == ("retention-over", "city")
    assert shown(world, world.revealing(subject, "first_name")) == {"first_name": "Ada"}
    assert rows(world) == 4


def test_the_job_erases_what_is_due_and_enters_each_customer(world: World) -> None:
    subject, other = world.customer(PERSON), world.customer({"first_name": "Bob"})
    world.pass_time(days=366)
    before = world.size
    sweep(world)
    kinds = world.kinds(before)
    assert kinds == ["job:started", "record:expired", "retention:swept", "job:finished"]
    assert world.details(before + 1)["classes"] == ["order"]
    assert world.details(before + 1)["subject"] == subject
    assert shown(world, world.revealing(subject, "first_name", "city")) == {
        "first_name": "Ada",
        "city": None,
    }
    assert shown(world, world.revealing(other, "first_name")) == {"first_name": "Bob"}
    assert not world.run(is_due(world.vault))


def test_when_the_last_class_dies_the_customer_is_erased(world: World) -> None:
    subject = world.customer({"first_name": "Ada", "email": "ada@example.com"})
    world.pass_time(days=731)
    sweep(world)
    assert isinstance(world.do(world.revealing(subject)).error, ErasedError)
    assert (rows(world), rows(world, "alias")) == (0, 1)


def test_a_customer_is_not_found_by_what_is_over(world: World) -> None:
    subject = world.customer({"email": "ada@example.com", "vat_id": "GB1"})
    world.pass_time(days=731)
    assert world.do(world.searching("ada@example.com")).value is None
    assert reason(world.do(tax(world, "email:ada@example.com"))) == "subject-unknown"
    assert shown(world, tax(world, subject)) == {"vat_id": "GB1"}


def test_an_update_does_not_bring_back_what_is_over(world: World) -> None:
    subject = world.customer({**PERSON, "phone": "+493090182000"})
    world.pass_time(days=731)
    assert world.do(world.updating(subject, {"note": "new"})).error is None
    look = world.revealing(subject, "first_name", "email", "phone")
    assert shown(world, look) == {"first_name": None, "email": None, "phone": None}
    assert world.do(world.searching("ada@example.com")).value is None
    again = world.customer({"email": "ada@example.com"})
    assert world.do(world.searching("ada@example.com")).value == again
    sweep(world)
    look = world.revealing(subject, "first_name")
    assert shown(world, look) == {"first_name": None}


@pytest.mark.parametrize(("state", "kind"), [("closed", "order"), ("open", "order")])
def test_an_order_moves_the_date_in_its_own_transaction(
    world: World, state: str, kind: str
) -> None:
    subject = world.customer(PERSON)
    world.pass_time(days=300)
    world.do(world.stating(f"{kind}:1", subject, state))
    world.pass_time(days=300)
    assert shown(world, world.revealing(subject, "city")) == {"city": "London"}
    world.pass_time(days=66)
    assert shown(world, world.revealing(subject, "city")) == "retention-over"


def test_a_fact_does_not_bring_back_what_is_over(world: World) -> None:
    subject = world.customer(PERSON)
    world.pass_time(days=366)
    assert world.do(world.stating("order:1", subject, "closed")).error is None
    assert shown(world, world.revealing(subject, "city")) == "retention-over"


def test_contact_keeps_the_account_and_another_fact_keeps_no_order(world: World) -> None:
    subject = world.customer(PERSON)
    world.pass_time(days=360)
    world.do(world.stating("ticket:1", subject))
    world.pass_time(days=600)
    assert shown(world, world.revealing(subject, "first_name")) == {"first_name": "Ada"}
    assert shown(world, world.revealing(subject, "city")) == "retention-over"


def test_a_policy_with_another_term_holds_at_once(world: World) -> None:
    subject = world.customer(PERSON)
    world.pass_time(days=100)
    world.load_policy(EXAMPLE.replace("keep_days = 365", "keep_days = 90"))
    assert shown(world, world.revealing(subject, "city")) == "retention-over"
    world.load_policy(EXAMPLE)
    assert shown(world, world.revealing(subject, "city")) == {"city": "London"}


def test_an_order_that_came_in_between_wins_over_the_job(world: World) -> None:
    subject = world.customer({"city": "London"})
    world.pass_time(days=364, hours=23)
    expire = expiring(world, subject)
    stating = world.stating("order:1", subject, "closed")
    world.pass_time(hours=23)
    meanwhile(world, stating)
    world.now -= timedelta(hours=23)
    spoiled = world.do(expire)
    assert reason(spoiled) == "not-due"
    assert shown(world, world.revealing(subject, "city")) == {"city": "London"}


def test_an_erasure_and_the_job_that_meet_are_one(world: World) -> None:
    subject = world.customer(PERSON)
    world.pass_time(days=366)
    first, second, third = world.settle(
        expiring(world, subject), world.erasing(subject), expiring(world, subject)
    )
    assert (first.error, second.error) == (None, None)
    assert reason(third) == "not-due"
    assert rows(world) == 1
    assert shown(world, tax(world, subject)) == {"vat_id": "GB1"}


def test_the_job_goes_on_after_a_restart(world: World) -> None:
    subjects = [world.customer({"city": f"c{number}"}) for number in range(3)]
    world.pass_time(days=366)

    async def begin() -> None:
        await Jobs(world.settler, [Retention()]).start("retention")

    world.run(begin())
    world.do(expiring(world, subjects[0]))
    world.reopen()

    async def go_on() -> None:
        await Jobs(world.settler, [Retention()]).drain()

    world.run(go_on())
    assert rows(world) == 0
    assert world.kinds().count("record:expired") == 3


def test_the_preview_counts_what_would_go_at_a_moment(world: World) -> None:
    world.customer(PERSON)
    for days, wanted in ((0, [0, 0, 0]), (366, [0, 1, 0]), (731, [1, 1, 0]), (3654, [1, 1, 1])):
        at_ms = to_ms(world.now + timedelta(days=days))
        found = world.run(preview(world.vault, at_ms))
        going = {one.name: one.customers for one in found}
        assert [going.pop(name) for name in FULL] == wanted
        assert set(going.values()) == {0}
    first = {one.name: one.first_ms for one in found}
    assert from_ms(first["order"] or 0) == datetime(2027, 6, 1, 22, 0, tzinfo=UTC)
    assert rows(world) == 4


# ------------------------------------------------------------------------- What a law keeps


def test_an_erased_customers_tax_records_stay_for_that_purpose_alone(world: World) -> None:
    subject = world.customer(PERSON)
    erased = world.do(world.erasing(subject))
    token, going, stays = erased.value
    assert (token, going) == (subject, ("account", "order"))
    ground = "section 147 of the German Fiscal Code"
    until_ms = to_ms(datetime(2036, 6, 1, 22, 0, tzinfo=UTC))
    assert stays == [("tax", until_ms, ground)]
    assert world.details(erased.position)["stays"] == ["tax until 2036-06-01"]
    seen = world.do(tax(world, subject))
    assert seen.value == (subject, {"vat_id": "GB1"})
    assert world.details(seen.position)["subject"] == subject
    for look in (
        tax(world, subject, "vat_id", "city"),
        tax(world, subject, "city"),
        world.revealing(subject, "first_name"),
        world.revealing(subject, "city"),
    ):
        refused = world.do(look)
        assert isinstance(refused.error, ErasedError)
        assert refused.value is None
    assert world.do(world.searching("ada@example.com")).value is None
    assert (rows(world), rows(world, "alias")) == (1, 1)


def test_the_assurance_that_the_policy_asks_for_holds_after_an_erasure(world: World) -> None:
    subject = world.customer(PERSON)
    world.do(world.erasing(subject))
    alias, own = subject_digest(world.vault, subject)
    weak = Reveal(world.base("shop-backend"), alias, own, ("vat_id",), "tax", None)
    assert reason(world.do(weak)) == "assurance-too-low"


def test_what_a_law_kept_dies_on_its_date(world: World) -> None:
    subject = world.customer(PERSON)
    world.do(world.stating("order:1", subject, "closed"))
    world.pass_time(days=10)
    world.do(world.erasing(subject))
    world.now = datetime(2036, 6, 1, 21, 59, tzinfo=UTC)
    assert shown(world, tax(world, subject)) == {"vat_id": "GB1"}
    world.pass_time(minutes=1)
    assert isinstance(world.do(tax(world, subject)).error, ErasedError)
    sweep(world)
    assert rows(world) == 0
    assert world.kinds()[-3] == "record:expired"
    assert isinstance(world.do(tax(world, subject)).error, ErasedError)


def test_a_policy_that_holds_no_more_lets_it_die_at_once(world: World) -> None:
    subject = world.customer(PERSON)
    world.do(world.erasing(subject))
    lines = EXAMPLE.splitlines()
    kept = [one for one in lines if not one.startswith(("survives_erasure", "ground"))]
    world.load_policy("\n".join(kept))
    assert isinstance(world.do(tax(world, subject)).error, ErasedError)
    assert world.run(is_due(world.vault))
    sweep(world)
    assert rows(world) == 0


def test_a_held_class_cannot_be_erased_by_name_either(world: World) -> None:
    subject = world.customer(PERSON)
    token, going, stays = world.do(world.erasing(subject, "tax", "order")).value
    assert (token, going, [one[0] for one in stays]) == (subject, ("order",), ["tax"])
    assert shown(world, tax(world, subject)) == {"vat_id": "GB1"}


def test_a_frozen_customer_stays_frozen_in_what_a_law_keeps(world: World) -> None:
    from tests.vault.test_freeze import freezing, stop  # noqa: PLC0415 - its fixtures stay there

    subject = world.customer(PERSON)
    world.do(freezing(world, subject, stop(world, days=30)))
    world.do(world.erasing(subject))
    assert reason(world.do(tax(world, subject))) == "subject-frozen"
    assert isinstance(world.do(world.revealing(subject, "city")).error, ErasedError)
    world.pass_time(days=31)
    assert shown(world, tax(world, subject)) == {"vat_id": "GB1"}


def test_a_customer_without_tax_records_is_erased_whole(world: World) -> None:
    subject = world.customer({"first_name": "Ada"})
    assert world.do(world.erasing(subject)).value == (subject, ("account",), [])
    assert rows(world) == 0


@settings(max_examples=20, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 400), st.sampled_from(["order", "ticket", "update", "sweep"])),
        max_size=6,
    ),
    keep=st.sampled_from([30, 365]),
)
def test_a_date_never_permits_more(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, str]], keep: int
) -> None:
    policy = EXAMPLE.replace("keep_days = 365", f"keep_days = {keep}")
    with World(tmp_path_factory.mktemp("dates"), policy) as world:
        subject = world.customer({"first_name": "Ada", "city": "London"})
        since, is_gone = world.now, False
        for days, what in steps:
            world.pass_time(days=days)
            is_gone = is_gone or world.now >= midnight(since) + timedelta(days=keep)
            if what == "sweep":
                sweep(world)
            elif what == "update":
                world.do(world.updating(subject, {"note": "x"}))
            else:
                world.do(world.stating(f"{what}:{days}", subject, "closed"))
            if what == "order" and not is_gone:
                since = world.now
            seen = shown(world, world.revealing(subject, "city"))
            assert (seen == {"city": "London"}) == (not is_gone)


def midnight(moment: datetime) -> datetime:
    """The end of its day in the shop's zone, within an hour of summer time."""
    return moment.replace(hour=22, minute=0)
