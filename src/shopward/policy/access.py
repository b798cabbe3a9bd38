"""Who may see what under a policy, as grants that can be compared.

One grant covers another when every look the other permits is permitted by it too, at least as
clearly. Hours on different clocks are not compared: neither covers the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Final

from shopward.policy.model import CLARITY, Allowance, Policy, Verb

Seen = tuple[str, str, str]
"""Role, purpose and field."""

LOOKS: Final = frozenset({Verb.REVEAL, Verb.SEARCH})
_DAY_US: Final = 24 * 60 * 60 * 1_000_000


@dataclass(frozen=True, slots=True)
class Grant:
    """One allowance with what it depends on outside itself."""

    rule: Allowance
    looks: frozenset[Verb]
    fact: str | None
    zone: str
    despite_freeze: bool = False

    def covers(self, other: Grant) -> bool:
        """Whether this permits every look that the other permits, at least as clearly."""
        return (
            CLARITY[self.rule.show] <= CLARITY[other.rule.show]
            and self.rule.assurance <= other.rule.assurance
            and self.rule.require <= other.rule.require
            and self.looks >= other.looks
            and self.rule.find >= other.rule.find
            and self.fact in (None, other.fact)
            and self.despite_freeze >= other.despite_freeze
            and self._covers_age(other)
            and self._covers_hours(other)
        )

    def _covers_age(self, other: Grant) -> bool:
        mine, theirs = self.rule.auth_age_s, other.rule.auth_age_s
        return mine is None or (theirs is not None and theirs <= mine)

    def _covers_hours(self, other: Grant) -> bool:
        if self.rule.hours is None:
            return True
        if other.rule.hours is None or self.zone != other.zone:
            return False
        return _within(self.rule.hours, other.rule.hours)


def grants(policy: Policy) -> Mapping[Seen, tuple[Grant, ...]]:
    """Everything that somebody may see, clearest first; denials are taken off already."""
    zone = policy.shop.time_zone.key
    return {
        (role, purpose or "", name): tuple(
            Grant(
                rule,
                scope.may & LOOKS,
                scope.fact,
                zone,
                policy.purposes[purpose or ""].despite_freeze,
            )
            for rule in rules
        )
        for (role, purpose), scope in policy.scopes.items()
        if scope.may & LOOKS
        for name, rules in scope.rules.items()
    }


def uncovered(these: tuple[Grant, ...], by: tuple[Grant, ...]) -> list[Grant]:
    """Those of `these` that nothing in `by` covers."""
    return [one for one in these if not any(other.covers(one) for other in by)]


def _within(outer: tuple[time, time], inner: tuple[time, time]) -> bool:
    """Whether the inner hours lie in the outer ones, round the clock."""
    length = (_us(outer[1]) - _us(outer[0])) % _DAY_US
    start = (_us(inner[0]) - _us(outer[0])) % _DAY_US
    return start + (_us(inner[1]) - _us(inner[0])) % _DAY_US <= length


def _us(clock: time) -> int:
    """Microseconds since midnight."""
    seconds = (clock.hour * 60 + clock.minute) * 60 + clock.second
    return seconds * 1_000_000 + clock.microsecond
