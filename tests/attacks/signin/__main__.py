"""`make attack-signin`: every battery against a copy of the product, and against the control.

Each row is kept as soon as it is whole. Ends with 1 when an attack succeeded, and with 2 when one
could not be made or does not bite.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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
    rows = []
    with copied(is_open=False) as product, copied(is_open=True) as control:
        for one in batteries:
            row = Row(one, made(one, product), made(one, control))
            rows.append(row)
            report.write([row], [one.name for one in BATTERIES])
            print(report.table([report.as_json(row)]).splitlines()[-1], flush=True)
    outcomes = {row.outcome for row in rows}
    return 1 if Outcome.FAIL in outcomes else 2 * (Outcome.UNKNOWN in outcomes)


@contextmanager
def copied(*, is_open: bool) -> Iterator[copies.Copy]:
    """An installation of its own; the control when `is_open`."""
    with (
        tempfile.TemporaryDirectory(prefix="sw-") as folder,
        copies.running(Path(folder), is_open=is_open) as copy,
    ):
        yield copy


def made(one: Battery, copy: copies.Copy) -> Tally:
    """The attack on one copy, unless its tool is not installed."""
    try:
        return tried(one, copy)
    except (pytest.skip.Exception, pytest.fail.Exception) as absent:
        return Tally(trouble=str(absent))


if __name__ == "__main__":
    sys.exit(main())
