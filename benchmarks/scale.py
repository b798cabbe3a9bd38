"""What a row is measured on: an engine, so many workers, so many customers."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

Engine = Literal["sqlite", "postgresql"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
SMALL = 10_000
LARGE = 1_000_000


class Scale(msgspec.Struct, frozen=True):
    """`customers` are stored before anything is measured; SQLite has one worker."""

    engine: Engine = "sqlite"
    workers: int = 1
    customers: int = SMALL

    def __str__(self) -> str:
        """As a table and a chart name it."""
        workers = "1 worker" if self.workers == 1 else f"{self.workers} workers"
        return f"{self.engine}, {workers}, {self.customers:,} customers"


class ScaleError(Exception):
    """A row cannot be measured on this engine or with so many workers."""
