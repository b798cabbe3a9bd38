"""When backups and drills are due, and what an audit hears of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shopward.checks import Outcome
from shopward.vault.backup.schedule import (
    BACKUP,
    DRILL,
    Attempt,
    History,
    judge_backup,
    judge_drill,
)

HOUR = 3_600_000
DAY = timedelta(days=1)


def attempt(hour: int, state: str = "done", name: str = BACKUP, argument: str = "") -> Attempt:
    ended = None if state in {"waiting", "running"} else hour * HOUR
    return Attempt(name, argument, state, "a-reason", hour * HOUR, ended)


@pytest.mark.parametrize(
    ("attempts", "hour", "is_due"),
    [
        ([], 0, True),
        ([attempt(0)], 23, False),
        ([attempt(0)], 24, True),
        ([attempt(0, "running")], 48, False),
        ([attempt(0), attempt(24, "failed")], 24, False),
        ([attempt(0), attempt(24, "failed")], 25, True),
        ([attempt(24), attempt(0, "failed")], 25, False),
        ([attempt(0, name=DRILL)], 1, True),
        ([attempt(0, argument="/elsewhere")], 1, True),
    ],
)
def test_a_backup_is_due_a_day_after_the_last_and_an_hour_after_a_failure(
    *, attempts: list[Attempt], hour: int, is_due: bool
) -> None:
    assert History.of(BACKUP, attempts).is_due(hour * HOUR, DAY) is is_due


@pytest.mark.parametrize(
    ("attempts", "hour", "outcome"),
    [
        ([], 0, Outcome.UNKNOWN),
        ([attempt(0, "running")], 1, Outcome.UNKNOWN),
        ([attempt(0, "failed")], 1, Outcome.FAIL),
        ([attempt(0)], 36, Outcome.PASS),
        ([attempt(0)], 37, Outcome.FAIL),
        ([attempt(0), attempt(24, "failed")], 30, Outcome.PASS),
    ],
)
def test_a_backup_passes_while_it_is_new_enough(
    attempts: list[Attempt], hour: int, outcome: Outcome
) -> None:
    assert judge_backup(History.of(BACKUP, attempts), hour * HOUR, DAY)[0] is outcome


def test_no_folder_is_not_known_rather_than_well() -> None:
    assert judge_backup(History.of(BACKUP, [attempt(0)]), HOUR, None)[0] is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("attempts", "hour", "outcome"),
    [
        ([], 0, Outcome.UNKNOWN),
        ([attempt(0, name=BACKUP)], 0, Outcome.UNKNOWN),
        ([attempt(0, name=DRILL)], 5, Outcome.PASS),
        ([attempt(0, name=DRILL)], 37, Outcome.FAIL),
        ([attempt(0, name=DRILL), attempt(1, "failed", DRILL)], 2, Outcome.FAIL),
        ([attempt(0, "failed", DRILL), attempt(1, name=DRILL)], 2, Outcome.PASS),
        ([attempt(0, name=DRILL), attempt(1, "running", DRILL)], 2, Outcome.PASS),
    ],
)
def test_a_drill_that_was_never_held_is_not_known_and_one_that_failed_fails(
    attempts: list[Attempt], hour: int, outcome: Outcome
) -> None:
    found, said, hint = judge_drill(History.of(DRILL, attempts), hour * HOUR, DAY)
    assert found is outcome
    assert said
    assert bool(hint) is (outcome is not Outcome.PASS)


def test_the_age_and_the_reason_are_told() -> None:
    _, said, _ = judge_drill(History.of(DRILL, [attempt(0, name=DRILL)]), 72 * HOUR, None)
    assert "3 days ago" in said
    _, said, _ = judge_drill(History.of(DRILL, [attempt(0, "failed", DRILL)]), HOUR, None)
    assert "a-reason" in said
