"""What the entries say, and what they never say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopward.errors import InvalidError
from shopward.ledger.entry import parse_leaf
from shopward.ledger.reader import Opened
from shopward.settings import StoreSettings
from shopward.vault.operation import Settled
from tests.postgres.engine import Engine
from tests.vault.service_world import PERSON, World

SEEN = st.characters(codec="utf-8", categories=["L", "N"], max_codepoint=0x2FFF)
VALUES = st.text(SEEN, min_size=8, max_size=40).map(lambda text: "\u03b6" + text)


@pytest.fixture
def world(place: StoreSettings, tmp_path: Path) -> Iterator[World]:
    with World(tmp_path, place=place) as made:
        yield made


@pytest.fixture(scope="module")
def shared(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("shared")
    with World(folder, place=engine.place(folder)) as made:
        yield made


def test_a_look_is_entered_with_all_that_matters(world: World) -> None:
    subject = world.customer()
    world.do(world.stating("order:7", subject))
    look = world.revealing(
        "email:ada@example.com", "city", "phone", role="warehouse", purpose="fulfil", fact="order:7"
    )
    settled = world.do(look)
    assert world.details(settled.position) == {
        "v": 1,
        "request": look.base.request,
        "actor": "warehouse-id",
        "role": "warehouse",
        "assurance": 1,
        "verb": "reveal",
        "purpose": "fulfil",
        "fact": "order:7",
        "subject": subject,
        "fields": ["city", "phone"],
        "decision": "permit",
        "policy": world.vault.policy.sha256,
    }


def test_a_refusal_is_entered_with_its_reason(world: World) -> None:
    subject = world.customer()
    settled = world.do(world.revealing(subject, "vat_id"))
    told = world.details(settled.position)
    assert (told["decision"], told["reason"]) == ("deny", "field-not-allowed")
    assert told["subject"] == subject


def test_a_refused_look_at_nobody_names_nobody(world: World) -> None:
    settled = world.do(world.revealing("email:eve@example.com", "city"))
    told = world.details(settled.position)
    assert (told["decision"], told["reason"]) == ("deny", "subject-unknown")
    assert "subject" not in told
    assert "eve@" not in json.dumps(told)


def test_entries_of_a_customer_die_with_the_customer_and_those_of_others_do_not(
    world: World,
) -> None:
    ada = world.customer()
    bob = world.customer(PERSON | {"email": "bob@example.com", "phone": "+493090182001"})
    looks = [world.do(world.revealing(who)).position for who in (ada, bob, ada, bob)]
    world.do(world.erasing(ada))
    rows = world.run(world.store.leaves(0, 1000))
    opened = world.run(world.vault.open_entries(rows))
    assert [isinstance(opened[at], Opened) for at in looks] == [False, True, False, True]
    naming = [one.details.decode() for one in opened if isinstance(one, Opened)]
    assert [json.loads(text)["verb"] for text in naming if ada in text] == ["erase"]


def test_an_erasure_of_one_class_keeps_the_entries(world: World) -> None:
    subject = world.customer()
    look = world.do(world.revealing(subject)).position
    world.do(world.erasing(subject, "order"))
    assert world.details(look)["subject"] == subject


def test_every_opened_entry_is_the_one_its_leaf_commits_to(world: World) -> None:
    subject = world.customer()
    world.settle(world.revealing(subject), world.revealing(subject, "vat_id"))
    rows = world.run(world.store.leaves(0, 1000))
    for row, opened in zip(rows, world.run(world.vault.open_entries(rows)), strict=True):
        assert isinstance(opened, Opened)
        assert opened.opens(parse_leaf(row.leaf))


@settings(max_examples=25)
@given(first=VALUES, city=VALUES, note=VALUES, own=VALUES)
def test_no_entry_no_error_and_no_row_holds_a_value(
    shared: World, first: str, city: str, note: str, own: str
) -> None:
    start = shared.size
    settled = [_stored(shared, {"first_name": first, "city": city, "note": note}, own)]
    if settled[0].error is None:
        token = settled[0].value[0]
        settled += shared.settle(
            shared.revealing(token, "first_name", "city"),
            shared.revealing(f"external:{own}", "note"),
            shared.updating(token, {"city": note}),
            shared.stating("order:1", token),
            shared.listing(token),
            shared.explaining("support", "support", "note", subject=token),
            shared.erasing(token),
            shared.revealing(token, "city"),
        )
    rows = shared.run(shared.store.leaves(start, 100))
    entries = shared.run(shared.vault.open_entries(rows))
    said = [f"{one.error!r} {one.error}" for one in settled]
    said += [one.details.decode() for one in entries if isinstance(one, Opened)]
    kept = b"".join(row.sealed + row.leaf for row in rows)
    for value in (first, city, note, own):
        assert value.encode() not in kept
        for text in said:
            assert value not in text


def _stored(world: World, fields: dict[str, str], own: str) -> Settled:
    return world.do(world.storing(fields, external=own))


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(list(PERSON)), st.text(max_size=30), min_size=1))
def test_whatever_is_stored_comes_back_or_is_refused_by_field(
    shared: World, fields: dict[str, str]
) -> None:
    stored = shared.do(shared.storing(fields))
    if stored.error is not None:
        assert isinstance(stored.error, InvalidError)
        assert stored.error.field in fields
        return
    token = stored.value[0]
    asked = [name for name in fields if name not in {"note", "vat_id"}]
    if asked:
        seen = shared.do(shared.revealing(token, *asked))
        assert seen.value == (token, {name: fields[name] for name in asked})
    shared.do(shared.erasing(token))
