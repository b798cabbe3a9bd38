"""The table: on the terminal, as JSON under `build/`, and in `docs/operations/attack-signin.md`."""

from __future__ import annotations

import json
import platform
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.attacks.signin.verdict import Row, Tally

ROOT: Final = Path(__file__).parents[3]
RESULT: Final = ROOT / "build" / "attack-signin.json"
PAGE: Final = ROOT / "docs" / "operations" / "attack-signin.md"
BEGIN: Final = "<!-- results: written by `make attack-signin` -->"
Result = dict[str, Any]
END: Final = "<!-- /results -->"


def table(rows: Sequence[Result]) -> str:
    """Requirement, attack, counts and outcome, in Markdown."""
    lines = [
        "| what must hold | how it was attacked | product | control | |",
        "|---|---|---:|---:|---|",
    ]
    for row in rows:
        counts = (_counts(row["product"]), _counts(row["control"]))
        told = (row["requirement"], row["attack"], *counts, _said(row))
        lines.append(f"| {' | '.join(told)} |")
    return "\n".join(lines)


def write(rows: Sequence[Row], names: Sequence[str]) -> None:
    """Keeps the results: in the file beside those of other batteries, and in the page.

    Args:
        rows: What was measured now.
        names: Of every battery, in the order of the table.
    """
    kept = json.loads(RESULT.read_text("utf-8")) if RESULT.exists() else {}
    kept |= {row.battery.name: as_json(row) for row in rows}
    kept = {name: kept[name] for name in names if name in kept}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(kept, indent=1) + "\n")
    if kept:
        PAGE.write_text(page(PAGE.read_text("utf-8"), list(kept.values())), "utf-8")


def page(text: str, rows: Sequence[Result]) -> str:
    """The page with these results between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not after:
        raise RuntimeError("the page has no place for the table")
    outcomes = Counter(row["outcome"] for row in rows)
    said = ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items()))
    where = "; ".join(sorted({f"{row['date']}, {row['where']}" for row in rows}))
    return f"{before}{BEGIN}\n\n{said}. {where}.\n\n{table(rows)}\n\n{END}{after}"


def measured() -> dict[str, Any]:
    """When and where."""
    where = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return {"date": datetime.now(UTC).date().isoformat(), "where": where}


def as_json(row: Row) -> Result:
    """One row as it is kept."""
    return {
        **measured(),
        "name": row.battery.name,
        "requirement": row.battery.requirement,
        "attack": row.battery.attack,
        "outcome": row.outcome.value,
        "why": row.why,
        "product": _tally(row.product),
        "control": _tally(row.control),
    }


def _tally(one: Tally) -> dict[str, Any]:
    figures = {"figures": one.figures, "trouble": one.trouble}
    return {"tries": one.tries, "succeeded": one.succeeded, **figures}


def _counts(one: Result) -> str:
    return f"{one['succeeded']} of {one['tries']}"


def _said(row: Result) -> str:
    figures = row["product"]["figures"].items()
    said = "; ".join(f"{name} {value:g}" for name, value in figures)
    parts = [part.replace("|", "/").replace("\n", " ") for part in (row["why"], said) if part]
    return f"**{row['outcome']}**" + (f" ({'; '.join(parts)})" if parts else "")
