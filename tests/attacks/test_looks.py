"""What a caller can learn or break with well-formed requests."""

from __future__ import annotations

import time

import pytest

from shopward.errors import InvalidError
from shopward.vault.normalise import normalise
from tests.scenarios.people import person
from tests.scenarios.plane import DataPlane


@pytest.mark.parametrize("change", [{"no-such-field": "x"}, {"email": "a@b"}])
def test_an_update_that_fails_its_form_is_no_unentered_oracle(
    plane: DataPlane, change: dict[str, str]
) -> None:
    shop, editor = plane.credential("shop-backend"), plane.credential("editor")
    fields = person()
    plane.ask("POST", "/v1/records", {"fields": fields}, credential=shop)
    before = _entries(plane)
    told = [
        plane.ask(
            "POST",
            "/v1/update",
            {"subject": f"email:{mail}", "fields": change},
            credential=editor,
        ).status
        for mail in (fields["email"], "nobody@example.com")
    ]
    assert told[0] == told[1] or _entries(plane) == before + 2


def test_a_batch_may_change_one_customer_often(plane: DataPlane) -> None:
    shop = plane.credential("shop-backend")
    stored = plane.ask("POST", "/v1/records", {"fields": person()}, credential=shop).json()
    items = [
        {"subject": stored["subject"], "fields": {"city": f"City {number}"}} for number in range(30)
    ]
    answer = plane.ask("POST", "/v1/update/batch", {"items": items}, credential=shop).json()
    assert [item["status"] for item in answer["items"]] == [200] * 30


def test_a_replay_obeys_the_policy_in_force(plane: DataPlane) -> None:
    importer, key = plane.credential("importer"), {"Idempotency-Key": "attack-1"}
    body = {"fields": person()}
    first = plane.ask("POST", "/v1/records", body, credential=importer, headers=key)
    assert first.status == 201
    section = '[roles.importer]\ntitle = { en = "our data import", de = "unser Datenimport" }\n'
    plane.edit_policy(
        lambda text: text.replace(section + 'may = ["store"]', section + 'may = ["explain"]')
    )
    plane.operator().reload_policy()
    try:
        assert plane.ask("POST", "/v1/records", body, credential=importer).status == 403
        again = plane.ask("POST", "/v1/records", body, credential=importer, headers=key)
        assert again.status == 403
    finally:
        plane.edit_policy(
            lambda text: text.replace(section + 'may = ["explain"]', section + 'may = ["store"]')
        )
        plane.operator().reload_policy()


def _entries(plane: DataPlane) -> int:
    return int(plane.operator().checkpoint().split("\n")[1])


@pytest.mark.parametrize("kind", ["phone", "postcode"])
def test_a_value_that_is_too_long_is_not_worked_on(kind: str) -> None:
    spent_s = []
    for _ in range(3):
        began_s = time.process_time()
        with pytest.raises(InvalidError):
            normalise(kind, "\ufdfa" * 10_000, field="f", region="DE")
        spent_s.append(time.process_time() - began_s)
    assert min(spent_s) < 0.01
