"""The same key with the same request: the same answer, and nothing happens twice."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Any

import pytest

from shopward_client import ConflictError, Erase, PutFact, Store, Update
from tests.scenarios.people import number, person
from tests.scenarios.plane import Answer, DataPlane, at_once

Body = dict[str, Any]


class Till:
    """A caller of the shop that sends the same thing again and again."""

    def __init__(self, plane: DataPlane) -> None:
        self.plane = plane
        self.credential = plane.credential("shop-backend")
        self.client = plane.client(self.credential)

    def post(self, path: str, body: Body, key: str) -> Answer:
        headers = {"Idempotency-Key": key}
        return self.plane.ask("POST", path, body, credential=self.credential, headers=headers)


@pytest.fixture
def till(plane: DataPlane) -> Till:
    return Till(plane)


def _key() -> str:
    return secrets.token_urlsafe(16)


def test_a_repeated_store_gives_the_same_customer_and_says_so(till: Till) -> None:
    body, key = {"fields": person(), "tokens": ["email", "phone"]}, _key()
    first = till.post("/v1/records", body, key)
    before = till.plane.size()
    second = till.post("/v1/records", body, key)
    assert (first.status, second.status) == (201, 201)
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    one, two = first.json(), second.json()
    for member in ("index", "leaf_hash"):
        assert one["receipt"][member] == two["receipt"][member]
    assert (one["subject"], one["tokens"]) == (two["subject"], two["tokens"])
    assert till.plane.size() == before


def test_updates_and_erasures_and_facts_are_repeated_alike(plane: DataPlane, till: Till) -> None:
    subject, orders = till.client.store(person()).subject, plane.caller("order-system")
    key = _key()
    first = till.client.update(subject, {"phone": None}, idempotency_key=key)
    again = till.client.update(subject, {"phone": None}, idempotency_key=key)
    assert (first.subject, first.receipt.index) == (again.subject, again.receipt.index)
    key, fact = _key(), f"order:{number()}"
    versions = [
        orders.put_fact(fact, subject, "open", idempotency_key=key).version for _ in range(3)
    ]
    assert versions == [1, 1, 1]
    key = _key()
    gone = till.client.erase(subject, idempotency_key=key)
    replayed = till.client.erase(subject, idempotency_key=key)
    assert (gone.subject, gone.classes) == (replayed.subject, replayed.classes)
    assert gone.receipt.index == replayed.receipt.index


def test_the_key_with_another_body_is_a_conflict(till: Till) -> None:
    key = _key()
    assert till.post("/v1/records", {"fields": person()}, key).status == 201
    before = till.plane.size()
    answer = till.post("/v1/records", {"fields": person()}, key)
    assert (answer.status, answer.json()["reason"]) == (409, "idempotency-key-reused")
    assert key not in answer.body.decode()
    assert till.plane.size() == before


def test_the_key_of_another_caller_is_another_key(plane: DataPlane, till: Till) -> None:
    other, key = Till(plane), _key()
    mine = till.post("/v1/records", {"fields": person()}, key)
    theirs = other.post("/v1/records", {"fields": person()}, key)
    assert (mine.status, theirs.status) == (201, 201)
    assert mine.json()["subject"] != theirs.json()["subject"]


def test_a_refused_request_may_be_sent_again_under_its_key(till: Till) -> None:
    taken, key = person(), _key()
    holder = till.client.store(taken).subject
    body = {"fields": person(email=taken["email"])}
    assert till.post("/v1/records", body, key).status == 409
    till.client.erase(holder)
    assert till.post("/v1/records", body, key).status == 201
    assert till.post("/v1/records", body, key).headers["idempotency-replayed"] == "true"


def test_the_same_request_many_times_at_once_happens_once(till: Till) -> None:
    for _ in range(3):
        body, key, before = {"fields": person()}, _key(), till.plane.size()
        answers = at_once(*[partial(till.post, "/v1/records", body, key)] * 12)
        assert all(isinstance(one, Answer) and one.status == 201 for one in answers)
        given = [one for one in answers if isinstance(one, Answer)]
        assert len({one.json()["subject"] for one in given}) == 1
        assert len({one.json()["receipt"]["index"] for one in given}) == 1
        assert sum("idempotency-replayed" in one.headers for one in given) == 11
        assert till.plane.size() == before + 1


def test_repeats_beside_a_conflict_are_still_repeats(till: Till) -> None:
    taken = person()
    till.client.store(taken)
    for _ in range(5):
        body, key = {"fields": person()}, _key()
        repeats = [partial(till.post, "/v1/records", body, key)] * 6
        losers = [
            partial(till.post, "/v1/records", {"fields": person(email=taken["email"])}, _key())
            for _ in range(6)
        ]
        mixed = [call for pair in zip(repeats, losers, strict=True) for call in pair]
        answers = [one for one in at_once(*mixed) if isinstance(one, Answer)]
        assert sorted(one.status for one in answers) == [201] * 6 + [409] * 6


def test_a_batch_is_repeated_item_by_item(till: Till) -> None:
    taken, key = person(), _key()
    till.client.store(taken)
    items = [Store(person()), Store(person(email=taken["email"])), Store(person())]
    first = till.client.store_many(items, idempotency_key=key)
    before = till.plane.size()
    again = till.client.store_many(items, idempotency_key=key)
    assert [one.status for one in first] == [one.status for one in again] == [201, 409, 201]
    for at in (0, 2):
        assert first[at].unwrap().subject == again[at].unwrap().subject
        assert first[at].unwrap().receipt.index == again[at].unwrap().receipt.index
    assert till.plane.size() == before + 1


def test_a_batch_under_the_key_of_another_batch_conflicts_item_by_item(till: Till) -> None:
    key = _key()
    till.client.store_many([Store(person()), Store(person())], idempotency_key=key)
    other = till.client.store_many([Store(person())] * 3, idempotency_key=key)
    assert isinstance(other[0].problem, ConflictError)
    assert isinstance(other[1].problem, ConflictError)
    assert other[2].status == 201


def test_every_writing_batch_takes_a_key(plane: DataPlane, till: Till) -> None:
    subject, orders = till.client.store(person()).subject, plane.caller("order-system")
    for send, items in (
        (till.client.update_many, [Update(subject, {"city": "Rome"})] * 2),
        (orders.put_facts, [PutFact(f"order:{number()}", subject, "open")] * 2),
        (till.client.erase_many, [Erase(subject)]),
    ):
        key = _key()
        first = send(items, idempotency_key=key)
        again = send(items, idempotency_key=key)
        assert [one.unwrap().receipt.index for one in first] == [
            one.unwrap().receipt.index for one in again
        ]


def test_a_key_is_visible_ascii_of_bounded_length(till: Till) -> None:
    body = {"fields": person()}
    for key in ("", "with blank", "x" * 201, "caf\u00e9"):
        answer = till.post("/v1/records", body, key)
        assert (answer.status, answer.json()["field"]) == (400, "Idempotency-Key"), key
    assert till.post("/v1/records", body, "!" + "~" * 199).status == 201


def test_a_look_is_entered_each_time_whatever_its_key(till: Till) -> None:
    subject, key = till.client.store(person()).subject, _key()
    body = {"subject": subject, "fields": ["city"], "purpose": "account"}
    first, second = (till.post("/v1/reveal", body, key) for _ in range(2))
    assert first.json()["receipt"]["index"] < second.json()["receipt"]["index"]
    assert "idempotency-replayed" not in second.headers


def test_an_answer_is_repeated_after_a_restart(own_plane: DataPlane) -> None:
    till, body, key = Till(own_plane), {"fields": person()}, _key()
    first = till.post("/v1/records", body, key).json()
    assert own_plane.stop() == 0
    own_plane.start()
    again = till.post("/v1/records", body, key)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json()["subject"] == first["subject"]
    assert again.json()["receipt"]["leaf_hash"] == first["receipt"]["leaf_hash"]
