"""What is held of one customer, with the values as she herself may see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shopward.policy import Policy
from shopward.portal import holdings
from shopward.portal.activity import Entry, Line, told
from shopward.portal.address_guard import ASKED, BEFORE
from shopward.portal.erasure import Plan, plan
from shopward.portal.holdings import HERSELF, Kept
from shopward.portal.phrase import FIELD as PHRASE
from shopward.portal.web.flows import history
from shopward.portal.web.flows.address import PURPOSE
from shopward.portal.web.house import Me, house

INNER: Final = frozenset({ASKED, BEFORE, PHRASE})
"""Fields that no page shows: a thief at her screen must not learn her phrase."""


@dataclass(frozen=True, slots=True)
class Held:
    """One field. `value` is None where it is kept but not shown here."""

    kept: Kept
    value: str | None
    can_correct: bool


def own(policy: Policy, me: Me) -> list[str]:
    """The fields that she may see and correct with the sign-in that she has."""
    scope = policy.scopes.get((HERSELF, PURPOSE))
    rules = scope.rules if scope else {}
    return [
        name
        for name, allowed in rules.items()
        if name not in INNER and any(one.assurance <= me.level for one in allowed)
    ]


def of(me: Me, policy: Policy, language: str) -> list[Held]:
    """Each field of which something is kept, and those that she cannot see here."""
    return _held(me, policy, language)[0]


def everything(me: Me, policy: Policy, language: str) -> tuple[list[Held], list[Line]]:
    """The same with all that happened."""
    return _held(me, policy, language)


def planned(me: Me, policy: Policy, now: datetime, language: str) -> Plan:
    """What an erasure would do to her data."""
    with house().asking(me) as client:
        entries = history.entries(client, me.subject)
        mine = own(policy, me)
        seen = client.reveal(me.subject, mine, purpose=PURPOSE).fields if mine else {}
    empty = {name for name, value in seen.items() if value is None}
    names = set(_written(entries)) - empty
    return plan(policy, names, holdings.dues(policy, entries), now, language)


def _held(me: Me, policy: Policy, language: str) -> tuple[list[Held], list[Line]]:
    mine = own(policy, me)
    with house().asking(me) as client:
        entries = history.entries(client, me.subject)
        seen = client.reveal(me.subject, mine, purpose=PURPOSE).fields if mine else {}
    hidden = [name for name in _written(entries) if name in policy.fields and name not in mine]
    held = {name: value for name, value in seen.items() if value is not None}
    names = [*held, *hidden]
    dues = holdings.dues(policy, entries)
    rows = [
        Held(one, held.get(one.name), one.name in mine)
        for one in holdings.of(policy, names, entries, dues, language)
        if one.name not in {ASKED, BEFORE}
    ]
    missing = [name for name in mine if name not in held]
    empty = holdings.of(policy, missing, (), {}, language)
    rows += [Held(one, "", can_correct=True) for one in empty]
    return rows, [told(policy, one, language) for one in entries]


def _written(entries: list[Entry]) -> list[str]:
    """Fields that were ever written, in no order."""
    kinds = {"record:stored", "record:updated"}
    names = (one.details["fields"] for one in entries if one.kind in kinds and one.details)
    return sorted({name for some in names for name in some})
