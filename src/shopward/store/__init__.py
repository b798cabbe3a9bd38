"""One transaction for vault and ledger.

`port` says what a store is, in data; `sqlite` is the embedded one. No cipher, no policy and no
HTTP here.
"""

from __future__ import annotations

from shopward.store.port import (
    CALLER_OPS,
    HOUSE,
    CallerRow,
    Change,
    ClassRow,
    Committed,
    FactRow,
    Found,
    FrozenRow,
    Head,
    JobRow,
    LeafRow,
    Looked,
    Need,
    Op,
    Outcome,
    ReplayRow,
    Snapshot,
    Spend,
    Store,
    Taken,
)

__all__ = [
    "CALLER_OPS",
    "HOUSE",
    "CallerRow",
    "Change",
    "ClassRow",
    "Committed",
    "FactRow",
    "Found",
    "FrozenRow",
    "Head",
    "JobRow",
    "LeafRow",
    "Looked",
    "Need",
    "Op",
    "Outcome",
    "ReplayRow",
    "Snapshot",
    "Spend",
    "Store",
    "Taken",
]
