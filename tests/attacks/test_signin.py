"""The batteries of `make attack-signin`, each against a running copy and against the control."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.attacks.signin import foreign, limits, replay, report, sessions, timing, tokens
from tests.attacks.signin.__main__ import copied
from tests.attacks.signin.copy import Copy
from tests.attacks.signin.verdict import Battery, Outcome, Row, Tally, tried

QUICK = (
    *replay.BATTERIES,
    *tokens.BATTERIES,
    *limits.BATTERIES,
    *sessions.BATTERIES,
    *foreign.BATTERIES,
)
SHORT = (
    "replay-mailed-code",
    "replay-authorization-code-at-once",
    "limit-lock-out",
)
PAIRS = 3
names = pytest.mark.parametrize("battery", QUICK, ids=lambda one: one.name)


@pytest.fixture(scope="module")
def product() -> Iterator[Copy]:
    with copied(is_open=False) as copy:
        yield copy


@pytest.fixture(scope="module")
def control() -> Iterator[Copy]:
    with copied(is_open=True) as copy:
        yield copy


@pytest.mark.parametrize("is_open", [False, True], ids=["product", "control"])
def test_a_few_attacks_get_nothing_and_succeed_without_limits_and_checks(*, is_open: bool) -> None:
    with copied(is_open=is_open) as copy:
        for battery in (one for one in QUICK if one.name in SHORT):
            tally = tried(battery, copy)
            assert (battery.name, tally.trouble) == (battery.name, "")
            assert (battery.name, tally.succeeded > 0) == (battery.name, is_open)


@pytest.mark.slow
@names
def test_the_attack_gets_nothing(product: Copy, battery: Battery) -> None:
    tally = tried(battery, product)
    assert (tally.succeeded, tally.trouble) == (0, "")
    assert tally.tries > 0


@pytest.mark.slow
@names
def test_the_attack_succeeds_without_limits_and_checks(control: Copy, battery: Battery) -> None:
    tally = tried(battery, control)
    assert tally.trouble == ""
    assert tally.succeeded > 0


@pytest.mark.slow
@pytest.mark.parametrize("battery", timing.BATTERIES, ids=lambda one: one.name)
def test_known_and_unknown_get_the_same_answer(product: Copy, battery: Battery) -> None:
    """The answers alone: the time of three of each says nothing, and is not asked here."""
    tally = battery.run(product, PAIRS)
    assert tally.tries == 2 * PAIRS
    assert tally.figures["same answer"] == 1


def test_a_difference_is_told_from_noise() -> None:
    rng = random.Random(1)
    near = [1 + rng.random() / 50 for _ in range(40)]
    far = [1.4 + rng.random() / 50 for _ in range(40)]
    wide = [rng.choice((0.5, 1.5)) for _ in range(40)]
    assert not timing.compare(near, near[::-1]).tells
    assert timing.compare(far, near).tells
    assert timing.compare(near, far).tells
    torn = timing.compare([0.5] * 21 + [1.5] * 19, wide[:20] + [1.5] * 20)
    assert not torn.tells


def test_the_page_says_what_the_runs_left() -> None:
    rows = [
        report.as_json(row(Tally(5, 0, {"verified": 10}), Tally(5, 5))),
        report.as_json(row(Tally(5, 2), Tally(5, 5))),
    ]
    page = report.page(report.PAGE.read_text("utf-8"), rows)
    assert "1 FAIL, 1 PASS" in page
    assert "**PASS** (verified 10)" in page
    assert "| 2 of 5 | 5 of 5 | **FAIL** |" in page
    assert report.page(page, rows) == page


def row(product: Tally, control: Tally) -> Row:
    return Row(QUICK[0], product, control)


def test_an_attack_that_bites_nobody_proves_nothing() -> None:
    assert row(Tally(5, 0), Tally(5, 5)).outcome is Outcome.PASS
    assert row(Tally(5, 1), Tally(5, 5)).outcome is Outcome.FAIL
    assert row(Tally(5, 1, trouble="it broke off"), Tally(5, 0)).outcome is Outcome.FAIL
    for unknown in (
        row(Tally(5, 0), Tally(5, 0)),
        row(Tally(0, 0), Tally(5, 5)),
        row(Tally(5, 0, trouble="it broke off"), Tally(5, 5)),
        row(Tally(5, 0), Tally(5, 5, trouble="it broke off")),
    ):
        assert unknown.outcome is Outcome.UNKNOWN
        assert unknown.why
