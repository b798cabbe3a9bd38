"""A customer's own entries: read as she herself, told in sentences."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from shopward.clock import from_ms
from shopward.ledger.entry import parse_leaf
from shopward.policy import Policy
from shopward.portal import activity
from shopward.portal.activity import Entry, Line
from shopward_client import Client, EntryRow

PAGE: Final = 30
AT_ONCE: Final = 1000
MOST: Final = 20_000
"""Entries that are read at most for an overview of all."""


@dataclass(frozen=True, slots=True)
class Page:
    """Lines, the newest first, and where older ones begin."""

    lines: list[Line]
    older: int | None


def page(client: Client, policy: Policy, subject: str, before: int | None, language: str) -> Page:
    """One page of lines."""
    rows = client.own_entries(subject, before=before, count=PAGE + 1).entries
    lines = [activity.told(policy, entry_of(row), language) for row in rows[:PAGE]]
    return Page(lines, lines[-1].index if len(rows) > PAGE else None)


def line(
    client: Client, policy: Policy, subject: str, index: int, language: str
) -> tuple[Line, dict[str, Any]] | None:
    """One line with what its entry says; None when it is none of hers."""
    rows = client.own_entries(subject, before=index + 1, count=1).entries
    if not rows or rows[0].index != index:
        return None
    entry = entry_of(rows[0])
    return activity.told(policy, entry, language), dict(entry.details or {})


def entries(client: Client, subject: str, since: datetime | None = None) -> list[Entry]:
    """All entries, or those since a moment, the newest first."""
    return list(_entries(client, subject, since))


def _entries(client: Client, subject: str, since: datetime | None) -> Iterator[Entry]:
    before: int | None = None
    for _ in range(MOST // AT_ONCE):
        rows = client.own_entries(subject, before=before, count=AT_ONCE).entries
        for row in rows:
            one = entry_of(row)
            if since is not None and _entered(row) < since:
                return
            yield one
        if len(rows) < AT_ONCE:
            return
        before = rows[-1].index


def entry_of(row: EntryRow) -> Entry:
    """An entry of the data plane, read; an event has the time at which it happened."""
    leaf = parse_leaf(base64.b64decode(row.leaf))
    details = json.loads(row.details) if row.details else None
    return Entry(row.index, _at(details, from_ms(leaf.time_ms)), leaf.kind, details)


def _entered(row: EntryRow) -> datetime:
    return from_ms(parse_leaf(base64.b64decode(row.leaf)).time_ms)


def _at(details: dict[str, Any] | None, entered: datetime) -> datetime:
    said = (details or {}).get("at")
    return datetime.fromisoformat(said) if said else entered
