"""A full run as JSON and as the tables of `docs/operations/durability.md`."""

from __future__ import annotations

import json
import platform
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import apsw

from tests.crash.campaigns import CAMPAIGNS, CONTROLS
from tests.crash.verdict import INVARIANTS, Verdict

FOLDER: Final = Path(__file__).parents[2] / "docs" / "operations"
RESULT: Final = FOLDER / "durability.json"
PAGE: Final = FOLDER / "durability.md"
BEGIN: Final = "<!-- results: written by `make crash` -->"
END: Final = "<!-- /results -->"
Result = dict[str, Any]


def measured(seed: int, **figures: Any) -> Result:
    """Figures with when, where and how they were measured."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "where": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "sqlite": apsw.sqlite_lib_version(),
        "seed": seed,
        **figures,
    }


def campaign(name: str, seed: int, verdict: Verdict, counts: Counter[str]) -> Result:
    """One campaign as it is kept."""
    return measured(
        seed,
        name=name,
        counts=dict(sorted(counts.items())),
        looked=dict(sorted(verdict.looked.items())),
        broken=dict(sorted(verdict.broken.items())),
        words=verdict.words[:5],
    )


def tables(run: Result) -> str:
    """The results in Markdown, as they stand in the page."""
    campaigns, controls = list(run["campaigns"].values()), list(run["controls"].values())
    parts = [_campaigns(campaigns), _invariants(campaigns), _controls(controls)]
    where = {f"{one['where']}, SQLite {one['sqlite']}" for one in campaigns}
    return "\n\n".join(["\n".join(part) for part in parts] + [f"On {'; '.join(sorted(where))}."])


def _campaigns(campaigns: list[Result]) -> list[str]:
    lines = [
        "| what was done | crashes | acknowledged before them | broken | when, seed |",
        "|---|---:|---|---:|---|",
    ]
    for one in campaigns:
        counts = one["counts"]
        crashes = counts.get("kills", 0) + counts.get("cuts", 0)
        known = _acknowledged(counts).items()
        said = ", ".join(f"{count:,} {name}" for name, count in known if count)
        broken = sum(one["broken"].values())
        when = f"{one['date']}, {one['seed']}"
        lines.append(f"| {one['name']} | {crashes:,} | {said} | {broken} | {when} |")
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


def write(campaigns: dict[str, Result], controls: dict[str, Result]) -> None:
    """Puts results into their file and their page, in the place of earlier ones."""
    run = json.loads(RESULT.read_text("utf-8")) if RESULT.exists() else {}
    for part, known, new in (("campaigns", CAMPAIGNS, campaigns), ("controls", CONTROLS, controls)):
        kept = run.get(part, {}) | new
        run[part] = {name: kept[name] for name in known if name in kept}
    RESULT.write_text(json.dumps(run, indent=1) + "\n")
    PAGE.write_text(page(PAGE.read_text("utf-8"), run))


def page(text: str, run: Result) -> str:
    """The page with the tables of this result."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    assert after, "the page has no place for the tables"
    return f"{before}{BEGIN}\n\n{tables(run)}\n\n{END}{after}"
