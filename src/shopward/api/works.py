"""Every kind of long work that this data plane can do: the one list of them."""

from __future__ import annotations

from shopward.vault.work import Work


def works() -> tuple[Work, ...]:
    """One object of each kind."""
    return ()
