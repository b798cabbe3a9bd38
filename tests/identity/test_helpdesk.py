"""Recovery needs two people and a waiting time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shopward.identity.helpdesk import LIFE, WAIT, Recovery, Stage, agree, may_agree, may_ask, stage

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ASKED = Recovery(person=1, asked_by=2, asked=NOON)


def test_nobody_asks_for_himself() -> None:
    assert not may_ask(1, by=1)
    assert may_ask(1, by=2)


@pytest.mark.parametrize(("by", "may"), [(1, False), (2, False), (3, True)])
def test_the_second_person_is_neither_who_asked_nor_who_is_concerned(by: int, *, may: bool) -> None:
    assert may_agree(ASKED, by, NOON) is may
    if not may:
        with pytest.raises(ValueError, match="may not"):
            agree(ASKED, by, NOON)


def test_the_wait_counts_from_the_agreement() -> None:
    later = NOON + timedelta(hours=5)
    agreed = agree(ASKED, 3, later)
    assert stage(ASKED, later) is Stage.ASKED
    assert stage(agreed, later + WAIT - timedelta(seconds=1)) is Stage.WAITING
    assert stage(agreed, later + WAIT) is Stage.READY


def test_it_is_over_when_cancelled_used_or_forgotten() -> None:
    agreed = agree(ASKED, 3, NOON)
    assert stage(replace(agreed, ended=NOON), NOON + WAIT) is Stage.OVER
    assert stage(agreed, NOON + LIFE) is Stage.OVER
    assert not may_agree(replace(ASKED, ended=NOON), 3, NOON)
    assert not may_agree(ASKED, 3, NOON + LIFE)
