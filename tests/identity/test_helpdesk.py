"""Recovery needs two people and a waiting time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from shopward.identity.helpdesk import LIFE, WAIT, Recovery, Stage, agree, may_agree, may_ask, stage

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ROBIN, KIM, ALEX = UUID(int=1), UUID(int=2), UUID(int=3)
ASKED = Recovery(person=ROBIN, asked_by=KIM, asked=NOON)


def test_nobody_asks_for_himself() -> None:
    assert not may_ask(ROBIN, by=ROBIN)
    assert may_ask(ROBIN, by=KIM)


@pytest.mark.parametrize(("by", "may"), [(ROBIN, False), (KIM, False), (ALEX, True)])
def test_the_second_person_is_neither_who_asked_nor_who_is_concerned(
    by: UUID, *, may: bool
) -> None:
    assert may_agree(ASKED, by, NOON) is may
    if not may:
        with pytest.raises(ValueError, match="may not"):
            agree(ASKED, by, NOON)


def test_the_wait_counts_from_the_agreement() -> None:
    later = NOON + timedelta(hours=5)
    agreed = agree(ASKED, ALEX, later)
    assert stage(ASKED, later) is Stage.ASKED
    assert stage(agreed, later + WAIT - timedelta(seconds=1)) is Stage.WAITING
    assert stage(agreed, later + WAIT) is Stage.READY


def test_it_is_over_when_cancelled_used_or_forgotten() -> None:
    agreed = agree(ASKED, ALEX, NOON)
    assert stage(replace(agreed, ended=NOON), NOON + WAIT) is Stage.OVER
    assert stage(agreed, NOON + LIFE) is Stage.OVER
    assert not may_agree(replace(ASKED, ended=NOON), ALEX, NOON)
    assert not may_agree(ASKED, ALEX, NOON + LIFE)
