"""`make attack-signin`: every battery against a copy of the product, and against the control.

Ends with 1 when an attack succeeded, and with 2 when one could not be made or does not bite.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from pathlib import Path

import pytest

from tests.attacks.signin import copy as copies
from tests.attacks.signin import foreign, limits, replay, report, sessions, timing, tokens
from tests.attacks.signin.verdict import Battery, Outcome, Row, Tally, tried

BATTERIES = (
    *replay.BATTERIES,
    *tokens.BATTERIES,
    *limits.BATTERIES,
    *sessions.BATTERIES,
    *foreign.BATTERIES,
    *timing.BATTERIES,
)
STOPPED = 143


def main() -> int:
    """0 when every attack failed, and would have succeeded without limits and checks."""
    parser = argparse.ArgumentParser(prog="python -m tests.attacks.signin", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="beginnings of batteries' names")
    only = parser.parse_args().only
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(STOPPED))  # what it started is stopped too
    batteries = [one for one in BATTERIES if only is None or one.name.startswith(tuple(only))]
    product = run(batteries, is_open=False)
    control = run(batteries, is_open=True)
    rows = [Row(one, product[one.name], control[one.name]) for one in batteries]
    print(report.table([report.as_json(row) for row in rows]))
    report.write(rows, [one.name for one in BATTERIES])
    outcomes = {row.outcome for row in rows}
    return 1 if Outcome.FAIL in outcomes else 2 * (Outcome.UNKNOWN in outcomes)


def run(batteries: list[Battery], *, is_open: bool) -> dict[str, Tally]:
    """Every battery against one installation of its own."""
    name, results = "control" if is_open else "product", {}
    with (
        tempfile.TemporaryDirectory(prefix="sw-") as folder,
        copies.running(Path(folder), is_open=is_open) as copy,
    ):
        for one in batteries:
            results[one.name] = got = made(one, copy)
            said = f"{got.succeeded} of {got.tries} {got.figures or ''} {got.trouble}"
            print(f"{name}: {one.name}: {said}", flush=True)
    return results


def made(one: Battery, copy: copies.Copy) -> Tally:
    """The attack on one copy, unless its tool is not installed."""
    try:
        return tried(one, copy)
    except (pytest.skip.Exception, pytest.fail.Exception) as absent:
        return Tally(trouble=str(absent))


if __name__ == "__main__":
    sys.exit(main())
