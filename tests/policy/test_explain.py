from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given

from shopward.policy import Ask, FactView, Permit, Policy, Reason, Show, decide, explain, verdict
from shopward.policy.words import REASONS
from tests.policy import worlds
from tests.policy.worlds import NOON, example, replace

SHIPMENT = FactView("shipment", "closed", None, belongs=True)
LATE = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)
COURIER = Ask("reveal", "courier", "deliver", ("last_name",), fact_ref="shipment:7", fact=SHIPMENT)
TICKET = FactView("ticket", "open", None, belongs=True)
SUPPORT = Ask("reveal", "support", "support", ("email",), 2, fact_ref="ticket:3", fact=TICKET)


@given(worlds.situation())
def test_it_agrees_with_decide(case: tuple[Policy, Ask, datetime]) -> None:
    policy, ask, now = case
    assert verdict(explain(policy, ask, now)) == decide(policy, ask, now)


@given(worlds.situation())
def test_it_agrees_on_a_moment_that_is_on_no_clock(case: tuple[Policy, Ask, datetime]) -> None:
    policy, ask, _ = case
    for now in (datetime.max.replace(tzinfo=UTC), NOON.replace(tzinfo=None)):
        assert verdict(explain(policy, ask, now)) == decide(policy, ask, now)


@given(worlds.situation())
def test_every_refusal_comes_with_a_hint(case: tuple[Policy, Ask, datetime]) -> None:
    for step in explain(*case):
        assert (step.hint is None) == (step.reason is None)
        assert not (step.passed and step.reason)


def test_a_closed_shipment_is_told_in_plain_words() -> None:
    words = [step.words for step in explain(example(), COURIER, NOON) if step.reason]
    assert words == [
        (
            "the courier may see last_name for deliver only while a shipment is open; "
            "shipment 7 is closed"
        )
    ]


def test_a_permitted_look_names_the_rules_that_gave_it() -> None:
    opened = replace(COURIER, fact=replace(SHIPMENT, state="open"))
    steps = explain(example(), opened, NOON)
    assert all(step.passed for step in steps)
    assert steps[-1].words == "the courier may see last_name in full for deliver"
    assert steps[-1].show is Show.CLEAR
    number = int(steps[-1].rule.removeprefix("allow[").removesuffix("]"))
    assert "last_name" in example().allowances[number - 1].fields


def test_a_clearer_rule_that_is_not_met_is_told_before_the_one_that_is() -> None:
    steps = explain(example(), SUPPORT, LATE)
    assert [(step.passed, step.words) for step in steps[-2:]] == [
        (
            False,
            (
                "the support may see email in full for support, only after signing in with two "
                "factors and from 08:00 to 20:00; it is 23:00 in Europe/Berlin"
            ),
        ),
        (True, "the support may see email only what follows the @ for support"),
    ]
    assert verdict(steps) == Permit((Show.DOMAIN,))


def test_all_fields_at_fault_are_told_at_once() -> None:
    ask = replace(COURIER, fields=("email", "shoe_size", "last_name"))
    said = [(step.field, step.reason) for step in explain(example(), ask, NOON) if step.reason]
    assert said == [
        ("email", Reason.FIELD_NOT_ALLOWED),
        ("shoe_size", Reason.FIELD_UNKNOWN),
        (None, Reason.FACT_CLOSED),
    ]


def test_a_denial_is_named_by_its_place_in_the_file() -> None:
    ask = Ask("reveal", "shop-backend", "marketing", ("note",))
    refusal = next(step for step in explain(example(), ask, NOON) if step.reason)
    assert (refusal.rule, refusal.reason) == ("deny[1]", Reason.DENIED_BY_RULE)


def test_a_lacking_clause_is_named() -> None:
    steps = explain(example(), replace(SUPPORT, fields=("note",)), NOON)
    assert "this caller lacks trained:pii" in steps[-2].words
    assert steps[-1].reason is Reason.CLAUSE_UNMET


@pytest.mark.parametrize(
    "ask",
    [
        replace(COURIER, role="\x1b[31m"),
        replace(COURIER, purpose="\x1b[31m"),
        replace(COURIER, verb="\x1b[31m"),
        replace(COURIER, fields=("\x1b[31m",)),
        replace(COURIER, fact_ref="\x1b[31m"),
    ],
)
def test_no_control_character_of_a_caller_reaches_a_terminal(ask: Ask) -> None:
    for step in explain(example(), ask, NOON):
        assert step.words.isprintable()
        assert step.rule.isprintable()


def test_every_reason_has_plain_words() -> None:
    assert set(REASONS) == set(Reason)
    for said in REASONS.values():
        assert said.sentence.endswith(".")
        assert said.hint.endswith(".")
