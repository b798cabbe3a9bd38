"""Links that work once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shopward.identity.one_time import Link, State, digest, new, state

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_a_link_is_good_until_it_is_spent_or_expires() -> None:
    link = Link(NOON + timedelta(hours=1))
    assert state(link, NOON) is State.GOOD
    assert state(link, NOON + timedelta(hours=1)) is State.EXPIRED
    assert state(Link(link.expires, spent=NOON), NOON) is State.SPENT
    assert state(None, NOON) is State.UNKNOWN


def test_what_is_stored_opens_nothing() -> None:
    token = new()
    assert len(token) == 43
    assert digest(token) == digest(token)
    assert digest(token) != digest(new())
    assert digest(digest(token)) == digest("anything of another form")
