"""Recovery for whoever lost everything: two people, a waiting time, and the one concerned sees it.

    asked -> agreed (by somebody else) -> after the wait: ready -> used
       `-------------`--------------------- cancelled, by either of them or by the person

- The one who asks, the one who agrees and the one concerned are three different people.
- The wait counts from the agreement. The person concerned is told at once, and one sign-in with a
  factor that was not lost after all ends it.

Source: NIST SP 800-63B-4 §4.2 (account recovery).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

WAIT: Final = timedelta(hours=24)
WAIT_ALONE: Final = timedelta(hours=72)
"""For a customer, who has nobody to ask and agree for her."""
LIFE: Final = timedelta(days=7)


class Stage(StrEnum):
    """Where a recovery stands."""

    ASKED = "asked"
    WAITING = "waiting"
    READY = "ready"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Recovery:
    """One recovery. Ids are those of people.

    Args:
        person: Whose factors were lost.
        asked_by: Who asked.
        asked: When.
        agreed_by: Who agreed, if anybody.
        agreed: When.
        ended: When it was used or cancelled.
    """

    person: UUID
    asked_by: UUID
    asked: datetime
    agreed_by: UUID | None = None
    agreed: datetime | None = None
    ended: datetime | None = None


def may_ask(person: UUID, by: UUID) -> bool:
    """Whether somebody may ask for this person."""
    return person != by


def may_agree(recovery: Recovery, by: UUID, now: datetime) -> bool:
    """Whether somebody may agree: neither who asked nor whom it concerns."""
    return stage(recovery, now) is Stage.ASKED and by not in {recovery.asked_by, recovery.person}


def agree(recovery: Recovery, by: UUID, now: datetime) -> Recovery:
    """The recovery after the second person agreed.

    Raises:
        ValueError: This person may not, or it is too late.
    """
    if not may_agree(recovery, by, now):
        raise ValueError("this person may not agree")
    return replace(recovery, agreed_by=by, agreed=now)


def stage(recovery: Recovery, now: datetime, wait: timedelta = WAIT) -> Stage:
    """Where it stands."""
    if recovery.ended is not None or now >= recovery.asked + LIFE:
        return Stage.OVER
    if recovery.agreed is None:
        return Stage.ASKED
    return Stage.READY if now >= recovery.agreed + wait else Stage.WAITING
