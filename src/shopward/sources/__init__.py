"""Sources: reads a shop's files and says what it understood before anything is written.

The order of an import: `load` a mapping (or None for a shop software's export), `understand` the
file, show `Plan.lines()`, open `Rejects` and a `Journal`, send each of `batches` under
`Journal.key`, write its rejects, then `advance`. It stores and sends nothing itself.

- Bounded memory whatever the file's size; a file is only ever read.
- No error, plan, journal or rejects entry holds a value out of a row.

Standards followed: RFC 4180 (CSV, read strictly), RFC 8259 (JSON), TOML 1.0, E.164.
"""

from __future__ import annotations

from shopward.sources.batches import Batch, batches
from shopward.sources.dialect import Dialect, Format, sniff
from shopward.sources.items import Item, Reject
from shopward.sources.journal import Journal, Progress
from shopward.sources.mapping import FieldMap, Take
from shopward.sources.mapping_file import load, parse
from shopward.sources.plan import Column, Plan
from shopward.sources.rejects import Rejects
from shopward.sources.rows import BadRow, Reason, Row, rows
from shopward.sources.understand import understand

__all__ = [
    "BadRow",
    "Batch",
    "Column",
    "Dialect",
    "FieldMap",
    "Format",
    "Item",
    "Journal",
    "Plan",
    "Progress",
    "Reason",
    "Reject",
    "Rejects",
    "Row",
    "Take",
    "batches",
    "load",
    "parse",
    "rows",
    "sniff",
    "understand",
]
