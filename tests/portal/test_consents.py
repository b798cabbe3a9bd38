"""What a customer may agree to, by the policy."""

from __future__ import annotations

import hashlib
from pathlib import Path

from shopward.policy import parse
from shopward.portal import consents
from shopward.portal.said import gettext_noop

TEXT = (Path(__file__).parents[2] / "policy.example.toml").read_text("utf-8")
POLICY = parse(TEXT.encode())


def test_the_text_names_fields_purpose_and_who_sees_it() -> None:
    (offer,) = consents.offers(POLICY, "en", gettext_noop)

    assert offer.text == (
        "Example Shop may use your first name and e-mail address to send you our newsletter. "
        "Who sees it: our shop software. You can withdraw this at any time, and it holds at once."
    )
    assert offer.digest == hashlib.sha256(offer.text.encode()).hexdigest()
    assert offer.is_gpc


def test_another_policy_makes_another_text_where_it_asks_for_more() -> None:
    more = TEXT.replace('fields = ["first_name", "email"]', 'fields = ["phone", "email"]')
    (before,), (after,) = (
        consents.offers(one, "en", gettext_noop) for one in (POLICY, parse(more.encode()))
    )

    assert "phone number" in after.text
    assert before.digest != after.digest


def test_facts_that_other_purposes_rest_on_are_no_consents() -> None:
    shared = TEXT.replace('fact = "consent"', 'fact = "order"')

    assert POLICY.consents == {"consent"}
    assert parse(shared.encode()).consents == frozenset()
    assert consents.offers(parse(shared.encode()), "en", gettext_noop) == []
