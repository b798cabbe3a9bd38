"""Finding customers beside by a whole unique value: who is found, who not, and what is entered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shopward.api.verbs import subject_digest
from shopward.errors import ConflictError, DeniedError, InvalidError
from shopward.policy import Freeze, Way
from shopward.settings import StoreSettings
from shopward.vault import finder, rotation, seek
from shopward.vault.find import Hit, Looking
from shopward.vault.finder import Answer
from shopward.vault.freeze import FreezeSubject
from shopward.vault.keydates import KeyDates
from tests.postgres.engine import sql
from tests.vault.jobs_by_hand import jobs, rotate
from tests.vault.service_world import EXAMPLE, PERSON, World

NAMED = """
[fields.last_name]
title = "last name"
category = "user.name.last"
retention = "account"
max_chars = 200
indexes = ["exact", "prefix", "infix"]
fold_accents = true
accepts_leak = "a test"
"""
POLICY = (
    EXAMPLE[: EXAMPLE.index("[fields.last_name]")]
    + NAMED
    + EXAMPLE[EXAMPLE.index("[fields.email]") :].replace(
        'find = ["prefix", "compound"]', 'find = ["exact", "prefix", "infix", "compound"]'
    )
)
PLAIN = POLICY.replace('indexes = ["exact", "prefix", "infix"]\nfold_accents = true\n', "").replace(
    'max_chars = 200\naccepts_leak = "a test"', "max_chars = 200"
)
PLAIN = PLAIN.replace('find = ["exact", "prefix", "infix", "compound"]', 'find = ["compound"]')


@pytest.fixture
def world(place: StoreSettings, tmp_path: Path) -> Iterator[World]:
    """On each engine."""
    with World(tmp_path, POLICY, place) as made:
        yield made


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "SETTLE_S", 0.0)


def find(
    world: World,
    way: str,
    fields: dict[str, str],
    *,
    role: str = "shop-backend",
    purpose: str = "account",
    fact: str | None = None,
    limit: int = 20,
) -> Answer:
    query = seek.parse(world.vault, fields, Way(way))
    looking = Looking(world.base(role), query, purpose, fact)
    return world.run(finder.find(world.settler, looking, limit))


def tokens(answer: Answer) -> list[str]:
    assert answer.look.error is None, answer.look.error
    return [one.value for one in answer.hits]


def person(world: World, last: str, postcode: str = "10115", **more: str) -> str:
    return world.customer({"last_name": last, "postcode": postcode, **more})


def postings(world: World) -> list[tuple[Any, ...]]:
    return sql(world.place, "SELECT name, version, digest, subject FROM posting")


def test_a_name_is_found_by_how_it_begins_and_by_a_part_of_it(world: World) -> None:
    ada = person(world, "Lovelace")
    love = person(world, "Love")
    grove = person(world, "van Hovelaken")
    assert tokens(find(world, "prefix", {"last_name": "LOVE"})) == [love, ada]
    assert tokens(find(world, "infix", {"last_name": "ovela"})) == [ada, grove]
    assert tokens(find(world, "exact", {"last_name": "love"})) == [love]
    assert tokens(find(world, "prefix", {"last_name": "ovela"})) == []


def test_the_best_match_comes_first(world: World) -> None:
    inside = person(world, "Johannah")
    word = person(world, "von Hanna")
    begins = person(world, "Hannawald")
    same = person(world, "Hanna")
    assert tokens(find(world, "infix", {"last_name": "hanna"})) == [same, begins, word, inside]


def test_several_fields_are_found_only_together(world: World) -> None:
    ada = person(world, "Müller", "10115")
    person(world, "Müller", "20095")
    person(world, "Meier", "10115")
    both = {"last_name": "muller", "postcode": "101 15"}
    assert tokens(find(world, "compound", both)) == [ada]
    with pytest.raises(ConflictError):
        find(world, "compound", {"last_name": "muller"})


def test_long_values_are_compared_whole(world: World) -> None:
    person(world, "Featherstonehaugh-Smith")
    other = person(world, "Featherstonehaugh-Jones")
    assert tokens(find(world, "prefix", {"last_name": "Featherstonehaugh-J"})) == [other]


def test_every_letter_group_in_another_order_is_no_match(world: World) -> None:
    person(world, "abcabd")
    assert tokens(find(world, "infix", {"last_name": "abdabc"})) == []
    assert tokens(find(world, "infix", {"last_name": "bcab"})) != []


def test_an_update_moves_and_an_erasure_removes(world: World) -> None:
    ada = person(world, "Lovelace")
    world.do(world.updating(ada, {"last_name": "Byron"}))
    assert tokens(find(world, "prefix", {"last_name": "lovelace"})) == []
    assert tokens(find(world, "prefix", {"last_name": "byron"})) == [ada]
    compound = {"last_name": "byron", "postcode": "10115"}
    assert tokens(find(world, "compound", compound)) == [ada]
    world.do(world.updating(ada, {"postcode": None}))
    assert tokens(find(world, "compound", compound)) == []
    world.do(world.updating(ada, {"postcode": "20095"}))
    assert tokens(find(world, "compound", {**compound, "postcode": "20095"})) == [ada]
    world.do(world.erasing(ada))
    assert tokens(find(world, "prefix", {"last_name": "byron"})) == []
    assert postings(world) == []


def test_a_class_that_goes_takes_its_digests_and_the_combined_ones(world: World) -> None:
    ada = person(world, "Lovelace")
    assert "compound-folded:last_name+postcode" in {row[0] for row in postings(world)}
    world.do(world.erasing(ada, "order"))
    assert "compound-folded:last_name+postcode" not in {row[0] for row in postings(world)}
    assert tokens(find(world, "prefix", {"last_name": "lo"})) == [ada]
    world.do(world.erasing(ada, "account"))
    assert postings(world) == []


def test_what_is_past_its_date_is_not_found(world: World) -> None:
    person(world, "Lovelace")
    assert tokens(find(world, "prefix", {"last_name": "lovel"})) != []
    world.pass_time(days=800)
    assert tokens(find(world, "prefix", {"last_name": "lovel"})) == []


def test_each_who_is_found_has_an_entry_of_her_own(world: World) -> None:
    ada, bob = person(world, "Lovelace"), person(world, "Loveday")
    before = world.size
    answer = find(world, "prefix", {"last_name": "love"})
    assert world.kinds(before) == ["record:searched"] * 3
    look = world.details(answer.look.position)
    assert (look["verb"], look["fields"], look["about"]) == ("find", ["last_name"], "prefix 2")
    assert "subject" not in look
    told = {world.details(one.position)["subject"] for one in answer.hits}
    assert told == {ada, bob}
    assert {one.position for one in answer.hits} | {answer.look.position} == set(
        range(before, before + 3)
    )


def test_no_way_to_find_that_the_policy_does_not_give(world: World) -> None:
    person(world, "Lovelace")
    before = world.size
    answer = find(world, "prefix", {"last_name": "love"}, role="support", purpose="account")
    assert isinstance(answer.look.error, DeniedError)
    assert answer.hits == ()
    assert world.kinds(before) == ["record:denied"]
    world.load_policy(POLICY.replace('find = ["exact", "prefix",', 'find = ["exact",'))
    answer = find(world, "prefix", {"last_name": "love"})
    assert isinstance(answer.look.error, DeniedError)
    assert answer.look.error.reason == "find-not-allowed"


def test_with_a_fact_its_own_customer_alone_is_found(world: World) -> None:
    ada, _ = person(world, "Lovelace"), person(world, "Loveday")
    text = POLICY + (
        '\n[[allow]]\nrole = "support"\npurpose = "support"\nfields = ["last_name"]\n'
        'find = ["prefix"]\n'
    )
    world.load_policy(text)
    world.do(world.stating("ticket:7", ada))
    found = find(
        world, "prefix", {"last_name": "love"}, role="support", purpose="support", fact="ticket:7"
    )
    assert tokens(found) == [ada]
    closed = find(
        world, "prefix", {"last_name": "love"}, role="support", purpose="support", fact="ticket:8"
    )
    assert isinstance(closed.look.error, DeniedError)


def test_each_who_is_found_counts_in_the_budget(world: World) -> None:
    for at in range(4):
        person(world, f"Lovelace {at}")
    world.load_policy(
        POLICY + '\n[[budget]]\nrole = "shop-backend"\npurpose = "account"\ncustomers_per_day = 3\n'
    )
    answer = find(world, "prefix", {"last_name": "love"})
    assert len(tokens(answer)) == 3
    assert not answer.is_complete
    again = find(world, "prefix", {"last_name": "love"})
    assert isinstance(again.look.error, DeniedError)


def test_a_frozen_customer_is_held_back_and_that_is_entered(world: World) -> None:
    ada, bob = person(world, "Lovelace"), person(world, "Loveday")
    alias, own = subject_digest(world.vault, ada)
    stop = Freeze(frozenset({"search"}), world.now, world.now + timedelta(days=1), "drill")
    world.do(FreezeSubject(world.base("security"), alias, own, stop))
    before = world.size
    answer = find(world, "prefix", {"last_name": "love"})
    assert (tokens(answer), answer.is_complete) == ([bob], False)
    assert sorted(world.kinds(before)) == ["record:denied", "record:searched", "record:searched"]
    world.pass_time(days=2)
    answer = find(world, "prefix", {"last_name": "love"})
    assert (sorted(tokens(answer)), answer.is_complete) == (sorted([ada, bob]), True)


def test_who_is_changed_between_the_search_and_its_entry_is_told_as_she_is(world: World) -> None:
    ada, bob = person(world, "Lovelace"), person(world, "Loveday")
    query = seek.parse(world.vault, {"last_name": "love"}, Way.PREFIX)
    looking = Looking(world.base("shop-backend"), query, "account", None)
    sought = world.run(seek.seek(world.vault, query))
    world.do(world.erasing(ada))
    settled = world.settle(*(Hit(looking, subject) for subject in sought.subjects))
    assert [one.value for one in settled if one.error is None] == [bob]


def test_a_dropped_index_that_comes_back_at_once_is_built_again(world: World) -> None:
    keeper = KeyDates(world.vault, runner := jobs(world))
    ada = person(world, "Lovelace")
    world.run(keeper.look(world.now))
    assert world.run(world.store.jobs()) == []
    world.load_policy(PLAIN)
    world.load_policy(POLICY)
    world.run(keeper.look(world.now))
    world.run(runner.drain())
    assert [row.name for row in world.run(world.store.jobs())] == ["index"]
    answer = find(world, "prefix", {"last_name": "lovelace"})
    assert (tokens(answer), answer.is_complete) == ([ada], True)


def test_more_than_the_limit_says_that_there_are_others(world: World) -> None:
    for at in range(4):
        person(world, f"Lovelace {at}")
    assert find(world, "prefix", {"last_name": "love"}, limit=4).is_complete
    assert not find(world, "prefix", {"last_name": "love"}, limit=3).is_complete


def test_the_work_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seek, "PAGE", 2)
    monkeypatch.setattr(seek, "PAGES", 2)
    for at in range(6):
        person(world, f"Lovelace {at}")
    answer = find(world, "infix", {"last_name": "lovelace"})
    assert len(tokens(answer)) == 4
    assert not answer.is_complete
    monkeypatch.setattr(seek, "PAGES", 9)
    answer = find(world, "infix", {"last_name": "lovelace"})
    assert (len(tokens(answer)), answer.is_complete) == (6, True)


def test_too_little_is_refused_and_names_no_value(world: World) -> None:
    for way, typed in (("prefix", "L"), ("infix", "Lo"), ("exact", "\u00ad"), ("infix", "  x ")):
        with pytest.raises(InvalidError) as refused:
            find(world, way, {"last_name": typed})
        assert typed.strip() not in (refused.value.detail + refused.value.hint).replace("Give", "")
    with pytest.raises(ConflictError):
        find(world, "prefix", {"city": "Lon"})


def test_an_index_that_nobody_accepted_holds_nobody(world: World) -> None:
    world.load_policy(POLICY.replace('accepts_leak = "a test"\n', ""))
    person(world, "Lovelace")
    assert {row[0] for row in postings(world)} == {"compound-folded:last_name+postcode"}
    with pytest.raises(ConflictError) as refused:
        find(world, "prefix", {"last_name": "love"})
    assert refused.value.reason == "index-not-live"


def test_a_bent_row_finds_nobody(world: World) -> None:
    person(world, "Lovelace")
    person(world, "Byron")
    rows = sql(
        world.place, "SELECT subject, digest FROM posting WHERE name = 'exact-folded:last_name'"
    )
    (one, _), (_, other) = rows
    row = (other, one, "exact-folded:last_name", 1)
    sql(world.place, "INSERT INTO posting VALUES (?, ?, ?, ?)", *row)
    found = [tokens(find(world, "exact", {"last_name": name})) for name in ("lovelace", "byron")]
    assert [len(one) for one in found] == [1, 1]


def test_the_job_puts_those_in_who_were_there_before_and_takes_the_dropped_out(
    world: World,
) -> None:
    world.load_policy(PLAIN)
    people = [person(world, f"Lovelace {at}") for at in range(70)]
    world.do(world.erasing(people[0]))
    world.load_policy(POLICY)
    early = person(world, "Lovelace new")
    answer = find(world, "exact", {"last_name": "lovelace 3"})
    assert (tokens(answer), answer.is_complete) == ([], False)
    assert tokens(find(world, "exact", {"last_name": "lovelace new"})) == [early]
    rotate(world, "index")
    answer = find(world, "exact", {"last_name": "lovelace 3"})
    assert (tokens(answer), answer.is_complete) == ([people[3]], True)
    assert len(tokens(find(world, "prefix", {"last_name": "lovelace"}, limit=100))) == 70
    world.load_policy(PLAIN)
    rotate(world, "index")
    assert {row[0] for row in postings(world)} == {"compound-folded:last_name+postcode"}
    assert world.run(world.store.built()) == {"compound-folded:last_name+postcode"}


def test_an_index_that_was_dropped_for_a_while_is_not_complete(world: World) -> None:
    person(world, "Lovelace")
    world.load_policy(PLAIN)
    late = person(world, "Loveday")
    world.load_policy(POLICY)
    answer = find(world, "prefix", {"last_name": "love"})
    assert not answer.is_complete
    rotate(world, "index")
    answer = find(world, "prefix", {"last_name": "love"})
    assert answer.is_complete
    assert late in tokens(answer)


def test_new_index_keys_take_every_digest_with_them(world: World) -> None:
    people = [person(world, f"Lovelace {at}") for at in range(3)]
    world.do(world.erasing(people[0]))
    old = {row[2] for row in postings(world)}
    rotate(world, "reindex")
    assert {row[1] for row in postings(world)} == {2}
    assert not old & {row[2] for row in postings(world)}
    found = find(world, "infix", {"last_name": "lovelace"})
    assert (sorted(tokens(found)), found.is_complete) == (sorted(people[1:]), True)


def test_a_customer_with_everything_is_found_after_a_restart(world: World) -> None:
    token = world.customer(PERSON | {"postcode": "SW1A 1AA"})
    world.reopen()
    both = {"last_name": "LOVELACE", "postcode": "sw1a1aa"}
    assert tokens(find(world, "compound", both)) == [token]
