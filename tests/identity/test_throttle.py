"""How many wrong answers are borne; NIST SP 800-63B-4 §3.2.2, PCI DSS 4.0.1 §8.3.4."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shopward.identity.throttle import (
    AUTHENTICATOR,
    FRESH,
    NETWORK,
    PERSON,
    Limit,
    Tally,
    Verdict,
    attempt,
    has_just_locked,
    is_paused,
    succeed,
    take_back,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def fail(limit: Limit, times: int, tally: Tally = FRESH, now: datetime = NOON) -> Tally:
    for _ in range(times):
        tally, verdict = attempt(tally, limit, now)
        assert verdict is Verdict.ALLOW
    return tally


def test_staff_have_ten_attempts_and_then_wait_half_an_hour() -> None:
    tally = fail(PERSON, 10)
    for minutes in (0, 1, 29):
        assert attempt(tally, PERSON, NOON + timedelta(minutes=minutes))[1] is Verdict.WAIT
    after, verdict = attempt(tally, PERSON, NOON + timedelta(minutes=30))
    assert verdict is Verdict.ALLOW
    assert after.failures == 1


def test_attempts_during_the_pause_do_not_make_it_longer() -> None:
    tally = fail(PERSON, 10)
    for minute in range(30):
        tally, _ = attempt(tally, PERSON, NOON + timedelta(minutes=minute))
    assert not is_paused(tally, PERSON, NOON + timedelta(minutes=30))


def test_a_success_starts_the_count_anew() -> None:
    tally = succeed(fail(PERSON, 9), PERSON)
    assert tally == FRESH
    fail(PERSON, 10, tally)


def test_the_tenth_attempt_may_succeed() -> None:
    assert not is_paused(succeed(fail(PERSON, 10), PERSON), PERSON, NOON)


def test_the_attempt_that_locks_is_told_apart_once() -> None:
    nine = fail(PERSON, 9)
    ten, _ = attempt(nine, PERSON, NOON)
    assert has_just_locked(nine, ten, PERSON)
    assert not has_just_locked(ten, attempt(ten, PERSON, NOON)[0], PERSON)
    assert not has_just_locked(FRESH, nine, PERSON)


def test_an_authenticator_is_worth_nothing_after_a_hundred_and_waiting_does_not_help() -> None:
    tally = fail(AUTHENTICATOR, 100)
    assert attempt(tally, AUTHENTICATOR, NOON)[1] is Verdict.REBIND
    assert attempt(tally, AUTHENTICATOR, NOON + timedelta(days=400))[1] is Verdict.REBIND


def test_ten_an_hour_for_ever_still_ends_at_a_hundred() -> None:
    person, secret, now, verified = FRESH, FRESH, NOON, 0
    for _ in range(400):
        person, may = attempt(person, PERSON, now)
        if may is Verdict.ALLOW:
            secret, may = attempt(secret, AUTHENTICATOR, now)
            verified += may is Verdict.ALLOW
        now += timedelta(minutes=6)
    assert verified == 100


def test_a_success_never_forgives_a_network() -> None:
    tally = fail(NETWORK, 40)
    after, _ = attempt(tally, NETWORK, NOON)
    assert succeed(after, NETWORK) == tally


def test_a_right_first_step_was_no_failure_and_forgives_none() -> None:
    nine = fail(PERSON, 9)
    ten, _ = attempt(nine, PERSON, NOON)
    assert take_back(ten, PERSON) == nine
    assert take_back(FRESH, PERSON) == FRESH


def test_a_network_is_forgiven_after_an_hour() -> None:
    tally = fail(NETWORK, 40)
    later, _ = attempt(tally, NETWORK, NOON + timedelta(hours=1))
    assert later.failures == 1


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40)), max_size=120))
def test_never_more_than_ten_wrong_answers_are_verified_in_any_half_hour(
    steps: list[tuple[bool, int]],
) -> None:
    tally, now, wrong = FRESH, NOON, list[datetime]()
    for right, minutes in steps:
        now += timedelta(minutes=minutes)
        tally, verdict = attempt(tally, PERSON, now)
        if verdict is Verdict.ALLOW and right:
            tally, wrong = succeed(tally, PERSON), []
        elif verdict is Verdict.ALLOW:
            wrong.append(now)
    for first, eleventh in zip(wrong, wrong[10:], strict=False):
        assert eleventh - first >= timedelta(minutes=30)
