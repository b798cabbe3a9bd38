"""A full run as JSON and as the tables of `docs/operations/durability.md`."""

from __future__ import annotations

import json
import platform
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import apsw

from tests.crash.verdict import INVARIANTS, Verdict

FOLDER: Final = Path(__file__).parents[2] / "docs" / "operations"
RESULT: Final = FOLDER / "durability.json"
PAGE: Final = FOLDER / "durability.md"
BEGIN: Final = "<!-- results: written by `make crash` -->"
END: Final = "<!-- /results -->"
Result = dict[str, Any]


def campaign(name: str, verdict: Verdict, counts: Counter[str], seconds: float) -> Result:
    """One campaign as it is kept."""
    return {
        "name": name,
        "counts": dict(sorted(counts.items())),
        "looked": dict(sorted(verdict.looked.items())),
        "broken": dict(sorted(verdict.broken.items())),
        "words": verdict.words[:5],
        "seconds": round(seconds),
    }


def result(seed: int, campaigns: list[Result], controls: list[Result]) -> Result:
    """A full run."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "sqlite": apsw.sqlite_lib_version(),
        "seed": seed,
        "campaigns": campaigns,
        "controls": controls,
    }


def tables(run: Result) -> str:
    """The result in Markdown, as it stands in the page."""
    where = f"{run['machine']}, Python {run['python']}, SQLite {run['sqlite']}"
    lines = [
        f"Measured on {run['date']}, {where}, seed {run['seed']}.",
        "",
        *_campaigns(run["campaigns"]),
        "",
        *_invariants(run["campaigns"]),
        "",
        *_controls(run["controls"]),
    ]
    return "\n".join(lines)


def _campaigns(campaigns: list[Result]) -> list[str]:
    lines = [
        "| what was done | crashes | acknowledged before them | broken |",
        "|---|---:|---|---:|",
    ]
    for one in campaigns:
        counts = one["counts"]
        crashes = counts.get("kills", 0) + counts.get("cuts", 0)
        said = ", ".join(
            f"{count:,} {name}" for name, count in _acknowledged(counts).items() if count
        )
        broken = sum(one["broken"].values())
        lines.append(f"| {one['name']} | {crashes:,} | {said} | {broken} |")
    return lines


def _acknowledged(counts: dict[str, int]) -> dict[str, int]:
    writes = [name for name in counts if name.split()[0].split("-")[0] in _WRITES]
    return {
        "writes": sum(counts[name] for name in writes),
        "denials": counts.get("denial acknowledged", 0),
        "looks": counts.get("look acknowledged", 0),
        "keys": counts.get("epochs acknowledged", 0),
        "rows": counts.get("rows acknowledged", 0),
    }


_WRITES: Final = frozenset({"store", "update", "erase", "fact"})


def _invariants(campaigns: list[Result]) -> list[str]:
    lines = ["| what must hold | looked at | broken |", "|---|---:|---:|"]
    for name, sentence in INVARIANTS.items():
        looked, broken = (
            sum(one[column].get(name, 0) for one in campaigns) for column in ("looked", "broken")
        )
        lines.append(f"| {sentence} | {looked:,} | {broken} |")
    return lines


def _controls(controls: list[Result]) -> list[str]:
    lines = ["| control | installations | that lost something |", "|---|---:|---:|"]
    lines += [f"| {one['name']} | {one['runs']} | {one['bitten']} |" for one in controls]
    return lines


def write(run: Result) -> None:
    """Puts a result into its file and its page."""
    RESULT.write_text(json.dumps(run, indent=1) + "\n")
    PAGE.write_text(page(PAGE.read_text("utf-8"), run))


def page(text: str, run: Result) -> str:
    """The page with the tables of this result."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    assert after, "the page has no place for the tables"
    return f"{before}{BEGIN}\n\n{tables(run)}\n\n{END}{after}"
