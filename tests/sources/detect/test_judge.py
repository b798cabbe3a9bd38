"""Evidence joined: values prove, names suggest, contradictions count."""

from __future__ import annotations

import pytest

from shopward.sources.detect import Finding, Kind, Level, Tally, judge
from shopward.sources.detect.names import suggest


def judged(name: str, values: list[object], *, people: bool = False) -> Finding | None:
    tally = Tally()
    for value in values:
        tally.add(value)
    return judge(tally, suggest(name), about_people=people)


MAILS: list[object] = [f"ada{number}@kunde.de" for number in range(40)]


def test_values_that_pass_a_validator_prove_a_kind_whatever_the_name() -> None:
    found = judged("column7", MAILS)

    assert found is not None
    assert (found.kind, found.level) == (Kind.EMAIL, Level.CERTAIN)
    assert (found.evidence[0].count, found.evidence[0].of) == (40, 40)


def test_a_name_that_agrees_makes_it_surer() -> None:
    with_name, without = judged("email", MAILS), judged("column7", MAILS)

    assert with_name is not None
    assert without is not None
    assert with_name.confidence > without.confidence


def test_a_name_that_the_values_contradict_is_not_believed() -> None:
    assert judged("phone", ["yes", "no", "maybe"] * 10, people=True) is None
    assert judged("first_name", list(range(50)), people=True) is None


def test_an_empty_column_is_judged_by_its_name_alone() -> None:
    found = judged("phone", [None] * 10)

    assert found is not None
    assert found.level is Level.LIKELY


def test_a_name_that_things_have_too_counts_among_people_only() -> None:
    names: list[object] = ["Anna", "Berta", "Carla"] * 10

    assert judged("name", names) is None
    found = judged("name", names, people=True)
    assert found is not None
    assert found.level is Level.LIKELY


def test_few_values_prove_little() -> None:
    one, many = judged("x", MAILS[:1]), judged("x", MAILS)

    assert one is not None
    assert many is not None
    assert one.confidence < many.confidence


def test_numbers_that_pass_a_check_digit_by_chance_are_no_cards() -> None:
    numbers: list[object] = [4000000000000000 + 37 * number for number in range(400)]

    assert judged("reference", numbers) is None


def test_real_cards_among_other_text_are_free_text_with_a_card() -> None:
    notes: list[object] = ["please ring twice"] * 50 + ["took 5425233430109903 by phone"]
    found = judged("remark", notes)

    assert found is not None
    assert found.kind is Kind.NOTE
    assert found.holds == (Kind.CARD,)


def test_test_numbers_are_reported_as_a_share() -> None:
    found = judged("card", ["4242424242424242"] * 5 + ["5425233430109903"] * 5)

    assert found is not None
    assert (found.kind, found.test_share) == (Kind.CARD, 0.5)


@pytest.mark.parametrize(
    "values",
    [
        [f"SKU-{number:05}" for number in range(100)],
        [f"{number}.99" for number in range(100)],
        ["Red cotton shirt", "Blue jeans"] * 50,
        ["2026-11-24 10:00:00"] * 100,
        [f"{number:032x}" for number in range(100)],
    ],
)
@pytest.mark.parametrize("name", ["sku", "value", "title", "created"])
def test_a_shops_things_are_not_personal(name: str, values: list[object]) -> None:
    assert judged(name, values) is None


def test_nothing_of_a_value_is_in_a_finding() -> None:
    found = judged("email", ["canary-7f3a@kunde.de"] * 3)

    assert "canary" not in repr(found)
