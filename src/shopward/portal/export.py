"""All of a customer's data as a file: JSON for programs, and what a page for people is made of.

::

    {
        "format": "shopward-export/v1",
        "shop": "…",
        "made": "2026-…Z",
        "data": [
            {
                "field": "city",
                "title": "city",
                "value": "Riga",
                "kept_for": ["…"],
                "until": "…",
                "may_see": ["…"],
                "saw": [{"who": "…", "last": "2026-…Z"}],
            }
        ],
        "activity": [{"index": 7, "time": "2026-…Z", "who": "staff", "said": "…"}],
    }

`value` is null where the shop keeps something that it shows on request alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from shopward.portal.activity import Line
from shopward.portal.holdings import Kept

FORMAT = "shopward-export/v1"


class Held(Protocol):
    """One field with its value."""

    @property
    def kept(self) -> Kept:
        """What is to be said of it."""

    @property
    def value(self) -> str | None:
        """The value; None where it is not shown, empty where there is none."""


@dataclass(frozen=True, slots=True)
class Export:
    """Everything, at one moment. Secret."""

    shop: str
    made: datetime
    held: Sequence[Held]
    lines: Sequence[Line]


def as_json(taken: Export) -> str:
    """The file for programs."""
    document = {
        "format": FORMAT,
        "shop": taken.shop,
        "made": _moment(taken.made),
        "data": [_field(one) for one in taken.held if one.value != ""],
        "activity": [_line(one) for one in taken.lines],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _field(one: Held) -> dict[str, Any]:
    kept = one.kept
    return {
        "field": kept.name,
        "title": kept.title,
        "value": one.value,
        "kept_for": list(kept.why),
        "until": _moment(kept.due) if kept.due else str(kept.until),
        "may_see": list(kept.may),
        "saw": [{"who": who, "last": _moment(last)} for who, last in kept.saw],
    }


def _line(one: Line) -> dict[str, Any]:
    return {
        "index": one.index,
        "time": _moment(one.at),
        "who": one.side.value,
        "said": str(one.said),
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
