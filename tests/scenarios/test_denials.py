"""Whatever the policy does not permit is denied, entered in the ledger, and explained."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from shopward_client import DeniedError, ErasedError, NotFoundError, ShopwardError
from tests.scenarios.people import number, person
from tests.scenarios.plane import DataPlane, kind_of, now

SLUG = re.compile(r"^[a-z]+(-[a-z]+)*$")
ERRORS = {"subject-erased": ErasedError, "subject-unknown": NotFoundError}
CUSTOMER = person(first_name="Grace", city="Arlington", note="Zanzibar-7")


class Denials:
    """A shop with one customer, and somebody who checks each denial."""

    def __init__(self, plane: DataPlane) -> None:
        self.plane = plane
        self.shop = plane.caller("shop-backend")
        self.orders = plane.caller("order-system")
        self.auditor = plane.caller("auditor", assurance=2)
        self.subject = self.shop.store(person(**CUSTOMER)).subject

    def fact(self, kind: str, state: str = "open", *, expires: str | None = None) -> str:
        """A fresh fact about the customer."""
        name = f"{kind}:{number()}"
        self.orders.put_fact(name, self.subject, state, expires=expires)
        return name

    def assert_denied(
        self, reason: str, look: Callable[..., object], *arguments: object, **named: object
    ) -> ShopwardError:
        """The look is refused in plain words, and its entry says the same without a value."""
        with pytest.raises(ERRORS.get(reason, DeniedError)) as caught:
            look(*arguments, **named)
        refused = caught.value
        assert refused.reason == reason
        for words in (refused.detail, refused.hint):
            assert len(words.split()) > 2, words
            assert not SLUG.fullmatch(words)
        assert refused.receipt is not None
        row = self.auditor.entries(refused.receipt.index, 1).entries[0]
        assert kind_of(row.leaf) == "record:denied"
        details = json.loads(row.details or "")
        assert (details["decision"], details["reason"]) == ("deny", reason)
        told = json.dumps(details) + refused.detail + refused.hint
        for value in CUSTOMER.values():
            assert value not in told
        return refused

    def assert_explained(
        self,
        reason: str,
        role: str,
        purpose: str | None,
        fields: list[str],
        fact: str | None = None,
    ) -> None:
        """`explain` comes to the same verdict, with every rule it looked at."""
        told = self.auditor.explain(
            role=role, purpose=purpose, fields=fields, subject=self.subject, fact=fact
        )
        assert (told.verdict, told.reason) == ("deny", reason)
        assert told.sentence
        assert told.hint
        assert any(step.startswith("no ") for step in told.steps)


@pytest.fixture(scope="module")
def shop(plane: DataPlane) -> Denials:
    return Denials(plane)


def test_a_look_without_a_purpose_is_denied(shop: Denials) -> None:
    shop.assert_denied("purpose-missing", shop.shop.reveal, shop.subject, ["email"])
    shop.assert_explained("purpose-missing", "shop-backend", None, ["email"])


def test_a_purpose_that_the_policy_does_not_know_is_denied(shop: Denials) -> None:
    shop.assert_denied(
        "purpose-unknown", shop.shop.reveal, shop.subject, ["email"], purpose="curiosity"
    )
    shop.assert_explained("purpose-unknown", "shop-backend", "curiosity", ["email"])


def test_a_purpose_that_does_not_give_the_field_is_denied(shop: Denials) -> None:
    look = shop.shop.reveal
    refused = shop.assert_denied(
        "field-not-allowed", look, shop.subject, ["vat_id"], purpose="account"
    )
    assert refused.field == "vat_id"
    shop.assert_explained("field-not-allowed", "shop-backend", "account", ["vat_id"])


def test_one_field_too_many_denies_the_whole_look(shop: Denials) -> None:
    fields = ["city", "email", "vat_id"]
    assert (
        shop.assert_denied(
            "field-not-allowed", shop.shop.reveal, shop.subject, fields, purpose="account"
        ).field
        == "vat_id"
    )


def test_a_field_that_the_policy_does_not_know_is_denied(shop: Denials) -> None:
    shop.assert_denied(
        "field-unknown", shop.shop.reveal, shop.subject, ["shoe_size"], purpose="account"
    )
    shop.assert_explained("field-unknown", "shop-backend", "account", ["shoe_size"])


def test_a_look_at_no_field_is_denied(shop: Denials) -> None:
    shop.assert_denied("field-missing", shop.shop.reveal, shop.subject, [], purpose="account")
    shop.assert_explained("field-missing", "shop-backend", "account", [])


def test_a_verb_that_the_role_does_not_have_is_denied(shop: Denials) -> None:
    importer = shop.plane.caller("importer")
    shop.assert_denied(
        "verb-not-allowed", importer.reveal, shop.subject, ["city"], purpose="account"
    )
    shop.assert_explained("verb-not-allowed", "importer", "account", ["city"])
    refused = "verb-not-allowed"
    shop.assert_denied(refused, importer.update, shop.subject, {"city": "Rome"})
    shop.assert_denied(refused, importer.erase, shop.subject)
    shop.assert_denied(refused, importer.explain, purpose="account", fields=["city"])
    shop.assert_denied(refused, importer.facts, shop.subject)
    shop.assert_denied(refused, shop.shop.put_fact, "order:1", shop.subject, "open")
    shop.assert_denied(refused, shop.orders.store, person())
    shop.assert_denied(refused, shop.orders.search, "email", "a@example.com", purpose="account")


def test_the_operator_may_not_look_search_or_store(shop: Denials) -> None:
    operator = shop.plane.operator()
    refused = "role-unknown"
    shop.assert_denied(refused, operator.reveal, shop.subject, ["city"], purpose="account")
    shop.assert_denied(refused, operator.search, "email", "a@example.com", purpose="account")
    shop.assert_denied(refused, operator.store, person())
    shop.assert_denied(refused, operator.update, shop.subject, {"city": "Rome"})
    shop.assert_denied(refused, operator.erase, shop.subject)
    shop.assert_denied(refused, operator.put_fact, "order:1", shop.subject, "open")


def test_a_purpose_that_rests_on_a_fact_needs_one(shop: Denials) -> None:
    warehouse = shop.plane.caller("warehouse")
    shop.assert_denied("fact-missing", warehouse.reveal, shop.subject, ["city"], purpose="fulfil")
    shop.assert_explained("fact-missing", "warehouse", "fulfil", ["city"])


def _by_fact(shop: Denials, fact: str, reason: str) -> None:
    warehouse = shop.plane.caller("warehouse")
    shop.assert_denied(
        reason, warehouse.reveal, shop.subject, ["city"], purpose="fulfil", fact=fact
    )
    shop.assert_explained(reason, "warehouse", "fulfil", ["city"], fact)


def test_a_fact_that_nobody_stated_denies(shop: Denials) -> None:
    _by_fact(shop, f"order:{number()}", "fact-unknown")


def test_a_closed_fact_denies(shop: Denials) -> None:
    _by_fact(shop, shop.fact("order", "closed"), "fact-closed")


def test_a_fact_that_was_open_and_is_closed_now_denies(shop: Denials) -> None:
    fact = shop.fact("order")
    warehouse = shop.plane.caller("warehouse")
    seen = warehouse.reveal(shop.subject, ["city"], purpose="fulfil", fact=fact)
    assert seen.fields == {"city": "Arlington"}
    shop.orders.put_fact(fact, shop.subject, "closed")
    _by_fact(shop, fact, "fact-closed")


def test_an_expired_fact_denies(shop: Denials) -> None:
    long_ago = shop.fact("order", expires=(now() - timedelta(days=1)).isoformat())
    _by_fact(shop, long_ago, "fact-expired")
    soon = shop.fact("order", expires=(now() + timedelta(milliseconds=120)).isoformat())
    time.sleep(0.15)
    _by_fact(shop, soon, "fact-expired")


def test_another_customers_fact_denies(shop: Denials) -> None:
    other = shop.shop.store(person()).subject
    fact = f"order:{number()}"
    shop.orders.put_fact(fact, other, "open")
    _by_fact(shop, fact, "fact-foreign")


def test_a_fact_of_another_type_denies(shop: Denials) -> None:
    _by_fact(shop, shop.fact("ticket"), "fact-wrong-type")


def test_a_fact_that_is_named_without_need_must_hold_too(shop: Denials) -> None:
    closed = shop.fact("order", "closed")
    shop.assert_denied(
        "fact-closed", shop.shop.reveal, shop.subject, ["city"], purpose="account", fact=closed
    )


def test_a_sign_in_that_is_not_sure_enough_is_denied(shop: Denials) -> None:
    shop.assert_denied(
        "assurance-too-low", shop.shop.reveal, shop.subject, ["vat_id"], purpose="tax"
    )
    surer = shop.plane.caller("shop-backend", assurance=2)
    assert surer.reveal(shop.subject, ["vat_id"], purpose="tax").fields["vat_id"] == "GB123456789"


def test_a_look_outside_the_hours_is_denied(shop: Denials) -> None:
    clerk = shop.plane.caller("clerk")
    shop.assert_denied("outside-hours", clerk.reveal, shop.subject, ["city"], purpose="account")
    shop.assert_explained("outside-hours", "clerk", "account", ["city"])


def test_a_clause_that_is_not_fulfilled_denies(shop: Denials) -> None:
    fact = shop.fact("ticket")
    support = shop.plane.caller("support")
    shop.assert_denied(
        "clause-unmet", support.reveal, shop.subject, ["note"], purpose="support", fact=fact
    )
    shop.assert_explained("clause-unmet", "support", "support", ["note"], fact)
    trained = shop.plane.caller("support", clauses=("trained:pii",))
    seen = trained.reveal(shop.subject, ["note"], purpose="support", fact=fact)
    assert seen.fields == {"note": "Zanzibar-7"}


def test_a_deny_rule_wins(shop: Denials) -> None:
    fact = shop.fact("consent")
    assert (
        shop.assert_denied(
            "denied-by-rule",
            shop.shop.reveal,
            shop.subject,
            ["email", "note"],
            purpose="marketing",
            fact=fact,
        ).field
        == "note"
    )
    shop.assert_explained("denied-by-rule", "shop-backend", "marketing", ["note"], fact)


def test_an_erased_customer_is_gone_and_every_later_look_is_entered(shop: Denials) -> None:
    gone = shop.shop.store(person()).subject
    shop.shop.erase(gone)
    erased = "subject-erased"
    shop.assert_denied(erased, shop.shop.reveal, gone, ["city"], purpose="account")
    shop.assert_denied(erased, shop.shop.update, gone, {"city": "Rome"})
    shop.assert_denied(erased, shop.shop.erase, gone)
    shop.assert_denied(erased, shop.orders.put_fact, f"order:{number()}", gone, "open")
    shop.assert_denied(erased, shop.orders.facts, gone)
    shop.assert_denied(
        erased, shop.auditor.explain, purpose="account", fields=["city"], subject=gone
    )


def test_an_unknown_customer_is_not_found_and_the_look_is_entered(shop: Denials) -> None:
    never = "cus_" + "0" * 27
    for subject in (never, "email:nobody@example.com", "external:nobody"):
        shop.assert_denied(
            "subject-unknown", shop.shop.reveal, subject, ["city"], purpose="account"
        )


def test_what_the_policy_refuses_anyhow_does_not_tell_whether_a_customer_exists(
    shop: Denials,
) -> None:
    courier, refused = shop.plane.caller("courier"), "field-not-allowed"
    for subject in (shop.subject, "email:nobody@example.com"):
        shop.assert_denied(refused, shop.shop.reveal, subject, ["vat_id"], purpose="account")
        shop.assert_denied(refused, courier.reveal, subject, ["email"], purpose="deliver")


def test_a_caller_whose_role_left_the_policy_is_denied(own_plane: DataPlane) -> None:
    shop = Denials(own_plane)
    leaver = own_plane.caller("leaver")
    seen = leaver.reveal(shop.subject, ["city"], purpose="account")
    assert seen.fields == {"city": "Arlington"}
    own_plane.edit_policy(_without_leaver)
    own_plane.operator().reload_policy()
    shop.assert_denied("role-unknown", leaver.reveal, shop.subject, ["city"], purpose="account")
    shop.assert_explained("role-unknown", "leaver", "account", ["city"])


def _without_leaver(text: str) -> str:
    tables = re.split(r"\n(?=\[)", text)
    kept = [one for one in tables if "[roles.leaver]" not in one and 'role = "leaver"' not in one]
    assert len(kept) == len(tables) - 2
    return "\n".join(kept)
