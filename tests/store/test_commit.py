"""Groups of changes: each whole or not at all, guarded, and with a leaf of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopward.errors import IntegrityError, UnavailableError
from shopward.ledger.merkle import leaf_hash
from shopward.settings import StoreSettings
from shopward.store import Committed, Need, Op, Taken
from shopward.store.opening import open_store
from tests.postgres.engine import Engine, Sqlite
from tests.store.shelf import (
    Shelf,
    digest,
    put_alias,
    put_class,
    put_fact,
    put_subject,
    subject,
    told,
)


@pytest.fixture
def shelf(place: StoreSettings) -> Iterator[Shelf]:
    with Shelf(place) as made:
        yield made


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Shelf]:
    """A store in a SQLite file."""
    with Shelf(Sqlite().place(tmp_path)) as made:
        yield made


def test_changes_of_a_group_get_leaves_in_their_order(shelf: Shelf) -> None:
    before = shelf.leaves()
    outcomes = shelf.commit(*[shelf.stored(f"s{at}", f"a{at}") for at in range(5)])
    places = [one.position for one in outcomes if isinstance(one, Committed)]
    assert places == list(range(before, before + 5))
    hashes = [leaf_hash(leaf) for leaf in shelf.leaf_bytes(before, 5)]
    assert [one.leaf_hash for one in outcomes if isinstance(one, Committed)] == hashes
    assert {one.note for one in outcomes if isinstance(one, Committed)} == {shelf.log.note}
    assert shelf.run(shelf.store.head()).note == shelf.log.note


def test_what_was_committed_is_there_after_a_restart(shelf: Shelf) -> None:
    shelf.commit(shelf.stored("ada", "mail"))
    root = shelf.log.root
    shelf.reopen()
    found = shelf.found("mail")
    assert found is not None
    assert (found.subject, found.generation, found.erased_ms) == (subject("ada"), 1, None)
    assert found.classes["order"].body == b"sealed"
    assert shelf.log.root == root


def test_an_alias_belongs_to_the_first_of_a_group(shelf: Shelf) -> None:
    outcomes = shelf.commit(
        shelf.stored("ada", "mail"), shelf.stored("bob", "other"), shelf.stored("eve", "mail")
    )
    assert told(outcomes) == ["committed", "committed", "taken"]
    assert isinstance(outcomes[2], Taken)
    assert outcomes[2].name == "email"
    found = shelf.found("mail")
    assert found is not None
    assert found.subject == subject("ada")
    assert shelf.leaves() == 3


def test_a_taken_change_leaves_nothing_behind(shelf: Shelf) -> None:
    shelf.commit(shelf.stored("ada", "mail"))
    two = shelf.change(
        put_subject("eve"), put_class("eve"), put_alias("eve", "free"), put_alias("eve", "mail")
    )
    assert told(shelf.commit(two)) == ["taken"]
    assert shelf.found("free") is None
    assert shelf.class_row("eve") is None


def test_an_alias_can_change_hands_within_a_group(shelf: Shelf) -> None:
    shelf.commit(shelf.stored("ada", "mail"), shelf.stored("bob", "other"))
    gives = shelf.change(
        (Op.DELETE_ALIAS, (subject("ada"), "email")), put_subject("ada", 2), guard=("ada", 1)
    )
    takes = shelf.change(put_alias("bob", "mail", "second"), guard=("bob", 1))
    assert told(shelf.commit(gives, takes)) == ["committed", "committed"]
    found = shelf.found("mail")
    assert found is not None
    assert found.subject == subject("bob")


def test_a_change_of_a_subject_makes_what_follows_stale(shelf: Shelf) -> None:
    shelf.commit(shelf.stored("ada", "mail"))
    outcomes = shelf.commit(
        shelf.change(guard=("ada", 1)),
        shelf.change(put_subject("ada", 2), guard=("ada", 1)),
        shelf.change(guard=("ada", 1)),
        shelf.change(put_subject("ada", 2), guard=("ada", 1)),
    )
    assert told(outcomes) == ["committed", "committed", "stale", "stale"]
    assert told(shelf.commit(shelf.change(guard=("ada", 1)))) == ["stale"]
    assert told(shelf.commit(shelf.change(guard=("ada", 2)))) == ["committed"]
    assert told(shelf.commit(shelf.change(guard=("nobody", 1)))) == ["stale"]


def test_a_fact_that_moved_makes_a_change_stale(shelf: Shelf) -> None:
    shelf.commit(shelf.stored("ada", "mail"))
    first = shelf.change(put_fact("ada", "7"), fact=("7", 0))
    again = shelf.change(put_fact("ada", "7"), fact=("7", 0))
    look = shelf.change(fact=("7", 1))
    assert told(shelf.commit(first, again, look)) == ["committed", "stale", "stale"]
    assert told(shelf.commit(shelf.change(fact=("7", 1)))) == ["committed"]
    assert told(shelf.commit(shelf.change(fact=("7", 2)))) == ["stale"]
    assert told(shelf.commit(shelf.change(fact=("8", 1)))) == ["stale"]


def test_an_erasure_beside_a_new_fact_leaves_no_fact(shelf: Shelf) -> None:
    shelf.commit(shelf.stored("ada", "mail"))
    fact = shelf.change(put_fact("ada", "7"), fact=("7", 0), guard=("ada", 1))
    erase = shelf.change(
        (Op.DELETE_FACTS, (subject("ada"),)),
        (Op.DELETE_CLASSES, (subject("ada"),)),
        put_subject("ada", 2, shelf.now_ms),
        guard=("ada", 1),
    )
    for _ in range(2):
        shelf.commit(fact, erase)
    found = shelf.found("mail")
    assert found is not None
    if found.erased_ms is not None:
        assert shelf.run(shelf.store.facts(subject("ada"))) == []


def test_a_policy_that_changed_makes_a_change_stale(shelf: Shelf) -> None:
    loads = shelf.change((Op.SET_POLICY, ("stricter",)), policy=None)
    outcomes = shelf.commit(shelf.change(), loads, shelf.change(), shelf.change(policy="stricter"))
    assert told(outcomes) == ["committed", "committed", "stale", "committed"]
    assert shelf.run(shelf.store.head()).policy == "stricter"


def test_an_idempotency_key_is_used_once(shelf: Shelf) -> None:
    outcomes = shelf.commit(shelf.stored("ada", "mail", key="k"), shelf.stored("bob", "b", key="k"))
    assert told(outcomes) == ["committed", "stale"]
    assert told(shelf.commit(shelf.stored("bob", "b", key="k"))) == ["stale"]
    found = shelf.run(shelf.store.look([Need(replay=digest("k"))])).found[0]
    assert found.replay is not None
    assert (found.replay.sealed, found.replay.position) == (b"answer", 1)
    shelf.now_ms += 3_600_001
    assert told(shelf.commit(shelf.stored("bob", "b", key="k"))) == ["committed"]


def test_a_repeat_is_no_conflict_even_beside_one(shelf: Shelf) -> None:
    shelf.commit(shelf.stored("ada", "mail"))
    outcomes = shelf.commit(
        shelf.stored("bob", "b", key="k"),
        shelf.stored("bob again", "b", key="k"),
        shelf.stored("eve", "mail"),
    )
    assert told(outcomes) == ["committed", "stale", "taken"]


def test_as_of_the_present_only_the_group_itself_is_judged(shelf: Shelf) -> None:
    shelf.commit(shelf.stored("ada", "mail"))
    as_of = shelf.run(shelf.store.look([])).as_of
    two = [shelf.change(put_subject("ada", 2), guard=("ada", 1)) for _ in range(2)]
    assert told(shelf.commit(*two, as_of=as_of)) == ["committed", "stale"]
    assert told(shelf.commit(shelf.change(guard=("ada", 1)), as_of=as_of)) == ["stale"]


def test_entries_without_a_change_do_not_move_the_state(shelf: Shelf) -> None:
    as_of = shelf.run(shelf.store.look([])).as_of
    shelf.commit(shelf.change(), shelf.change())
    assert shelf.run(shelf.store.look([])).as_of == as_of
    shelf.commit(shelf.stored("ada", "mail"))
    assert shelf.run(shelf.store.look([])).as_of != as_of


def test_a_group_of_nothing_but_stale_changes_writes_nothing(shelf: Shelf) -> None:
    note = shelf.log.note
    assert told(shelf.commit(shelf.change(policy="other"))) == ["stale"]
    assert shelf.log.size == shelf.leaves() == 1
    assert shelf.log.note.split("\n")[1:3] == note.split("\n")[1:3]


def test_full_tiles_are_kept_as_they_fill(shelf: Shelf) -> None:
    for _ in range(6):
        shelf.commit(*[shelf.change() for _ in range(100)])
    leaves = shelf.leaf_bytes()
    assert len(leaves) == 601
    for at in range(2):
        hashes = b"".join(leaf_hash(leaf) for leaf in leaves[at * 256 : at * 256 + 256])
        assert shelf.run(shelf.store.tile(0, at)) == hashes
    assert shelf.run(shelf.store.tile(0, 2)) is None
    shelf.reopen()
    assert shelf.log.size == 601


def test_a_disk_that_is_full_takes_nothing_and_later_goes_on(embedded: Shelf) -> None:
    embedded.commit(embedded.stored("ada", "mail"))
    writer = embedded.store._writer
    ((pages,),) = writer.execute("PRAGMA page_count")
    writer.execute(f"PRAGMA max_page_count = {pages}")
    before, note = embedded.leaves(), embedded.log.note
    large = embedded.change(put_subject("eve"), put_class("eve", content=b"x" * 200_000))
    with pytest.raises(UnavailableError) as caught:
        embedded.commit(embedded.change(), large)
    assert caught.value.reason == "disk-full"
    assert (embedded.leaves(), embedded.log.note) == (before, note)
    writer.execute("PRAGMA max_page_count = 1000000")
    assert told(embedded.commit(embedded.change(), large)) == ["committed", "committed"]


def test_another_programs_entry_is_noticed(embedded: Shelf) -> None:
    embedded.store._writer.execute("UPDATE head SET size = size + 1")
    with pytest.raises(IntegrityError):
        embedded.commit(embedded.change())
    assert embedded.leaves() == 1


def test_without_a_ledger_nothing_is_committed(embedded: Shelf) -> None:
    embedded.run(embedded.store.close())
    embedded.store = open_store(embedded.place, lambda: embedded.now_ms)
    with pytest.raises(UnavailableError):
        embedded.commit(embedded.change())


STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.none() | st.integers(0, 2)), min_size=1, max_size=10
)


@settings(max_examples=20)
@given(groups=st.lists(STEPS, max_size=4))
def test_whatever_comes_together_an_alias_has_one_owner_and_a_key_one_answer(
    engine: Engine,
    tmp_path_factory: pytest.TempPathFactory,
    groups: list[list[tuple[int, int | None]]],
) -> None:
    owners: dict[str, str] = {}
    used: set[int] = set()
    folder = tmp_path_factory.mktemp("shelf")
    with Shelf(engine.place(folder)) as shelf:
        for number, group in enumerate(groups):
            asked = [
                (f"{number}.{at}", f"a{alias}", key)
                for at, (alias, key) in enumerate(group)
                if key is None or key not in used
            ]
            as_of = shelf.run(shelf.store.look([])).as_of
            changes = [
                shelf.stored(who, alias, key=None if key is None else f"k{key}")
                for who, alias, key in asked
            ]
            words = told(shelf.commit(*changes, as_of=as_of))
            for (who, alias, key), word in zip(asked, words, strict=True):
                if key is not None and key in used:
                    assert word == "stale"
                elif alias in owners:
                    assert word == "taken"
                else:
                    assert word == "committed"
                    owners[alias] = who
                    used |= set() if key is None else {key}
        assert shelf.leaves() == shelf.log.size == 1 + len(owners)
        for alias, who in owners.items():
            found = shelf.found(alias)
            assert found is not None
            assert found.subject == subject(who)
    engine.drop(folder)


def test_leaves_of_one_customer_are_read_the_newest_first(shelf: Shelf) -> None:
    changes = [shelf.change() for _ in range(3)]
    for change, who in zip(changes, ("ada", "bob", "ada"), strict=True):
        change.subject = subject(who)
    outcomes = shelf.commit(*changes)
    first, other, last = (one.position for one in outcomes if isinstance(one, Committed))

    def read(before: int, count: int) -> list[int]:
        rows = shelf.run(shelf.store.leaves_of(subject("ada"), before, count))
        assert {row.subject for row in rows} <= {subject("ada")}
        return [row.position for row in rows]

    assert other not in read(last + 1, 10)
    assert read(last + 1, 10) == [last, first]
    assert read(last + 1, 1) == [last]
    assert read(last, 10) == [first]
    assert read(first, 10) == []


def test_leaves_of_one_customer_are_found_wherever_in_the_log_they_are(shelf: Shelf) -> None:
    places: dict[str, list[int]] = {"ada": [], "bob": [], "eve": []}
    for group in range(10):
        changes = [shelf.change() for _ in range(900)]
        names = ["ada" if n % (7 + group) == 0 else "bob" for n in range(900)]
        names[450] = "eve" if group in {0, 3, 9} else "bob"
        for change, who in zip(changes, names, strict=True):
            change.subject = subject(who)
        for who, one in zip(names, shelf.commit(*changes), strict=True):
            assert isinstance(one, Committed)
            places[who].append(one.position)

    def read(who: str, before: int, count: int) -> list[int]:
        rows = shelf.run(shelf.store.leaves_of(subject(who), before, count))
        return [row.position for row in rows]

    for who, expected in places.items():
        for before in (10**9, shelf.log.size, 8193, 8192, 8191, 4097, 4096, 4095, 1):
            newest_first = [at for at in reversed(expected) if at < before]
            for count in (1, 2, 300, 9000):
                assert read(who, before, count) == newest_first[:count], (who, before, count)
