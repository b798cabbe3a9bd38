"""What `--all` measures, in an order that starts each database server and installation once.

What was measured is kept in `var/bench/done.json` with a digest of the code, so that a run that
was stopped goes on where it was, and one on other code starts anew.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from benchmarks.scale import LARGE, SMALL, Scale
from benchmarks.stage import code_state

Planned = tuple[str, Scale]

STEPS: tuple[tuple[Scale, str], ...] = (
    (Scale("sqlite", 1, SMALL), "V1 V2 V3 V4 V6 V7"),
    (Scale("sqlite", 1, LARGE), "V1 V2 V4 V5 V8"),
    (Scale("postgresql", 1, SMALL), "V1 V2 V4 V7"),
    (Scale("postgresql", 2, SMALL), "V1 V2 V4 V7"),
    (Scale("postgresql", 1, LARGE), "V1 V2 V4 V5 V8"),
    (Scale("postgresql", 2, LARGE), "V1 V2 V4"),
)
EVERYTHING: tuple[Planned, ...] = tuple(
    (name, scale) for scale, names in STEPS for name in names.split()
)


class _Kept(msgspec.Struct):
    state: str
    rows: list[Planned]


class Done:
    """Which rows were measured with the code at hand; `fresh` forgets them."""

    def __init__(self, path: Path, *, fresh: bool = False) -> None:
        self._path = path
        self._kept = _Kept(code_state(), [])
        if path.exists() and not fresh:
            known = msgspec.json.decode(path.read_bytes(), type=_Kept)
            if known.state == self._kept.state:
                self._kept = known

    def left(self, rows: tuple[Planned, ...]) -> list[Planned]:
        """Those of these rows that are still to be measured."""
        return [one for one in rows if one not in self._kept.rows]

    def add(self, row: Planned) -> None:
        """This one was."""
        self._kept.rows.append(row)
        self._path.write_bytes(msgspec.json.encode(self._kept))
