"""Entries told in sentences: who, what, why, and nothing left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.events import Kind
from shopward.policy import Reason, parse
from shopward.portal.activity import Entry, Side, looks_before, told
from shopward.portal.plain import Group
from shopward.portal.reading import grade

POLICY = parse((Path(__file__).parents[2] / "policy.example.toml").read_bytes())
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
STAFF = {"realm": "staff", "role": "support", "actor": "acc_1"}
COURIER = {"role": "courier", "actor": "0123456789ab"}
SHOP = {"role": "shop-backend", "actor": "0123456789ab"}
HERSELF = {"realm": "customer", "role": "customer", "actor": "acc_9"}


def line(kind: str, language: str = "en", index: int = 7, **details: Any) -> Any:
    return told(POLICY, Entry(index, NOW, kind, details), language)


@pytest.mark.parametrize(
    ("kind", "details", "sentence", "side"),
    [
        (
            "record:revealed",
            {**STAFF, "fields": ["first_name", "city"], "purpose": "support", "fact": "ticket:77"},
            "Our support team saw your first name and city to answer your question (ticket 77).",
            Side.STAFF,
        ),
        (
            "record:revealed",
            {**COURIER, "fields": ["address1"], "purpose": "deliver", "fact": "shipment:9"},
            "Acme Courier saw your street address to deliver your order (shipment 9).",
            Side.PARTNER,
        ),
        (
            "record:revealed",
            {**SHOP, "fields": ["email"], "purpose": "marketing", "fact": "consent:1"},
            "Our shop software saw your e-mail address to send you our newsletter (consent 1).",
            Side.SOFTWARE,
        ),
        (
            "record:revealed",
            {**HERSELF, "fields": ["email"]},
            "You looked at your own data.",
            Side.YOU,
        ),
        (
            "record:revealed",
            {**HERSELF, "actor": "console", "fields": ["city"], "purpose": "account"},
            "Our website saw your city to sign you in and keep your account.",
            Side.HOUSE,
        ),
        (
            "record:denied",
            {**STAFF, "fields": ["phone"], "reason": "fact-closed"},
            (
                "Our support team asked for your phone number and was refused: "
                "the reason for it was over."
            ),
            Side.STAFF,
        ),
        (
            "record:denied",
            {**COURIER, "verb": "erase"},
            "Acme Courier tried something and was refused: our rules do not allow it.",
            Side.PARTNER,
        ),
        (
            "record:searched",
            {**STAFF, "fields": ["email"], "purpose": "support", "fact": "ticket:1"},
            (
                "Our support team looked you up by your e-mail address to answer your question "
                "(ticket 1)."
            ),
            Side.STAFF,
        ),
        ("record:updated", {**HERSELF, "fields": ["city"]}, "You changed your city.", Side.YOU),
        (
            "record:expired",
            {"classes": ["order"]},
            "We deleted your delivery data: its time was over.",
            Side.HOUSE,
        ),
        (
            "fact:put",
            {"role": "order-system", "fact": "order:1042", "about": "open"},
            "Our order system noted: order 1042 is open.",
            Side.SOFTWARE,
        ),
        ("customer:signed-in", HERSELF, "You signed in.", Side.YOU),
    ],
)
def test_an_entry_is_one_sentence(
    kind: str, details: dict[str, Any], sentence: str, side: Side
) -> None:
    found = line(kind, **details)

    assert str(found.said) == sentence
    assert found.side is side


def test_titles_are_in_the_readers_language() -> None:
    found = line("record:revealed", "de", **STAFF, fields=["city"], purpose="support")

    assert found.said.values["who"] == "unser Kundendienst"
    assert found.said.values["fields"] == ("Ort",)


@pytest.mark.parametrize("kind", [*Kind, "brand:new"])
def test_no_kind_is_left_out_or_breaks(kind: str) -> None:
    for details in ({}, STAFF, {"role": "unheard-of", "fields": ["unheard-of"]}):
        assert str(line(kind, **details).said)


@pytest.mark.parametrize(
    "kind",
    [one for one in Kind if one.partition(":")[0] in {"customer", "consent", "factor"}]
    + ["oidc:signed-in", "oidc:signed-out", "oidc:replayed", "recovery:asked", "recovery:used"]
    + ["recovery:cancelled", "request:filed", "request:closed"],
)
def test_what_happens_to_a_customer_has_words_of_its_own(kind: str) -> None:
    said = str(line(kind, **HERSELF).said)
    assert (kind in said) == (kind == Kind.CUSTOMER_REMOVED), "nobody is left to read that"


def test_an_unknown_kind_is_named() -> None:
    assert "brand:new" in str(line("brand:new", **STAFF).said)


@pytest.mark.parametrize("reason", list(Reason))
def test_every_refusal_has_plain_words(reason: Reason) -> None:
    said = str(line("record:denied", **STAFF, fields=["city"], reason=reason.value).said)

    assert reason.value not in said
    assert grade(said) <= 9


def test_what_cannot_be_read_any_more_says_so() -> None:
    found = told(POLICY, Entry(7, NOW, "record:revealed", None))

    assert str(found.said) == "What happened here cannot be read any more."


@given(st.dictionaries(st.sampled_from(["role", "realm", "purpose", "fact", "about"]), st.text()))
def test_whatever_an_entry_says_it_is_told(details: dict[str, str]) -> None:
    for kind in ("record:revealed", "record:denied", "fact:put", "customer:signed-in"):
        assert str(told(POLICY, Entry(1, NOW, kind, {**details, "fields": ["city"]})).said)


def test_what_was_read_before_is_the_looks_alone_newest_first() -> None:
    entries = [
        Entry(at, NOW + timedelta(hours=at), kind, STAFF | {"fields": ["city"]})
        for at, kind in enumerate(["record:revealed", "record:updated", "record:revealed"] * 2)
    ]
    lines = [told(POLICY, one) for one in entries]
    found = looks_before(lines, NOW + timedelta(hours=4), NOW + timedelta(hours=2))

    assert [one.index for one in found] == [3, 2]
    assert {one.group for one in found} == {Group.LOOK}
