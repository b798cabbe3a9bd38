"""A leak scan's report in words, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shopward.sources.leaks.report import FAIL, PASS, HitRow, PlaceRow, Report

HEADERS: Final = ("place", "where", "shape", "canaries", "times", "at")
_MOST_LABELS: Final = 3


def rows(report: Report) -> Iterator[tuple[str, ...]]:
    """The hits as rows under `HEADERS`."""
    for hit in report.hits:
        yield (hit.place, hit.where, hit.shape, labels(hit), f"{hit.count:,}", ", ".join(hit.at))


def labels(hit: HitRow) -> str:
    """Whose they are; of many the first and how many more."""
    shown = ", ".join(hit.canaries[:_MOST_LABELS])
    more = len(hit.canaries) - _MOST_LABELS
    return shown if more <= 0 else f"{shown} and {more} more"


def coverage(report: Report) -> str:
    """What was looked at, in one line."""
    said = "; ".join(f"{row.name}: {read(row)}, {seen(row)}" for row in report.places)
    return f"{said}; {report.unknown_count:,} not readable" if report.unknown_count else said


def read(row: PlaceRow) -> str:
    """How many tables or files of a place were read."""
    unit = "table" if row.unit == "rows" else "file"
    return f"{row.read:,} {unit}{'' if row.read == 1 else 's'}"


def seen(row: PlaceRow) -> str:
    """How much of it that was."""
    return f"{row.seen:,} {row.unit if row.seen != 1 else row.unit.removesuffix('s')}"


def verdict(report: Report) -> str:
    """The outcome, in one line."""
    planted = f"{len(report.canaries):,} canaries in {report.forms:,} forms"
    if report.outcome == PASS:
        return f"PASS: {planted}; none was found"
    if report.outcome == FAIL:
        names = "column or file" if report.columns == 1 else "columns and files"
        return f"FAIL: {planted}; found {report.hit_count:,} times in {report.columns:,} {names}"
    return f"UNKNOWN: {planted}; none was found, but not everything could be read"
