"""A report in words, for a terminal: what was looked at, what was found, what is not known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shopward.sources.discovery.report import FindingRow, Report

HEADERS: Final = ("confidence", "table", "column", "what", "evidence")
_ORDER: Final = {"card": 0, "credential": 1, "personal": 2}


def ordered(findings: list[FindingRow]) -> list[FindingRow]:
    """Cards first, then credentials, then personal data; the surest first."""
    return sorted(
        findings,
        key=lambda one: (_ORDER.get(one.group, 3), one.table, -one.confidence, one.column),
    )


def rows(report: Report) -> Iterator[tuple[str, ...]]:
    """The findings as rows under `HEADERS`."""
    for one in ordered(report.findings):
        yield (
            f"{one.confidence:.2f} {one.level}",
            one.table,
            one.column,
            what(one),
            "; ".join(evidence(one)),
        )


def what(one: FindingRow) -> str:
    """What a column holds, in words."""
    words = one.title
    if one.holds:
        words += f" with {', '.join(one.holds)}"
    if one.side_copy and one.side_copy != one.title:
        words += f" ({one.side_copy})"
    return words


def evidence(one: FindingRow) -> Iterator[str]:
    """What speaks for a finding, each as a phrase with its counts."""
    for each in one.evidence:
        yield f"{each.count:,} of {each.of:,}: {each.what}" if each.of else each.what
    if one.test_share:
        yield f"{one.test_share:.0%} made for tests"


def summary(report: Report) -> Iterator[str]:
    """What was looked at, and what is not known, a sentence each."""
    kind = "table or file" if report.units == 1 else "tables or files"
    columns, tables = len(report.findings), len({one.table for one in report.findings})
    yield f"looked at {report.units:,} {kind}: {columns:,} columns in {tables:,} hold such data"
    copies = sum(bool(one.side_copy) for one in report.findings)
    if copies:
        yield f"{copies:,} of them are side copies: an erasure has to reach them too"
    if report.stopped:
        yield "stopped before the end: what was not reached is unknown, not clean"
    if report.unknown:
        yield f"{len(report.unknown):,} could not be read and are unknown, not clean"
    partly = [row for row in report.tables if row.state == "read" and row.of != row.seen]
    if partly:
        yield f"{len(partly):,} were looked at in part; the report says how much of each was seen"
