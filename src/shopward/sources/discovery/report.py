"""What discovery reports; `docs/spec/discovery-report.schema.json` is this as a JSON schema.

No member holds a value of the data: names of tables and columns, counts, shares and fixed phrases.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

FORMAT: Final = "shopward/discovery/v1"


class EvidenceRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that speaks for a finding: a phrase, and how many of how many do it out."""

    what: str
    count: int = 0
    of: int = 0


class FindingRow(msgspec.Struct, frozen=True):
    """What one column holds.

    `column` is dotted where it is inside JSON or a session. `confidence` is from 0 to 1, `level` is
    its word. `holds` names the kinds found in free text. `side_copy` says what kind of copy it is;
    empty for a shop's first-hand data. `test_share` is the share of values made for tests.
    """

    table: str
    column: str
    kind: str
    group: str
    title: str
    category: str
    confidence: float
    level: str
    evidence: list[EvidenceRow]
    holds: list[str]
    side_copy: str
    test_share: float
    type: str
    advice: str


class TableRow(msgspec.Struct, frozen=True):
    """One table or file: whether it was read, how much of it, and why not.

    `state` is `read`, `unchanged` or `unknown`. `seen` and `of` count `unit`s; `of` is null when
    nobody knows.
    """

    name: str
    kind: str
    state: str
    why: str
    seen: int
    of: int | None
    unit: str
    how: str
    columns: int
    columns_left_out: int
    bad_rows: int


class Report(msgspec.Struct, frozen=True):
    """One run. `complete` is false when anything is unknown, or the run was stopped."""

    format: str
    source: str
    began: str
    ended: str
    complete: bool
    stopped: bool
    units: int
    clean: int
    findings: list[FindingRow]
    tables: list[TableRow]

    @property
    def unknown(self) -> list[TableRow]:
        """What could not be read."""
        return [row for row in self.tables if row.state == "unknown"]


def encode(report: Report) -> bytes:
    """The report as JSON, indented."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def decode(data: bytes) -> Report:
    """A report from its JSON.

    Raises:
        msgspec.ValidationError: It does not follow the schema.
    """
    return msgspec.json.decode(data, type=Report)


def schema() -> dict[str, Any]:
    """The JSON schema of a report."""
    made = msgspec.json.schema(Report)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}
