"""Many requests in one call: each stands for itself, is answered in its place, and is entered."""

from __future__ import annotations

import json

import pytest

from shopward.ledger.checkpoint import open_checkpoint
from shopward.signing import Verifier
from shopward_client import (
    Client,
    DeniedError,
    Erase,
    ErasedError,
    Explain,
    InvalidError,
    NotFoundError,
    Reveal,
    Search,
    Store,
    TooLargeError,
    Update,
)
from tests.scenarios.people import number, person
from tests.scenarios.plane import DataPlane


@pytest.fixture
def shop(plane: DataPlane) -> Client:
    return plane.caller("shop-backend")


def test_looks_with_mixed_outcomes_are_answered_in_order(plane: DataPlane, shop: Client) -> None:
    ada, gone = shop.store(person(city="Turin")).subject, shop.store(person()).subject
    shop.erase(gone)
    looks = [
        Reveal(ada, ["city"], "account", reference="fine"),
        Reveal(ada, ["city"], reference="no purpose"),
        Reveal(gone, ["city"], "account", reference="erased"),
        Reveal("external:nobody", ["city"], "account", reference="unknown"),
        Reveal("cus_nonsense", ["city"], "account", reference="no subject"),
        Reveal(ada, ["city", "city"], "account"),
        Reveal(ada, ["vat_id"], "account", reference="fine"),
    ]
    outcomes = shop.reveal_many(looks)
    assert [one.status for one in outcomes] == [200, 403, 410, 404, 400, 200, 403]
    assert [one.reference for one in outcomes] == [look.reference for look in looks]
    expected = [None, DeniedError, ErasedError, NotFoundError, InvalidError, None, DeniedError]
    for outcome, error in zip(outcomes, expected, strict=True):
        if error is None:
            assert outcome.unwrap().fields == {"city": "Turin"}
        else:
            assert isinstance(outcome.problem, error)
    receipts = [one.result.receipt if one.result else one.problem.receipt for one in outcomes]  # type: ignore[union-attr]
    assert receipts[4] is None
    entered = [one.index for one in receipts if one is not None]
    assert entered == list(range(entered[0], entered[0] + 6))
    assert all(one is None or one.checkpoint is None for one in receipts)
    verifier = Verifier.parse(shop.log_key())
    assert open_checkpoint(outcomes.checkpoint, verifier).size > entered[-1]


def test_each_item_has_a_request_id_of_its_own(plane: DataPlane, shop: Client) -> None:
    subject = shop.store(person()).subject
    outcomes = shop.reveal_many([Reveal(subject, ["city"], "account")] * 3)
    auditor = plane.operator()
    entries = [plane.entry(auditor, one.unwrap().receipt.index) for one in outcomes]
    assert len({one["request"] for one in entries}) == 3
    assert len({one["request"].partition(".")[0] for one in entries}) == 1


def test_a_bad_customer_in_a_batch_leaves_the_others_whole(shop: Client) -> None:
    good, taken = person(), person()
    shop.store(taken)
    outcomes = shop.store_many(
        [
            Store(good, reference="good"),
            Store(person(email=taken["email"]), reference="taken"),
            Store(person(email="no address"), reference="bad mail"),
            Store(person(shoe_size="47"), reference="unknown field"),
            Store(person(email=good["email"]), reference="twice in this batch"),
            Store(person(first_name="a\u0000b"), reference="control"),
            Store(person(), tokens=["email"], reference="token"),
        ]
    )
    assert [one.status for one in outcomes] == [201, 409, 400, 400, 409, 400, 201]
    assert outcomes[4].problem is not None
    assert outcomes[4].problem.field == "email"
    found = shop.search("email", good["email"], purpose="account")
    assert found.subject == outcomes[0].unwrap().subject
    assert "email" in outcomes[6].unwrap().tokens


def test_items_that_change_one_customer_happen_one_after_the_other(shop: Client) -> None:
    subject = shop.store(person()).subject
    changes = [Update(subject, {"city": f"City {at}"}) for at in range(20)]
    outcomes = shop.update_many(changes)
    assert [one.status for one in outcomes] == [200] * 20
    indexes = [one.unwrap().receipt.index for one in outcomes]
    assert indexes == sorted(indexes)
    assert shop.reveal(subject, ["city"], purpose="account").fields == {"city": "City 19"}


def test_a_customer_erased_by_one_item_is_gone_for_the_next(shop: Client) -> None:
    subject = shop.store(person()).subject
    erased = shop.erase_many([Erase(subject), Erase(subject), Erase("external:nobody")])
    assert [one.status for one in erased] == [200, 410, 404]


def test_searches_and_explanations_come_in_batches_too(plane: DataPlane, shop: Client) -> None:
    ada, bob = person(), person()
    first, second = (one.unwrap().subject for one in shop.store_many([Store(ada), Store(bob)]))
    found = shop.search_many(
        [
            Search("email", bob["email"], "account"),
            Search("email", "nobody@example.com", "account"),
            Search("phone", ada["phone"], "account"),
            Search("phone", "twelve", "account"),
            Search("city", "London", "account"),
        ]
    )
    assert [one.status for one in found] == [200, 200, 200, 400, 400]
    assert [one.unwrap().subject for one in found[:3]] == [second, None, first]
    told = plane.caller("auditor").explain_many(
        [
            Explain("account", ["city"], role="shop-backend"),
            Explain("account", ["note"], role="shop-backend"),
            Explain(None, ["city"], role="nobody"),
        ]
    )
    assert [one.unwrap().reason for one in told] == [None, "field-not-allowed", "role-unknown"]


def test_a_thousand_items_fit_and_one_more_does_not(plane: DataPlane, shop: Client) -> None:
    before = plane.size()
    looks = [Search("email", f"nobody{at}@example.com", "account") for at in range(1001)]
    with pytest.raises(TooLargeError) as caught:
        shop.search_many(looks)
    assert caught.value.field == "items"
    assert plane.operator().entries(before, 1).entries == ()
    assert len(shop.search_many(looks[:1000])) == 1000


def test_an_empty_batch_is_refused(plane: DataPlane) -> None:
    credential = plane.credential("shop-backend")
    for path in ("records", "reveal", "search", "update", "erase", "explain", "facts"):
        answer = plane.ask("POST", f"/v1/{path}/batch", {"items": []}, credential=credential)
        assert (answer.status, answer.json()["field"]) == (400, "items")


def test_a_batch_with_one_malformed_item_is_refused_whole(plane: DataPlane, shop: Client) -> None:
    subject, credential = shop.store(person()).subject, plane.credential("shop-backend")
    before = plane.size()
    items = [{"subject": subject, "fields": {"city": "Rome"}}, {"subject": 7, "fields": {}}]
    answer = plane.ask("POST", "/v1/update/batch", {"items": items}, credential=credential)
    assert answer.status == 400
    assert answer.json()["field"].startswith("items")
    assert plane.operator().entries(before, 1).entries == ()


def test_names_for_the_callers_own_books_come_back_and_are_no_part_of_the_entry(
    plane: DataPlane, shop: Client
) -> None:
    mark = f"row {number()}; \u2603"
    outcome = shop.store_many([Store(person(), reference=mark)])[0]
    assert outcome.reference == mark
    details = plane.entry(plane.operator(), outcome.unwrap().receipt.index)
    assert mark not in json.dumps(details, ensure_ascii=False)
