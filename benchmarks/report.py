"""The report: rows with a ratio and a goal, as a table and as `results/latest.json`.

    {"machine": {...}, "rows": [{"id": "V1", "work": "...", "ratio": 0.34, "goal": 0.3,
     "better": "higher", "met": true, "detail": "...", "bound_by": "...",
     "engine": "sqlite", "workers": 1, "customers": 10000}]}

A row is known by its id, engine, workers and customers. A run of some rows updates those and
keeps the others. A row kept from another machine says so in
its detail, since `machine` names the machine of the last run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from benchmarks.machine import Machine
from benchmarks.scale import ENGINES, SMALL, Engine, Scale

RESULTS = Path(__file__).parent / "results"
ELSEWHERE = "[kept from another machine: "


class Row(msgspec.Struct, frozen=True):
    """One benchmark's outcome; `ratio` is product over floor."""

    id: str
    work: str
    ratio: float
    goal: float
    better: Literal["higher", "lower"]
    met: bool
    detail: str
    bound_by: str
    engine: Engine = "sqlite"
    workers: int = 1
    customers: int = SMALL

    @property
    def scale(self) -> Scale:
        """What it was measured on."""
        return Scale(self.engine, self.workers, self.customers)

    def on(self, scale: Scale) -> Row:
        """The same row, measured on this."""
        return msgspec.structs.replace(
            self, engine=scale.engine, workers=scale.workers, customers=scale.customers
        )


class Report(msgspec.Struct, frozen=True):
    """The machine of the last run and the newest row of each benchmark."""

    machine: Machine
    rows: list[Row]


def is_met(ratio: float, goal: float, better: str) -> bool:
    """Whether the ratio reaches its goal, compared before any rounding."""
    return ratio >= goal if better == "higher" else ratio <= goal


def higher(name: str, work: str, ratio: float, goal: float, *, detail: str, bound_by: str) -> Row:
    """A row of which more is better; the ratio is kept to four places."""
    met = is_met(ratio, goal, "higher")
    return Row(name, work, round(ratio, 4), goal, "higher", met, detail, bound_by)


def lower(name: str, work: str, ratio: float, goal: float, *, detail: str, bound_by: str) -> Row:
    """A row of which less is better."""
    met = is_met(ratio, goal, "lower")
    return Row(name, work, round(ratio, 4), goal, "lower", met, detail, bound_by)


def merge(old: Report | None, machine: Machine, rows: Sequence[Row]) -> Report:
    """The new rows over the old ones, ordered by id, then engine, customers and workers."""
    kept = {_key(row): _carried(row, old.machine, machine) for row in old.rows} if old else {}
    kept.update((_key(row), row) for row in rows)
    return Report(machine, [kept[key] for key in sorted(kept)])


def _key(row: Row) -> tuple[int, str, int, int, int]:
    engine = ENGINES.index(row.engine)
    return len(row.id), row.id, engine, row.customers, row.workers


def _carried(row: Row, then: Machine, now: Machine) -> Row:
    if then.is_like(now) or row.detail.startswith(ELSEWHERE):
        return row
    note = f"{ELSEWHERE}{then.cpu}, {then.cores} cores] "
    return msgspec.structs.replace(row, detail=note + row.detail)


def load(path: Path) -> Report | None:
    """The report in a file, or None when there is none yet.

    Raises:
        msgspec.ValidationError: The file is no report.
    """
    return msgspec.json.decode(path.read_bytes(), type=Report) if path.exists() else None


def dump(report: Report) -> bytes:
    """The report as indented JSON with a newline at the end."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def table(rows: Sequence[Row]) -> str:
    """The rows for a terminal: verdict, ratio, goal, then the detail under each."""
    width = max((len(row.work) for row in rows), default=0)
    lines = [f"{'':4}{'work':{width}}  {'ratio':>7}  {'goal':>7}  met"]
    for row in rows:
        sign = "≥" if row.better == "higher" else "≤"
        goal = f"{sign} {row.goal:.2f}"
        verdict = "yes" if row.met else "NO"
        lines += [
            f"{row.id:4}{row.work:{width}}  {row.ratio:7.3f}  {goal:>7}  {verdict}",
            f"    {row.scale}",
            f"    {row.detail}",
            f"    bound by: {row.bound_by}",
        ]
    return "\n".join(lines)
