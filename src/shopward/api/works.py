"""Every kind of long work that this data plane can do: the one list of them."""

from __future__ import annotations

from typing import Final

from shopward.vault.backup.thread import Threads
from shopward.vault.backup.work import BackupWork, DrillWork, Places
from shopward.vault.backup_key import BackupKey
from shopward.vault.index import BuildIndexes
from shopward.vault.lint import LintIndex
from shopward.vault.outdate import DestroyKeys
from shopward.vault.reindex import Reindex
from shopward.vault.resign import Resign
from shopward.vault.retention import Retention
from shopward.vault.rewrap import Rewrap
from shopward.vault.work import Work

KEY_WORKS: Final = (Rewrap, Reindex, BuildIndexes, LintIndex, Resign, BackupKey, DestroyKeys)
NAMES: Final = tuple(one.name for one in (*KEY_WORKS, BackupWork, DrillWork, Retention))


def works(places: Places, threads: Threads) -> tuple[Work, ...]:
    """One object of each kind.

    Args:
        places: What backups are made of, and where they go.
        threads: Where they are made.
    """
    return (*key_works(), BackupWork(places, threads), DrillWork(places, threads), Retention())


def key_works() -> tuple[Work, ...]:
    """The work on keys alone."""
    return tuple(one() for one in KEY_WORKS)
