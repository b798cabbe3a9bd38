"""The name of a log: what the operator chose, and what tells its logs apart after a restore.

    shop.example/ledger                      the first one
    shop.example/ledger~20261124-3f9c01ab    one that a restore began, on that day

- A name is never used for two logs: each restore draws its own.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Final

CONTINUED: Final = "~"


def base_of(origin: str) -> str:
    """The name that the operator chose."""
    return origin.partition(CONTINUED)[0]


def continued(base: str, now: datetime) -> str:
    """A name for the log that goes on after a restore."""
    return f"{base}{CONTINUED}{now:%Y%m%d}-{secrets.token_hex(4)}"
