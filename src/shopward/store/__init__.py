"""One transaction for vault and ledger.

`port` says what a store is, in data; `sqlite` is the embedded one, `postgres` the one that several
processes share, and `opening` opens the one that the settings name. No cipher, no policy and no
HTTP here.
"""

from __future__ import annotations

from shopward.store.port import (
    CALLER_OPS,
    HOUSE,
    Change,
    Committed,
    Found,
    Looked,
    Need,
    Op,
    OpenStore,
    Outcome,
    Spend,
    State,
    Store,
    Taken,
)
from shopward.store.rows import (
    CallerRow,
    ClassRow,
    FactRow,
    FrozenRow,
    Head,
    JobRow,
    LeafRow,
    Matching,
    PastLog,
    PostingRow,
    ReplayRow,
    Snapshot,
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
    "Matching",
    "Need",
    "Op",
    "OpenStore",
    "Outcome",
    "PastLog",
    "PostingRow",
    "ReplayRow",
    "Snapshot",
    "Spend",
    "State",
    "Store",
    "Taken",
]
