"""“Erase my data”: what goes, what a law keeps, and what happens when.

    asked ──72 hours──▶ leaving ──the last mail has left──▶ done
      └── undone: by one press, by “this was not me”

- Three days lie between asking and erasing, in which one press of a link takes it back. Only then
  does the vault destroy the keys; nothing takes that back.
- The last mail leaves before the keys go, for nobody knows the address afterwards. A mail that
  cannot leave holds the erasure up for a day, no longer.
- While “this was not me” stands nothing is erased, nor can it be asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from shopward.clock import from_ms, to_ms
from shopward.policy import Policy
from shopward.policy.budget import next_day
from shopward.policy.retention import due_ms

COOLING: Final = timedelta(hours=72)
PATIENCE: Final = timedelta(days=1)
"""How long the last mail may take."""
CONFIRM: Final = timedelta(hours=1)
"""How long the link is good by which a guest confirms."""
LINK_LIFE: Final = timedelta(days=3 * 365)
"""How long the link to the certificate is good."""


class Step(StrEnum):
    """What is to be done about an erasure now."""

    WAIT = "wait"
    WRITE = "write"
    ERASE = "erase"


@dataclass(frozen=True, slots=True)
class Part:
    """Data that lives and dies together.

    Args:
        title: What the policy calls it.
        fields: The titles of what is kept of it.
        until: Until when a law keeps it; None where it goes.
        ground: Which law.
    """

    title: str
    fields: tuple[str, ...]
    until: datetime | None = None
    ground: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an erasure does."""

    goes: tuple[Part, ...]
    stays: tuple[Part, ...]


def plan(
    policy: Policy,
    names: Iterable[str],
    dues: Mapping[str, datetime],
    now: datetime,
    language: str = "en",
) -> Plan:
    """What an erasure does to the fields that are kept.

    Args:
        policy: The policy in force.
        names: The fields of which something is kept.
        dues: By class, the date on which it is over.
        now: The moment; what does not count yet counts from then.
        language: Of the titles.
    """
    kept = set(names)
    goes, stays = list[Part](), list[Part]()
    for name, one in policy.classes.items():
        of_it = [row for row in policy.fields.values() if row.retention == name]
        fields = tuple(row.title.say(language) for row in of_it if row.name in kept)
        if not fields:
            continue
        title = one.title.say(language)
        if not one.survives_erasure:
            goes.append(Part(title, fields))
            continue
        today = to_ms(next_day(now, policy.shop.time_zone) or now)
        until = dues.get(name) or from_ms(due_ms(one, today) or today)
        stays.append(Part(title, fields, until, one.ground.say(language) if one.ground else ""))
    return Plan(tuple(goes), tuple(stays))


def step(
    due: datetime, now: datetime, *, is_locked: bool, is_written: bool, has_left: bool
) -> Step:
    """What to do now.

    Args:
        due: When the three days are over.
        now: The moment.
        is_locked: Whether “this was not me” stands.
        is_written: Whether the last mail is written.
        has_left: Whether it has left.
    """
    if now < due or is_locked:
        return Step.WAIT
    if not is_written:
        return Step.WRITE
    return Step.ERASE if has_left or now >= due + PATIENCE else Step.WAIT


def statement_of(document: str) -> dict[str, Any]:
    """What the certificate states; verified by whoever wants to rely on it."""
    found: dict[str, Any] = json.loads(json.loads(document)["statement"].split("\n")[1])
    return found
