"""Masks: each shows its part, and never more."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.policy import Show
from shopward.vault.masks import HIDDEN, mask

TODAY = date(2026, 5, 1)
BANDS = {"under 18", "18-24", "25-34", "35-44", "45-54", "55-64", "65+"}


@pytest.mark.parametrize(
    ("show", "value", "seen"),
    [
        (Show.CLEAR, "Ada", "Ada"),
        (Show.LAST4, "+49 30 901820", "•••1820"),
        (Show.LAST4, "12-34-56-78", "•••5678"),
        (Show.LAST4, "1234567", HIDDEN),
        (Show.LAST4, "123", HIDDEN),
        (Show.LAST4, "", HIDDEN),
        (Show.INITIAL, "Ada", "A."),
        (Show.INITIAL, "  élodie", "é."),
        (Show.INITIAL, "A", HIDDEN),
        (Show.INITIAL, "12", HIDDEN),
        (Show.DOMAIN, "ada@example.com", "example.com"),
        (Show.DOMAIN, "ada", HIDDEN),
        (Show.DOMAIN, "@example.com", HIDDEN),
        (Show.DOMAIN, "ada@", HIDDEN),
        (Show.DOMAIN, "ada@b@example.com", HIDDEN),
        (Show.CITY, '{"street": "1 Byron Row", "city": "London"}', "London"),
        (Show.CITY, "1 Byron Row, London", HIDDEN),
        (Show.CITY, '{"city": 5}', HIDDEN),
        (Show.CITY, '["London"]', HIDDEN),
        (Show.CITY, "\ud800", HIDDEN),
        (Show.YEAR, "1815-12-10", "1815"),
        (Show.YEAR, "1815-02-30", HIDDEN),
        (Show.YEAR, "1815-12-10 in London", HIDDEN),
        (Show.YEAR, "born 1815", HIDDEN),
        (Show.AGEBAND, "2008-05-02", "under 18"),
        (Show.AGEBAND, "2008-05-01", "18-24"),
        (Show.AGEBAND, "1990-05-01", "35-44"),
        (Show.AGEBAND, "1971-05-02", "45-54"),
        (Show.AGEBAND, "1971-05-01", "55-64"),
        (Show.AGEBAND, "1961-05-02", "55-64"),
        (Show.AGEBAND, "1961-05-01", "65+"),
        (Show.AGEBAND, "2026-05-02", HIDDEN),
        (Show.AGEBAND, "yesterday", HIDDEN),
        (Show.REDACTED, "Ada", HIDDEN),
    ],
)
def test_what_is_seen(show: Show, value: str, seen: str) -> None:
    assert mask(show, value, TODAY) == seen


@given(st.sampled_from(sorted(Show)), st.text(max_size=60))
def test_every_show_answers_for_every_text(show: Show, value: str) -> None:
    assert isinstance(mask(show, value, TODAY), str)


@given(st.text(max_size=60))
def test_redacted_shows_nothing(value: str) -> None:
    assert mask(Show.REDACTED, value, TODAY) == HIDDEN


@given(st.text(max_size=60))
def test_last4_shows_at_most_four_and_at_most_half(value: str) -> None:
    shown = mask(Show.LAST4, value, TODAY).removeprefix(HIDDEN)
    letters = [letter for letter in value if letter.isalnum()]

    assert len(shown) in (0, 4)
    assert 2 * len(shown) <= len(letters) or not shown
    assert shown == "" or "".join(letters).endswith(shown)


@given(st.text(max_size=60))
def test_initial_shows_one_letter_of_more(value: str) -> None:
    shown = mask(Show.INITIAL, value, TODAY)
    letters = [letter for letter in value if letter.isalpha()]

    assert shown == HIDDEN or (shown == f"{letters[0]}." and len(letters) > 1)


@given(st.text(min_size=1, max_size=20), st.text(max_size=20))
def test_domain_never_shows_what_is_before_the_at(local: str, domain: str) -> None:
    shown = mask(Show.DOMAIN, f"{local}@{domain}", TODAY)

    assert shown in (HIDDEN, domain.strip(), domain.rstrip())
    assert "@" not in shown


@given(st.dates(max_value=TODAY))
def test_a_day_is_never_told_from_its_year_or_band(born: date) -> None:
    value = born.isoformat()

    assert mask(Show.YEAR, value, TODAY) == value[:4]
    assert mask(Show.AGEBAND, value, TODAY) in BANDS


def test_bands_never_go_back_with_age() -> None:
    order = ["under 18", "18-24", "25-34", "35-44", "45-54", "55-64", "65+"]
    seen = [
        order.index(mask(Show.AGEBAND, (TODAY - timedelta(days=step)).isoformat(), TODAY))
        for step in range(0, 90 * 365, 97)
    ]

    assert seen == sorted(seen)
    assert set(seen) == set(range(7))
