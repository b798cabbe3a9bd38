"""Measure, print the table, draw the chart, write `results/latest.json`.

    python -m benchmarks [--rows V1,V2] [--engine postgresql] [--workers 2] [--customers 1000000]
    python -m benchmarks --all

Every row is written as soon as it was measured. `--all` measures what `plan` lists, keeps its
installations in `var/bench`, and goes on where an earlier run of the same code stopped.

The exit status is 0 when every row was measured, whether or not its goal is met, and 1 when one
could not be measured. A quick run only shows that the rows work: it leaves the results alone.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from benchmarks import (
    chart,
    machine,
    pairing,
    plan,
    report,
    v1_reveal,
    v2_store,
    v3_bulk_store,
    v4_bulk_reveal,
    v5_search,
    v6_fields,
    v7_latency,
    v8_memory,
)
from benchmarks.plan import Planned
from benchmarks.scale import ENGINES, SMALL, Scale
from benchmarks.stage import Stage

MODULES = (
    v1_reveal,
    v2_store,
    v3_bulk_store,
    v4_bulk_reveal,
    v5_search,
    v6_fields,
    v7_latency,
    v8_memory,
)
DEFINITIONS: dict[str, ModuleType] = {module.ID: module for module in MODULES}
KEPT = Path("var/bench")


def chosen(rows: str | None) -> list[str]:
    """The ids named in `V1,V2`, or all of them.

    Raises:
        argparse.ArgumentTypeError: A row is unknown.
    """
    names = [name.strip().upper() for name in rows.split(",")] if rows else list(DEFINITIONS)
    unknown = [name for name in names if name not in DEFINITIONS]
    if unknown:
        known = ", ".join(DEFINITIONS)
        raise argparse.ArgumentTypeError(f"no such row: {', '.join(unknown)}; there are {known}")
    return names


def asked(given: argparse.Namespace) -> list[Planned]:
    """The rows of the command line; a row says itself how many customers it is about."""
    return [
        (
            name,
            Scale(
                given.engine,
                given.workers,
                given.customers or getattr(DEFINITIONS[name], "CUSTOMERS", SMALL),
            ),
        )
        for name in given.rows
    ]


def measure(
    stage: Stage, rows: Iterable[Planned], effort: pairing.Effort
) -> Iterator[tuple[Planned, list[report.Row], str]]:
    """Each row in turn, or why it could not be measured."""
    for name, scale in rows:
        definition, start = DEFINITIONS[name], time.perf_counter()
        print(f"{name}: {definition.WORK} ({scale}) …", file=sys.stderr, flush=True)
        measured: list[report.Row] = []
        failure = ""
        try:
            measured = definition.measure(stage, scale, effort)
        except pairing.FAILURES as error:
            failure = f"{name} ({scale}): {error}"
        print(f"{name}: took {time.perf_counter() - start:.0f} s", file=sys.stderr)
        yield (name, scale), measured, failure


def publish(here: machine.Machine, rows: Sequence[report.Row], results: Path) -> None:
    """Write the merged report and its chart."""
    results.mkdir(exist_ok=True)
    latest = results / "latest.json"
    merged = report.merge(report.load(latest), here, rows)
    latest.write_bytes(report.dump(merged))
    (results / "chart.svg").write_text(chart.draw(merged.rows, str(here)), encoding="utf-8")


@contextmanager
def staged(*, keep: bool) -> Iterator[Stage]:
    """Where the installations stand: in `var/bench`, or in a folder that goes away afterwards."""
    if keep:
        KEPT.mkdir(parents=True, exist_ok=True)
        with Stage(KEPT.resolve()) as stage:
            yield stage
        return
    with (
        tempfile.TemporaryDirectory(prefix="shopward-bench-") as folder,
        Stage(Path(folder)) as stage,
    ):
        yield stage


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.split("\n")[0])
    made.add_argument("--rows", type=chosen, default=chosen(None), metavar="V1,V2")
    made.add_argument("--engine", choices=ENGINES, default="sqlite")
    made.add_argument("--workers", type=int, default=1, metavar="N")
    made.add_argument("--customers", type=int, metavar="N", help="instead of each row's own number")
    made.add_argument("--all", action="store_true", help="every engine, size and worker; resumes")
    made.add_argument("--fresh", action="store_true", help="with --all: from the start")
    made.add_argument("--quick", action="store_true", help="short turns; results stay as they are")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks named on the command line."""
    given = parser().parse_args(arguments)
    effort = pairing.STEADY if given.all else pairing.FULL
    effort = pairing.QUICK if given.quick else effort
    done = plan.Done(KEPT / ("quick.json" if given.quick else "done.json"), fresh=given.fresh)
    left = done.left(plan.EVERYTHING) if given.all else asked(given)
    measured: list[report.Row] = []
    failures: list[str] = []
    with staged(keep=given.all) as stage:
        here = machine.here(stage.folder)
        for planned, rows, failure in measure(stage, left, effort):
            measured += rows
            failures += [failure] if failure else []
            if rows and not given.quick:
                publish(here, rows, report.RESULTS)
            if rows and given.all:
                done.add(planned)
    if measured:
        print(here, report.table(measured), sep="\n\n")
    for failure in failures:
        print(f"benchmarks: error: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
