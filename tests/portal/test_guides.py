"""The guides are few, short and plain, and each moment has one."""

from __future__ import annotations

import re

import pytest

from shopward.portal.guides import BY_SLUG, GUIDES, Guide, Nudge
from shopward.portal.reading import grade, syllables_of

PLAIN = 7.0
"""School years; the target for texts that everyone should read without effort is eight."""


def test_there_are_at_least_six_and_each_has_its_own_address() -> None:
    assert len(GUIDES) >= 6
    assert len(BY_SLUG) == len(GUIDES)
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", slug) for slug in BY_SLUG)


def test_every_moment_has_one_guide() -> None:
    offered = [guide.nudge for guide in GUIDES if guide.nudge]

    assert sorted(offered) == sorted(Nudge)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.slug)
def test_a_guide_is_plain_and_short(guide: Guide) -> None:
    assert grade(guide.text) <= PLAIN
    assert 2 <= len(guide.steps) <= 5
    assert len(guide.text.split()) <= 120
    assert max(len(re.findall(r"\S+", s)) for s in re.split(r"[.!?]\s", guide.text)) <= 25


@pytest.mark.parametrize(
    ("word", "count"),
    [("phone", 1), ("password", 2), ("table", 2), ("locked", 1), ("added", 2), ("security", 4)],
)
def test_syllables_are_counted_by_rule(word: str, count: int) -> None:
    assert syllables_of(word) == count


def test_a_legal_sentence_is_harder_than_a_plain_one() -> None:
    plain = "We keep your name. We need it to send your parcel."
    legal = (
        "Notwithstanding the aforementioned provisions, personally identifiable information "
        "may subsequently be communicated to affiliated organisations."
    )

    assert grade(plain) < 3
    assert grade(legal) > 15
    assert grade("") == 0
