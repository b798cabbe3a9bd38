"""From counts to findings: every column judged, hashes matched with the mails and phones seen.

A table's counts are let go as soon as it is judged. What stays until the end are digests, at most
`MAX_DIGESTS` of each kind: a column of digests that has three of them in common with the hashes of
mails seen elsewhere is an unkeyed hash of mails, whatever it is called.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from shopward.sources.detect import ABOUT, Finding, Group, Kind, judge
from shopward.sources.detect.judge import Evidence
from shopward.sources.detect.names import is_about_people, suggest
from shopward.sources.detect.tally import MAX_DIGESTS, Tally
from shopward.sources.discovery.collect import Column, Table
from shopward.sources.discovery.copies import copy_of
from shopward.sources.discovery.report import EvidenceRow, FindingRow

_COMMON: Final = 3
_MAX_SUSPECTS: Final = 40
_SEEN: Final = {Kind.EMAIL: "a mail address", Kind.PHONE: "a phone number"}
_HASH_OF: Final = {Kind.EMAIL: Kind.MAIL_HASH, Kind.PHONE: Kind.PHONE_HASH}


@dataclass(slots=True)
class _Suspect:
    """A column of digests."""

    table: str
    column: str
    type: str
    digests: set[bytes]
    filled: int


@dataclass(slots=True)
class Conclusions:
    """The findings so far."""

    findings: list[FindingRow] = field(default_factory=list)
    _hashes: dict[Kind, set[bytes]] = field(default_factory=dict)
    _suspects: list[_Suspect] = field(default_factory=list)

    def table(self, table: Table) -> int:
        """Judge a table's columns; how many findings there are."""
        about_people = is_about_people(table.name.rpartition(":")[2], tuple(table.columns))
        before = len(self.findings)
        for name, column in table.columns.items():
            found = _judged(table, name, column, about_people=about_people)
            self._remember(table, name, column)
            if found is not None and ABOUT[found.kind].group is not Group.NONE:
                self.findings.append(_row(table.name, name, column, found))
        return len(self.findings) - before

    def _remember(self, table: Table, name: str, column: Column) -> None:
        tally = column.tally
        for kind, digests in tally.hashes.items():
            kept = self._hashes.setdefault(kind, set())
            if len(kept) < MAX_DIGESTS:
                kept |= digests
        if len(tally.digests) >= _COMMON and len(self._suspects) < _MAX_SUSPECTS:
            self._suspects.append(
                _Suspect(table.name, name, column.type, tally.digests, tally.filled)
            )

    def finish(self) -> list[FindingRow]:
        """Match the digests; every finding, strongest first in each table."""
        for suspect in self._suspects:
            for kind, hash_kind in _HASH_OF.items():
                common = len(suspect.digests & self._hashes.get(kind, set()))
                if common >= _COMMON:
                    self._replace(suspect, hash_kind, kind, common)
        self._suspects.clear()
        self._hashes.clear()
        return self.findings

    def _replace(self, suspect: _Suspect, kind: Kind, of: Kind, common: int) -> None:
        evidence = Evidence(
            f"MD5, SHA-1 or SHA-256 of {_SEEN[of]} seen in this run",
            common,
            len(suspect.digests),
        )
        found = Finding(kind, 0.99, (evidence,))
        at = (suspect.table, suspect.column)
        self.findings = [one for one in self.findings if (one.table, one.column) != at]
        tally = Tally(filled=suspect.filled)
        self.findings.append(
            _row(suspect.table, suspect.column, Column(suspect.type, tally), found)
        )


def _judged(table: Table, name: str, column: Column, *, about_people: bool) -> Finding | None:
    found = judge(
        column.tally,
        suggest(name, table.name),
        about_people=about_people,
        table=table.name,
    )
    sessions = column.tally.wraps["session"]
    if sessions:
        evidence = Evidence("opens as a signed session", sessions, column.tally.filled)
        return Finding(Kind.SESSION, 0.97, (evidence,))
    return found


def _row(table: str, name: str, column: Column, found: Finding) -> FindingRow:
    about = ABOUT[found.kind]
    return FindingRow(
        table=table,
        column=name,
        kind=str(found.kind),
        group=str(about.group),
        title=about.title,
        category=about.category,
        confidence=found.confidence,
        level=str(found.level),
        evidence=[EvidenceRow(one.what, one.count, one.of) for one in found.evidence],
        holds=[str(kind) for kind in found.holds],
        side_copy=copy_of(table, name, column, found),
        test_share=found.test_share,
        type=column.type,
        advice=about.advice,
    )
