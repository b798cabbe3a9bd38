"""Digests by which customers may be found: written, guarded, walked and taken away."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from shopward.settings import StoreSettings
from shopward.store import HOUSE, Op, PostingRow
from tests.store.shelf import Shelf, Write, put_class, put_subject, subject


@pytest.fixture
def shelf(place: StoreSettings) -> Iterator[Shelf]:
    with Shelf(place) as made:
        yield made


def gram(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]


def post(who: str, text: str, name: str = "prefix:last_name", version: int = 1) -> Write:
    return Op.PUT_POSTING, (gram(text), subject(who), name, version)


def add(who: str, text: str, generation: int) -> Write:
    values = (gram(text), subject(who), "infix:last_name", 1, generation)
    return Op.ADD_POSTING, values


def names(shelf: Shelf, *who: str) -> list[str]:
    rows: list[PostingRow] = shelf.run(shelf.store.postings([subject(one) for one in who]))
    return sorted(row.name for row in rows)


def store(shelf: Shelf, who: str, *writes: Write) -> None:
    shelf.commit(shelf.change(put_subject(who), put_class(who), *writes))


def test_the_same_digest_is_anybodys_and_written_once_for_each(shelf: Shelf) -> None:
    store(shelf, "ada", post("ada", "lo"), post("ada", "lo"))
    store(shelf, "bob", post("bob", "lo"))
    rows = shelf.run(shelf.store.postings([subject("ada"), subject("bob"), subject("eve")]))
    assert {row.subject for row in rows} == {subject("ada"), subject("bob")}
    assert rows[0] == PostingRow(gram("lo"), rows[0].subject, "prefix:last_name", 1)
    assert len(rows) == 2


def test_a_field_takes_every_index_over_it_and_no_other(shelf: Shelf) -> None:
    store(
        shelf,
        "ada",
        post("ada", "a", "prefix-folded:name"),
        post("ada", "b", "compound:city+name+post"),
        post("ada", "c", "compound:first_name+names"),
        post("ada", "d", "exact:last-name"),
    )
    store(shelf, "bob", post("bob", "a", "prefix-folded:name"))
    shelf.commit(shelf.change((Op.DELETE_POSTINGS_BY, (subject("ada"), "name"))))
    assert names(shelf, "ada") == ["compound:first_name+names", "exact:last-name"]
    assert names(shelf, "bob") == ["prefix-folded:name"]
    shelf.commit(shelf.change((Op.DELETE_POSTINGS, (subject("ada"),))))
    assert names(shelf, "ada") == []


def test_what_was_read_before_an_update_is_neither_added_nor_dropped(shelf: Shelf) -> None:
    store(shelf, "ada", post("ada", "lo"))
    drop = (Op.DROP_POSTING, (gram("lo"), subject("ada"), 1))
    together = shelf.change(put_subject("ada", 2), guard=("ada", 1))
    shelf.commit(together, shelf.change(add("ada", "ove", 1), drop))
    assert names(shelf, "ada") == ["prefix:last_name"]
    shelf.commit(shelf.change(add("ada", "ove", 1), drop))
    assert names(shelf, "ada") == ["prefix:last_name"]
    later = (Op.DROP_POSTING, (gram("lo"), subject("ada"), 2))
    shelf.commit(shelf.change(add("ada", "ove", 2), later))
    assert names(shelf, "ada") == ["infix:last_name"]


def test_those_with_all_digests_are_walked_a_page_at_a_time(shelf: Shelf) -> None:
    everybody = [f"p{at}" for at in range(7)]
    for at, who in enumerate(everybody):
        more = [post(who, "all"), post(who, "too")] if at % 2 else [post(who, "all")]
        store(shelf, who, *more)
    wanted = sorted(subject(who) for who in everybody[1::2])
    found, after, pages = [], b"", 0
    while True:
        page = shelf.run(shelf.store.matching(gram("all"), [gram("too")], after, 3))
        found += page.subjects
        pages += 1
        if page.last is None:
            break
        after = page.last
    assert (found, pages) == (wanted, 3)
    alone = shelf.run(shelf.store.matching(gram("too"), [], b"", 50))
    assert (alone.subjects, alone.last) == (wanted, None)
    nobody = shelf.run(shelf.store.matching(gram("none"), [gram("all")], b"", 50))
    assert (nobody.subjects, nobody.last) == ([], None)


def test_digests_are_counted_up_to_a_bound(shelf: Shelf) -> None:
    for at in range(5):
        store(shelf, f"p{at}", post(f"p{at}", "all"))
    counts = shelf.run(shelf.store.tally([gram("all"), gram("none")], 3))
    assert counts == {gram("all"): 3, gram("none"): 0}


def test_customers_come_whole_and_in_order(shelf: Shelf) -> None:
    for who in ("ada", "bob", "eve"):
        shelf.commit(shelf.change(put_subject(who), put_class(who), put_class(who, "tax")))
    shelf.commit(shelf.change(put_subject("gone", erased_ms=5)))
    everybody = shelf.run(shelf.store.customers(HOUSE, 50))
    assert [one.subject for one in everybody] == sorted(
        subject(who) for who in ("ada", "bob", "eve", "gone")
    )
    kept = {one.subject: set(one.classes) for one in everybody}
    assert kept[subject("ada")] == {"order", "tax"}
    assert kept[subject("gone")] == set()
    first = shelf.run(shelf.store.customers(HOUSE, 2))
    rest = shelf.run(shelf.store.customers(first[-1].subject, 50))
    assert first + rest == everybody
    some = shelf.run(shelf.store.snapshots([subject("eve"), subject("nobody"), subject("ada")]))
    assert {one.subject for one in some} == {subject("eve"), subject("ada")}
    assert shelf.run(shelf.store.snapshots([])) == []


def test_an_index_is_built_only_for_the_policy_in_force(shelf: Shelf) -> None:
    shelf.commit(shelf.change((Op.PUT_BUILT, ("exact:a", "policy"))))
    shelf.commit(shelf.change((Op.PUT_BUILT, ("exact:b", "another"))))
    assert shelf.run(shelf.store.built()) == {"exact:a"}
    both = ((Op.PUT_BUILT, ("exact:a", "policy")), (Op.DELETE_BUILT, ("exact:a",)))
    shelf.commit(shelf.change(*both))
    assert shelf.run(shelf.store.built()) == set()
