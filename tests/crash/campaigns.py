"""How many crashes of which kind a full run has, and the runs that must lose something."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final

from tests.crash.disk import LYING
from tests.crash.epochs import Epochs
from tests.crash.imports import Imports
from tests.crash.kills import Kills
from tests.crash.mutants import answers_early, writes_apart
from tests.crash.nodes import Nodes
from tests.crash.power import Power

FULL: Final = {"kills": 300, "cuts": 1000, "epochs": 100, "imports": 60, "nodes": 100}
CAMPAIGNS: Final = {
    "kills": ("SIGKILL of `shopward serve` under load, SQLite", Kills),
    "cuts": ("power cut, SQLite", Power),
    "epochs": ("SIGKILL of a process that adds keys to the keystore", Epochs),
    "imports": ("SIGKILL of `shopward import`, of the data plane under it, or both", Imports),
    "nodes": ("SIGKILL of one or both of two nodes, of a backend or all of PostgreSQL", Nodes),
}
SYNCED: Final = "PRAGMA synchronous=FULL"


@dataclass(frozen=True, slots=True)
class Control:
    """A run that must lose something: another pragma, another disk, or a vault with a mistake."""

    pragma: tuple[str, str] | None = None
    kind: str = ""
    mistake: Callable[[], AbstractContextManager[None]] = nullcontext

    def run(self, seed: int) -> Power:
        """A few cuts of one installation."""
        power = Power(seed, pragma=self.pragma, kind=self.kind)
        with self.mistake():
            power.run(CONTROL_CUTS)
        return power


CONTROL_CUTS: Final = 6
CONTROLS: Final = {
    "SQLite with `synchronous=OFF`": Control((SYNCED, "PRAGMA synchronous=OFF")),
    "SQLite with `synchronous=NORMAL`": Control((SYNCED, "PRAGMA synchronous=NORMAL")),
    "a disk whose syncs do nothing": Control(kind=LYING),
    "a vault that answers before the disk does": Control(mistake=answers_early),
    "a vault that writes records and entries apart": Control(mistake=writes_apart),
}
