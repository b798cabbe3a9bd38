"""The last leak scan of an installation, kept beside its settings for audits: `leak-scan.json`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from shopward.checks import Outcome
from shopward.sources.durable import replace_durably
from shopward.sources.leaks.lines import verdict
from shopward.sources.leaks.report import FAIL, PASS, Report, decode, encode

FILE: Final = "leak-scan.json"
FRESH_DAYS: Final = 31
_AGAIN: Final = "Run `shopward leak-scan`: docs/operations/leak-scan.md."


def keep(home: Path, report: Report) -> None:
    """Remember a scan; one that is older than what is there goes over it as well."""
    replace_durably(home / FILE, encode(report))


def judge(home: Path, now: datetime) -> tuple[Outcome, str, str]:
    """What an audit says of the last scan: its outcome, and whether it is new enough."""
    path = home / FILE
    if not path.exists():
        return Outcome.UNKNOWN, "No leak scan was made.", _AGAIN
    try:
        report = decode(path.read_bytes())
        days = (now - datetime.fromisoformat(report.ended)).days
    except (msgspec.DecodeError, ValueError, TypeError):
        return Outcome.UNKNOWN, f"{FILE} is not a report that `leak-scan` wrote.", _AGAIN
    ago = "today" if days <= 0 else "yesterday" if days == 1 else f"{days} days ago"
    said = f"The last leak scan, {ago}: {verdict(report)}."
    if report.outcome == FAIL:
        return Outcome.FAIL, said, "Stop what writes it, clear what is there, and scan again."
    if report.outcome == PASS and days <= FRESH_DAYS:
        return Outcome.PASS, said, ""
    return Outcome.UNKNOWN, said, _AGAIN
