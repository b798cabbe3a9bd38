"""The small rules: verdict, letters, nudges, guard, phrase, what is held until when."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.policy import parse
from shopward.portal import address_guard, digest, holdings, not_me, nudges, phrase, security
from shopward.portal.activity import Entry, told
from shopward.portal.digest import Every
from shopward.portal.guides import Nudge
from shopward.portal.said import Said
from shopward.portal.security import Step, Tone

POLICY = parse((Path(__file__).parents[2] / "policy.example.toml").read_bytes())
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


# ---- said


def test_a_list_is_told_with_commas_and_an_and() -> None:
    said = Said("saw {what}", {"what": ("a", "b", "c")})

    assert str(said) == "Saw a, b and c"
    german = {"saw {what}": "sah {what}", "and": "und"}
    assert said.say(lambda words: german.get(words, words)) == "Sah a, b und c"


# ---- security


@pytest.mark.parametrize(
    ("ways", "is_frozen", "is_due", "step", "tone"),
    [
        (["passkey"], True, False, Step.UNLOCK, Tone.ERROR),
        ([], False, False, Step.ADD_PASSKEY, Tone.WARNING),
        (["password", "recovery-codes"], False, False, Step.ADD_PASSKEY, Tone.WARNING),
        (["password", "sms"], False, False, Step.ADD_PASSKEY, Tone.WARNING),
        (["passkey"], False, True, Step.ADD_SPARE, Tone.GOOD),
        (["passkey", "passkey"], False, False, Step.NOTHING, Tone.GOOD),
        (["app", "recovery-codes"], False, False, Step.NOTHING, Tone.GOOD),
        (["passkey", "app"], False, True, Step.REVIEW, Tone.GOOD),
    ],
)
def test_one_line_and_one_step(
    ways: list[str], *, is_frozen: bool, is_due: bool, step: Step, tone: Tone
) -> None:
    found = security.judge(ways, is_frozen=is_frozen, is_review_due=is_due)

    assert (found.step, found.tone) == (step, tone)


# ---- letters


@pytest.mark.parametrize(
    ("every", "days", "is_due"),
    [
        (Every.WEEK, 6, False),
        (Every.WEEK, 7, True),
        (Every.MONTH, 29, False),
        (Every.MONTH, 30, True),
        (Every.QUARTER, 90, False),
        (Every.QUARTER, 91, True),
        (Every.NEVER, 9999, False),
    ],
)
def test_a_letter_is_due_as_often_as_she_chose(every: Every, days: int, *, is_due: bool) -> None:
    assert digest.is_due(every, NOW - days * DAY, NOW) is is_due


def test_a_letter_counts_and_tells_each_look_once() -> None:
    courier = {"role": "courier", "fields": ["city"], "purpose": "deliver", "fact": "shipment:1"}
    herself = {"realm": "customer", "role": "customer", "actor": "acc_9", "fields": ["city"]}
    entries = [
        Entry(0, NOW, "customer:signed-in", herself),
        Entry(1, NOW, "customer:sign-in-failed", herself),
        Entry(2, NOW, "record:revealed", courier),
        Entry(3, NOW, "record:revealed", courier),
        Entry(4, NOW, "record:denied", {**courier, "reason": "fact-closed"}),
        Entry(5, NOW, "record:revealed", herself),
        Entry(6, NOW, "record:updated", herself),
        Entry(7, NOW, "password:changed", herself),
    ]
    letter = digest.of(told(POLICY, one) for one in entries)

    said = "Acme Courier saw your city to deliver your order (shipment 1)."
    assert letter == digest.Digest(1, 2, ((said, 2),), 0, 1)
    assert not letter.is_empty
    assert digest.of([]).is_empty


def test_a_long_letter_is_cut_and_says_so() -> None:
    entries = [
        Entry(at, NOW, "record:revealed", {"role": "courier", "fields": ["city"], "fact": f"x:{at}",
                                           "purpose": "deliver"})
        for at in range(20)
    ]  # fmt: skip
    letter = digest.of(told(POLICY, one) for one in entries)

    assert len(letter.looks) == digest.MOST_LINES
    assert letter.more == 8


# ---- nudges


def test_one_guide_at_a_time_the_most_urgent_first() -> None:
    found = nudges.offered(set(Nudge), {}, NOW)

    assert found is not None
    assert found.nudge is Nudge.FROZEN
    assert nudges.offered(set(), {}, NOW) is None


def test_after_one_was_waved_away_it_is_quiet_for_a_week() -> None:
    waved = {Nudge.NEW_DEVICE: NOW}
    moments = {Nudge.NEW_DEVICE, Nudge.NO_PASSKEY}

    assert nudges.offered(moments, waved, NOW + 6 * DAY) is None
    week = nudges.offered(moments, waved, NOW + 7 * DAY)
    assert week is not None
    assert week.nudge is Nudge.NO_PASSKEY
    quarter = nudges.offered(moments, waved, NOW + 90 * DAY)
    assert quarter is not None
    assert quarter.nudge is Nudge.NEW_DEVICE


def test_what_is_urgent_comes_all_the_same() -> None:
    found = nudges.offered({Nudge.FROZEN}, {Nudge.NO_PASSKEY: NOW}, NOW)

    assert found is not None


@given(
    st.sets(st.sampled_from(Nudge)),
    st.dictionaries(st.sampled_from(Nudge), st.integers(0, 200).map(lambda days: NOW - days * DAY)),
)
def test_nothing_is_offered_that_is_not_the_case_or_was_waved_lately(
    moments: set[Nudge], waved: dict[Nudge, datetime]
) -> None:
    found = nudges.offered(moments, waved, NOW)

    if found is not None:
        assert found.nudge in moments
        assert found.nudge not in waved or NOW - waved[found.nudge] >= nudges.AGAIN


# ---- the guard of addresses


@pytest.mark.parametrize(
    ("first", "oldest", "is_new"),
    [
        (None, None, True),
        (None, 30, True),
        (2, 30, True),
        (8, 30, False),
        (2, 2, False),
        (2, None, False),
    ],
)
def test_a_device_is_new_for_a_week_unless_it_is_the_first(
    first: int | None, oldest: int | None, *, is_new: bool
) -> None:
    ago = [None if days is None else NOW - days * DAY for days in (first, oldest)]

    assert address_guard.is_new(ago[0], ago[1], NOW) is is_new


def test_where_somebody_is_reached_is_guarded_and_a_name_is_not() -> None:
    guarded = {one.name for one in POLICY.fields.values() if address_guard.is_guarded(one.category)}

    assert {"email", "phone", "address1", "city", "postcode", "country"} <= guarded
    assert not guarded & {"first_name", "vat_id", "note", "mail_phrase"}


@given(st.dictionaries(st.sampled_from(["email", "city"]), st.none() | st.text()))
def test_what_was_there_before_reads_back(values: dict[str, str | None]) -> None:
    kept = address_guard.write_before(values)

    assert "\n" not in kept
    assert address_guard.read_before(kept, POLICY.fields) == values


@pytest.mark.parametrize("odd", [None, "", "x", "[]", '{"city": 7}', '{"nothing": "x"}', "{"])
def test_what_is_no_such_line_puts_nothing_back(odd: str | None) -> None:
    assert address_guard.read_before(odd, POLICY.fields) == {}


# ---- not me


def test_a_dispute_reaches_neither_into_the_future_nor_too_far_back() -> None:
    assert not_me.since(NOW + DAY, NOW) == NOW
    assert not_me.since(NOW - 400 * DAY, NOW) == NOW - 14 * DAY
    assert not_me.since(NOW - DAY, NOW) == NOW - DAY
    assert not_me.frozen_until(NOW) == NOW + timedelta(hours=24)


# ---- the phrase


def test_proposed_phrases_are_three_words_and_differ() -> None:
    made = {phrase.proposed() for _ in range(50)}

    assert len(made) > 40
    assert len(phrase.WORDS) == len(set(phrase.WORDS)) >= 128
    assert all(phrase.tidied(one) == one and len(one.split()) == 3 for one in made)


@pytest.mark.parametrize("typed", ["", "abc", " a ", "x" * 61, "a\x00bcd", "abc\u202edef"])
def test_what_is_no_phrase(typed: str) -> None:
    assert phrase.tidied(typed) is None


def test_blanks_of_a_phrase_are_tidied() -> None:
    assert phrase.tidied("  two\n\twords ") == "two words"


# ---- what is held


def entry(index: int, kind: str, day: int, **details: object) -> Entry:
    return Entry(index, NOW + day * DAY, kind, details)


def test_what_is_held_says_why_until_and_who() -> None:
    looks = [
        entry(1, "record:revealed", 1, role="courier", fields=["city"]),
        entry(2, "record:revealed", 2, role="courier", fields=["city"]),
        entry(3, "record:revealed", 3, realm="customer", role="customer", fields=["city"]),
        entry(4, "record:denied", 4, role="support", fields=["city"]),
    ]
    (city,) = holdings.of(POLICY, ["city"], looks, {})

    assert city.title == "city"
    assert "deliver your order" in city.why
    assert str(city.until) == "365 days after an order is closed"
    assert city.saw == (("Acme Courier", NOW + 2 * DAY),)
    assert "you yourself" not in city.may


def test_dates_are_those_that_the_vault_counts() -> None:
    entries = [
        entry(0, "record:stored", 0, fields=["email", "city"]),
        entry(1, "fact:put", 10, fact="order:1", about="open"),
        entry(2, "fact:put", 20, fact="ticket:1", about="open"),
    ]
    found = holdings.dues(POLICY, entries)

    midnight = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)  # in Berlin
    assert found == {
        "account": midnight + 20 * DAY + 730 * DAY,
        "order": midnight + 10 * DAY + 365 * DAY,
    }
    assert json.dumps(sorted(found))
