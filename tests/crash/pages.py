"""The ledger of a running vault, read over asyncio into memory, as `verify_log` wants it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from shopward.ledger.entry import parse_leaf
from shopward.ledger.merkle import leaf_hash
from shopward.ledger.reader import UNOPENABLE, Opened
from shopward.ledger.tiles import TILE_WIDTH
from shopward.signing import decode_base64
from shopward_client import AsyncClient
from shopward_client.answers import EntryRow
from tests.crash.verdict import BrokenError
from tests.crash.witness import size_of

PAGE = 1000


@dataclass(slots=True)
class Pages:
    """One snapshot: entries, full tiles and the checkpoint read first."""

    note: str
    size: int
    rows: list[EntryRow] = field(default_factory=list)
    tiles: dict[tuple[int, int], bytes] = field(default_factory=dict)
    _leaves: list[bytes] = field(default_factory=list)

    def add(self, rows: Sequence[EntryRow]) -> None:
        """The entries that follow."""
        if [row.index for row in rows] != [len(self.rows) + at for at in range(len(rows))]:
            raise BrokenError("an entry is missing in the ledger")
        self.rows += rows
        self._leaves += [decode_base64(row.leaf, "a leaf") for row in rows]

    def leaves(self, start: int, count: int) -> Sequence[bytes]:
        return self._leaves[start : start + count]

    def tile(self, level: int, index: int) -> bytes | None:
        return self.tiles.get((level, index))

    def details(self, start: int, count: int) -> Sequence[Opened | None]:
        return [_opened(row) for row in self.rows[start : start + count]]

    def hash_of(self, index: int) -> str:
        """The leaf's hash in base64, as a receipt has it."""
        return b64encode(leaf_hash(self._leaves[index])).decode()

    def kind_of(self, index: int) -> str:
        return parse_leaf(self._leaves[index]).kind


async def read_pages(operator: AsyncClient) -> Pages:
    """Every entry and every full tile up to the checkpoint."""
    note: Any = await operator.checkpoint()
    pages = Pages(note, size_of(note))
    while len(pages.rows) < pages.size:
        start = len(pages.rows)
        page = await operator.entries(start, min(PAGE, pages.size - start))
        if not page.entries:
            raise BrokenError("the ledger is shorter than its checkpoint")
        pages.add(page.entries)
    level, width = 0, pages.size // TILE_WIDTH
    while width:
        for index in range(width):
            pages.tiles[level, index] = await operator.tile(level, index)
        level, width = level + 1, width // TILE_WIDTH
    return pages


def _opened(row: EntryRow) -> Opened | None:
    if row.is_damaged:
        return UNOPENABLE
    if row.details is None:
        return None
    return Opened(decode_base64(row.salt or "", "a salt"), row.details.encode())
