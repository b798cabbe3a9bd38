"""What a leak scan reports: where, in which shape, how often. No member holds a canary."""

from __future__ import annotations

from typing import Final

import msgspec

FORMAT: Final = "shopward/leak-scan/v1"
PASS: Final = "pass"  # noqa: S105 - no password
FAIL: Final = "fail"
UNKNOWN: Final = "unknown"


class HitRow(msgspec.Struct, frozen=True):
    """One table's column, or one file, in which canaries stand in one shape.

    `canaries` are labels. `count` counts cells of a column, places in a file. `at` names the first
    few: `line 12`, `byte 4711`, or nothing for a column.
    """

    place: str
    where: str
    shape: str
    canaries: list[str]
    count: int
    at: list[str]


class GapRow(msgspec.Struct, frozen=True):
    """Something that was not looked at, or not all of it, and why."""

    place: str
    name: str
    why: str


class PlaceRow(msgspec.Struct, frozen=True):
    """One place that was named: how many tables or files were read, and how much of them."""

    name: str
    source: str
    read: int
    seen: int
    unit: str


class Report(msgspec.Struct, frozen=True):
    """One scan. `outcome` is `pass` only when everything was read and nothing was found.

    `left_out` is what was not looked at on purpose. `hits` and `unknown` are cut at a thousand
    rows; `hit_count` and `unknown_count` are not.
    """

    format: str
    began: str
    ended: str
    outcome: str
    planted: str
    canaries: list[str]
    forms: int
    places: list[PlaceRow]
    hits: list[HitRow]
    hit_count: int
    unknown: list[GapRow]
    unknown_count: int
    left_out: list[GapRow]

    @property
    def columns(self) -> int:
        """In how many columns and files something was found."""
        return len({(row.place, row.where) for row in self.hits})


def encode(report: Report) -> bytes:
    """The report as JSON, indented."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def decode(data: bytes) -> Report:
    """A report from its JSON.

    Raises:
        msgspec.ValidationError: It is something else.
    """
    return msgspec.json.decode(data, type=Report)
