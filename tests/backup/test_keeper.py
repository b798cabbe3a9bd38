"""What must never come back is in the journal before it is acknowledged, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shopward.errors import IntegrityError, UnavailableError
from shopward.vault.journal import Erased, Frozen, Revoked, Seen, Told
from tests.backup.bench import Bench, bench
from tests.vault.service_world import PERSON


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as made:
        yield made


def told(world: Bench) -> list[Told]:
    whats = (line.what for line, _ in world.journal.read())
    return [what for what in whats if isinstance(what, Told)]


def test_erasures_and_revocations_are_told_with_their_place(world: Bench) -> None:
    ada = world.customer()
    bob = world.customer({"city": "Paris", "vat_id": "FR1"})
    caller = world.add_caller("c1")
    first, second = world.do(world.erasing(bob, "order")), world.do(world.erasing(ada))
    world.revoke(caller)
    some, whole, revoked = told(world)
    assert isinstance(some, Erased)
    assert isinstance(whole, Erased)
    assert (some.index, some.classes) == (first.position, ("order",))
    assert (whole.index, whole.classes) == (second.position, None)
    assert whole.leaf_hash == second.leaf_hash.hex()
    assert isinstance(revoked, Revoked)
    assert revoked.caller == "c1"


def test_freezes_and_thaws_are_told_and_made_up_for(world: Bench) -> None:
    ada, caller = world.customer(), world.add_caller("c1")
    world.freeze(subject=ada)
    world.settler.keep = None
    world.freeze(caller=caller.id)
    world.thaw(subject=ada)
    world.reopen()
    frozen, called, thawed = told(world)
    assert isinstance(frozen, Frozen)
    assert frozen.freeze
    assert isinstance(called, Frozen)
    assert (called.caller, called.subject) == ("c1", None)
    assert called.freeze
    assert isinstance(thawed, Frozen)
    assert (thawed.subject, thawed.freeze) == (frozen.subject, None)


def test_nothing_else_is_written(world: Bench) -> None:
    before = world.journal.path.read_bytes()
    ada = world.customer()
    world.do(world.revealing(ada, "city"))
    world.do(world.updating(ada, {"city": "Rome"}))
    world.do(world.erasing("external:nobody"))
    assert world.journal.path.read_bytes() == before


def test_no_value_and_no_name_is_in_it(world: Bench) -> None:
    ada = world.customer()
    world.do(world.erasing(ada))
    text = world.journal.path.read_text()
    assert ada not in text
    for value in PERSON.values():
        assert value not in text


def test_an_erasure_whose_commit_failed_is_not_told(world: Bench) -> None:
    ada = world.customer()
    world.store.fail_at[world.store.commits + 1] = UnavailableError("the disk is full")
    assert isinstance(world.do(world.erasing(ada)).error, UnavailableError)
    assert told(world) == []
    assert world.city(ada) == "London"


def test_an_erasure_that_cannot_be_told_is_done_and_not_acknowledged(world: Bench) -> None:
    ada = world.customer()
    moved = world.journal.path.rename(world.folder / "moved")
    settled = world.do(world.erasing(ada))
    assert isinstance(settled.error, UnavailableError)
    assert settled.error.reason == "journal"
    assert settled.position > 0
    assert world.city(ada) is None
    moved.rename(world.journal.path)
    assert told(world) == []
    world.run(world.keeper.retry())
    assert [one.index for one in told(world)] == [settled.position]
    assert world.keeper.due == []


def test_others_of_the_group_are_answered_all_the_same(world: Bench) -> None:
    ada, bob = world.customer(), world.customer({"city": "Paris"})
    moved = world.journal.path.rename(world.folder / "moved")
    gone, shown = world.settle(world.erasing(ada), world.revealing(bob, "city"))
    assert isinstance(gone.error, UnavailableError)
    assert shown.error is None
    moved.rename(world.journal.path)


def test_what_a_killed_process_could_not_tell_is_told_at_the_next_start(world: Bench) -> None:
    ada, bob = world.customer(), world.customer({"city": "Paris", "vat_id": "FR1"})
    caller = world.add_caller("c1")
    world.settler.keep = None
    whole, some = world.do(world.erasing(ada)), world.do(world.erasing(bob, "order"))
    world.revoke(caller)
    assert told(world) == []
    world.reopen()
    first, second, third = told(world)
    assert isinstance(first, Erased)
    assert isinstance(second, Erased)
    assert (first.index, first.classes) == (whole.position, None)
    assert (second.index, second.classes) == (some.position, ("order",))
    assert isinstance(third, Revoked)
    world.reopen()
    assert len(told(world)) == 3


def test_a_lost_journal_is_made_again_out_of_the_ledger(world: Bench) -> None:
    ada = world.customer()
    world.do(world.erasing(ada))
    before = told(world)
    world.journal.path.unlink()
    world.reopen()
    assert told(world) == before


def test_a_start_where_nothing_happened_writes_nothing(world: Bench) -> None:
    world.run(world.keeper.reconcile())
    before = world.journal.path.read_bytes()
    world.run(world.keeper.reconcile())
    world.run(world.keeper.close())
    assert world.journal.path.read_bytes() == before
    assert any(isinstance(line.what, Seen) for line, _ in world.journal.read())


def test_an_old_copy_of_the_store_put_back_by_hand_does_not_open(world: Bench) -> None:
    ada = world.customer()
    world.run(world.keeper.close())
    world.close()
    old = (world.folder / "vault.db").read_bytes()
    world.open()
    world.do(world.erasing(ada))
    world.run(world.keeper.close())
    world.close()
    now = (world.folder / "vault.db").read_bytes()
    (world.folder / "vault.db").write_bytes(old)
    with pytest.raises(IntegrityError) as refused:
        world.open()
    assert refused.value.reason == "store-older-than-journal"
    world.close()
    (world.folder / "vault.db").write_bytes(now)
    world.open()
