"""When a session is over: 15 minutes without a request, 12 hours in all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shopward.identity.session_limits import STAFF

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age_min", "quiet_min", "over"),
    [
        (0, 0, False),
        (60, 14, False),
        (60, 15, True),
        (719, 1, False),
        (720, 0, True),
        (-2, 0, True),
        (10, -2, True),
    ],
)
def test_a_session_ends_by_quiet_by_age_and_by_a_clock_that_cannot_be(
    age_min: int, quiet_min: int, *, over: bool
) -> None:
    began, seen = NOON - timedelta(minutes=age_min), NOON - timedelta(minutes=quiet_min)
    assert STAFF.is_over(began, seen, NOON) is over


def test_last_seen_is_written_at_most_once_a_minute() -> None:
    assert not STAFF.is_seen_due(NOON, NOON + timedelta(seconds=59))
    assert STAFF.is_seen_due(NOON, NOON + timedelta(seconds=60))


def test_a_proof_is_fresh_for_five_minutes() -> None:
    assert STAFF.is_fresh(NOON, NOON + timedelta(minutes=4))
    assert not STAFF.is_fresh(NOON, NOON + timedelta(minutes=5))
    assert not STAFF.is_fresh(NOON + timedelta(minutes=1), NOON)
