"""Measure, print the table, draw the chart, write `results/latest.json`.

    python -m benchmarks [--rows V1,V2] [--quick]

The exit status is 0 when every row was measured, whether or not its goal is met, and 1 when one
could not be measured. A quick run only shows that the rows work: it leaves the results alone.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from benchmarks import chart, machine, pairing, report, v1_reveal, v2_store, v4_bulk_reveal

DEFINITIONS: dict[str, ModuleType] = {
    module.ID: module for module in (v1_reveal, v2_store, v4_bulk_reveal)
}


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


def measure(names: Sequence[str], effort: pairing.Effort) -> tuple[list[report.Row], list[str]]:
    """Each row in turn, and why some could not be measured."""
    rows, failures = [], []
    for name in names:
        definition, start = DEFINITIONS[name], time.perf_counter()
        print(f"{name}: {definition.WORK} …", file=sys.stderr, flush=True)
        try:
            rows.append(definition.measure(effort))
        except pairing.FAILURES as error:
            failures.append(f"{name}: {error}")
        print(f"{name}: took {time.perf_counter() - start:.0f} s", file=sys.stderr)
    return rows, failures


def publish(here: machine.Machine, rows: Sequence[report.Row], results: Path) -> None:
    """Write the merged report and its chart."""
    results.mkdir(exist_ok=True)
    latest = results / "latest.json"
    merged = report.merge(report.load(latest), here, rows)
    latest.write_bytes(report.dump(merged))
    (results / "chart.svg").write_text(chart.draw(merged.rows, str(here)), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks named on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--rows", type=chosen, default=chosen(None), metavar="V1,V2")
    parser.add_argument(
        "--quick", action="store_true", help="short turns; results stay as they are"
    )
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="shopward-bench-") as directory:
        here = machine.here(Path(directory))
    rows, failures = measure(given.rows, pairing.QUICK if given.quick else pairing.FULL)
    if rows:
        print(here, report.table(rows), sep="\n\n")
    for failure in failures:
        print(f"benchmarks: error: {failure}", file=sys.stderr)
    if rows and not given.quick:
        publish(here, rows, report.RESULTS)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
