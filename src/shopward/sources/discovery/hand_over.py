"""A report for the console's page: each finding with what is proposed for it."""

from __future__ import annotations

from shopward.sources.detect.kinds import ABOUT, Kind
from shopward.sources.discovery.catalogue import TERMS, protectable
from shopward.sources.discovery.report import EvidenceRow, FindingRow, Report
from shopward.sources.found import Found, Proposed, Row


def found_of(report: Report) -> Found:
    """What people decide about; a report of files has columns that no token can stand in."""
    places = {(one.table, one.column) for one in protectable(report)}
    rows = [
        Row(
            table=one.table.rpartition(":")[2],
            column=one.column,
            title=one.title,
            level=one.level,
            evidence=[_said(part) for part in one.evidence],
            side_copy=one.side_copy,
            advice=one.advice,
            proposed=_proposed(one) if (one.table, one.column) in places else None,
        )
        for one in report.findings
    ]
    return Found(report.source, report.ended, report.complete, rows)


def _said(one: EvidenceRow) -> str:
    return f"{one.what} ({one.count:,} of {one.of:,})" if one.of else one.what


def _proposed(row: FindingRow) -> Proposed:
    about, terms = ABOUT[Kind(row.kind)], TERMS[Kind(row.kind)]
    return Proposed(
        field=about.field,
        title=about.title,
        category=about.category,
        retention=terms.retention,
        purposes=list(terms.purposes),
        type=terms.type,
        token=terms.token,
        max_chars=terms.max_chars,
        is_unique=terms.is_unique,
    )
