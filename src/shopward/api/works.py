"""Every kind of long work that this data plane can do: the one list of them."""

from __future__ import annotations

from shopward.vault.backup.thread import Threads
from shopward.vault.backup.work import BackupWork, DrillWork, Places
from shopward.vault.retention import Retention
from shopward.vault.work import Work


def works(places: Places, threads: Threads) -> tuple[Work, ...]:
    """One object of each kind.

    Args:
        places: What backups are made of, and where they go.
        threads: Where they are made.
    """
    return (BackupWork(places, threads), DrillWork(places, threads), Retention())
