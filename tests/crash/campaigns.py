"""How many crashes of which kind a full run has, and the runs that must lose something."""

from __future__ import annotations

from typing import Final

from tests.crash.disk import LYING
from tests.crash.epochs import Epochs
from tests.crash.imports import Imports
from tests.crash.kills import Kills
from tests.crash.power import Power

FULL: Final = {"kills": 300, "cuts": 2000, "epochs": 100, "imports": 60}
CAMPAIGNS: Final = {
    "kills": ("SIGKILL of `shopward serve` under load, SQLite", Kills),
    "cuts": ("power cut, SQLite", Power),
    "epochs": ("SIGKILL of a process that adds keys to the keystore", Epochs),
    "imports": ("SIGKILL of `shopward import`, of the data plane under it, or both", Imports),
}
SYNCED: Final = "PRAGMA synchronous=FULL"
CONTROLS: Final = {
    "SQLite with `synchronous=OFF`": ((SYNCED, "PRAGMA synchronous=OFF"), ""),
    "SQLite with `synchronous=NORMAL`": ((SYNCED, "PRAGMA synchronous=NORMAL"), ""),
    "a disk whose syncs do nothing": (None, LYING),
}
