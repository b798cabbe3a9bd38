"""What is kept of a customer: which data, why, until when at least, and who may see it or did.

All of it derives from the policy in force and from the customer's own entries; nothing is typed a
second time. The values are opened elsewhere, and only for the customer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shopward.clock import from_ms, to_ms
from shopward.policy import Policy
from shopward.policy.budget import next_day
from shopward.policy.retention import after_contact, after_fact, after_write, due_ms
from shopward.policy.words import STARTED
from shopward.portal.activity import Entry
from shopward.portal.said import Said, gettext_noop

HERSELF: Final = "customer"
SEEING: Final = frozenset({"record:revealed"})


@dataclass(frozen=True, slots=True)
class Kept:
    """One field of one customer.

    Args:
        name: The policy's name of it.
        title: What it is called.
        why: For which purposes it may be used.
        until: How long it is kept.
        due: The date, once it is known.
        may: Who may see it.
        saw: Who outside the customer's own account saw it, and when last.
    """

    name: str
    title: str
    why: tuple[str, ...]
    until: Said
    due: datetime | None
    may: tuple[str, ...]
    saw: tuple[tuple[str, datetime], ...]


def of(
    policy: Policy,
    names: Iterable[str],
    entries: Iterable[Entry],
    dues: Mapping[str, datetime],
    language: str = "en",
) -> list[Kept]:
    """Each of the fields, in the policy's order.

    Args:
        policy: The policy in force.
        names: The fields of which something is kept.
        entries: The customer's entries.
        dues: By class, the date on which it is over.
        language: Of the titles.
    """
    held, seen = set(names), _seen(policy, entries, language)
    return [
        Kept(
            one.name,
            one.title.say(language),
            _purposes(policy, one.name, language),
            _until(policy, one.retention),
            dues.get(one.retention),
            _may(policy, one.name, language),
            tuple(sorted(seen.get(one.name, {}).items())),
        )
        for one in policy.fields.values()
        if one.name in held
    ]


def dues(policy: Policy, entries: Iterable[Entry]) -> dict[str, datetime]:
    """By class, the date on which its data is over, recounted from all of a customer's entries."""
    since: dict[str, int | None] = {}
    for one in sorted(entries, key=lambda entry: entry.index):
        today, details = _midnight_after(policy, one.at), one.details or {}
        if one.kind in _WRITES:
            written = {policy.fields[n].retention for n in details["fields"] if n in policy.fields}
            _write(policy, since, written, today)
        elif one.kind == "fact:put":
            kind = str(details.get("fact", "")).partition(":")[0]
            state = str(details.get("about", ""))
            for name, before in since.items():
                since[name] = after_fact(policy.classes[name], before, today, kind, state)
    found = {name: due_ms(policy.classes[name], start) for name, start in since.items()}
    return {name: from_ms(due) for name, due in found.items() if due is not None}


_WRITES: Final = frozenset({"record:stored", "record:updated"})


def _write(policy: Policy, since: dict[str, int | None], written: set[str], today: int) -> None:
    for name in written | set(since):
        rule = after_write if name in written else after_contact
        since[name] = rule(policy.classes[name], since.get(name), today)


def _midnight_after(policy: Policy, at: datetime) -> int:
    """The midnight on the shop's clock that ends this day, in milliseconds."""
    return to_ms(next_day(at, policy.shop.time_zone) or at)


def _purposes(policy: Policy, name: str, language: str) -> tuple[str, ...]:
    used = {purpose for (_, purpose), scope in policy.scopes.items() if name in scope.rules}
    return tuple(one.title.say(language) for one in policy.purposes.values() if one.name in used)


def _may(policy: Policy, name: str, language: str) -> tuple[str, ...]:
    roles = {role for (role, _), scope in policy.scopes.items() if name in scope.rules}
    return tuple(who_may(policy, one, language) for one in policy.roles if one in roles - {HERSELF})


def _until(policy: Policy, kept_in: str) -> Said:
    kept = policy.classes[kept_in]
    words = gettext_noop("{days} days {started}")
    return Said(words, {"days": str(kept.keep_days), "started": STARTED[kept.starts]})


def _seen(
    policy: Policy, entries: Iterable[Entry], language: str
) -> dict[str, dict[str, datetime]]:
    found: dict[str, dict[str, datetime]] = {}
    for one in entries:
        details = one.details or {}
        if one.kind not in SEEING or details.get("realm") == "customer":
            continue
        who = who_may(policy, str(details.get("role", "")), language)
        for name in details.get("fields") or ():
            last = found.setdefault(str(name), {})
            last[who] = max(one.at, last.get(who, one.at))
    return found


def who_may(policy: Policy, role: str, language: str) -> str:
    """What a role is called: the one partner who acts in it, or its title."""
    partners = [one for one in policy.recipients.values() if one.role == role]
    if len(partners) == 1:
        return partners[0].title.say(language)
    known = policy.roles.get(role)
    return known.title.say(language) if known else role or gettext_noop("our website")
