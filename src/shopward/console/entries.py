"""Ledger entries as people read them: time, kind, who, and the details line by line."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from shopward.clock import from_ms
from shopward.ledger.entry import parse_leaf
from shopward_client import EntryRow

HIDDEN: Final = frozenset({"v"})


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry. `details` is None once its key is destroyed."""

    index: int
    at: datetime
    kind: str
    details: dict[str, Any] | None
    is_damaged: bool

    @property
    def is_refusal(self) -> bool:
        """Whether it enters that something was refused or failed."""
        return self.kind.endswith((":denied", ":failed", ":refused", ":locked", "-failed"))

    @property
    def who(self) -> str:
        """Who did it."""
        return str((self.details or {}).get("actor", ""))

    @property
    def what(self) -> str:
        """In a few words: fields, purpose, fact, or what it is about."""
        said = self.details or {}
        parts = [", ".join(said.get("fields", ())), said.get("purpose"), said.get("fact")]
        return " · ".join(filter(None, [*parts, said.get("about"), said.get("reason")]))

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Every detail, as written."""
        return [
            (name, ", ".join(map(str, value)) if isinstance(value, list) else str(value))
            for name, value in (self.details or {}).items()
            if name not in HIDDEN
        ]


def shown(row: EntryRow) -> Shown:
    """An entry of the data plane, read."""
    leaf = parse_leaf(base64.b64decode(row.leaf))
    details = json.loads(row.details) if row.details else None
    return Shown(row.index, from_ms(leaf.time_ms), leaf.kind, details, row.is_damaged)


def size_of(checkpoint: str) -> int:
    """How many entries a checkpoint covers."""
    return int(checkpoint.split("\n")[1])


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart, in its units."""

    x: float
    y: float
    width: float
    height: float
    title: str
    is_bad: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A word under the axis."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars over an axis, drawn by the server."""

    label: str
    bars: list[Bar]
    marks: list[Mark]
    width: int = 720
    height: int = 160
    base: int = 136
    foot: int = 154


def by_hour(found: Iterable[Shown], now: datetime, label: str, hours: int = 24) -> Chart:
    """Entries of the last hours: permitted and other ones above refusals, an hour a column."""
    good, bad = [0] * hours, [0] * hours
    for one in found:
        ago = int((now - one.at).total_seconds() // 3600)
        if 0 <= ago < hours:
            (bad if one.is_refusal else good)[hours - 1 - ago] += 1
    most = max(1, *(a + b for a, b in zip(good, bad, strict=True)))
    step, top = 720 / hours, 120
    bars: list[Bar] = []
    for at in range(hours):
        x, low = at * step + step * 0.15, 136.0
        for count, is_bad in ((bad[at], True), (good[at], False)):
            height = top * count / most
            low -= height
            if count:
                bars.append(
                    Bar(
                        round(x, 1),
                        round(low, 1),
                        round(step * 0.7, 1),
                        round(height, 1),
                        str(count),
                        is_bad,
                    )
                )
    marks = [Mark(round((at + 0.5) * step, 1), f"-{hours - 1 - at} h") for at in range(2, hours, 6)]
    return Chart(label, bars, marks)
