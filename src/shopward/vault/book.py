"""The ledger as it is read: entries, tiles, proofs and receipts of one store.

Full tiles and leaves come from the store, the right edge from the log in memory. What is served is
public but for the details, which open only while their key lives.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from shopward.errors import InvalidError, NotFoundError, UndecryptableError
from shopward.ledger.edge import Edge
from shopward.ledger.merkle import (
    HASH_BYTES,
    NodeReader,
    consistency_proof,
    inclusion_proof,
)
from shopward.ledger.reader import UNOPENABLE
from shopward.ledger.receipt import Receipt, TlogProof
from shopward.ledger.tiles import TileReader, node_reader
from shopward.store import LeafRow
from shopward.vault.service import Vault

Proved = TypeVar("Proved")


class _TileNeededError(Exception):
    def __init__(self, level: int, position: int) -> None:
        super().__init__(level, position)
        self.at = (level, position)


class Book:
    """Reads the ledger of one vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def entry(self, position: int) -> LeafRow:
        """One entry as stored.

        Raises:
            NotFoundError: The ledger is not that long.
        """
        return only(await self._vault.store.leaves(position, 1), position)

    async def receipt(self, position: int) -> tuple[Receipt, bytes]:
        """(receipt with proof under the present head, details or nothing) of an entry."""
        row = await self.entry(position)
        head = self._vault.log.head
        edge = head.edge
        hashes = await self._prove(edge, lambda node: inclusion_proof(position, edge.size, node))
        return await receipt_of(self._vault, row, hashes, head.note)

    async def inclusion(self, position: int, size: int) -> list[bytes]:
        """The inclusion proof of an entry in the tree of the first `size` entries.

        Raises:
            InvalidError: Not 0 <= index < size <= the present size.
        """
        edge = self._vault.log.edge
        if not 0 <= position < size <= edge.size:
            raise InvalidError(
                "`index` must be below `size`, and `size` at most the ledger's.", field="index"
            )
        return await self._prove(edge, lambda node: inclusion_proof(position, size, node))

    async def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the first `new` entries begin with the first `old`.

        Raises:
            InvalidError: Not 0 < old <= new <= the present size.
        """
        edge = self._vault.log.edge
        if not 0 < old <= new <= edge.size:
            raise InvalidError(
                "`old` must be above 0 and at most `new`, and `new` at most the ledger's size.",
                field="old",
            )
        return await self._prove(edge, lambda node: consistency_proof(old, new, node))

    async def tile(self, level: int, position: int, width: int) -> bytes:
        """`width` hashes of 32 bytes of a tile; 256 for a full one.

        Raises:
            NotFoundError: The tile is not that wide yet.
        """
        edge = self._vault.log.edge
        data = await self._vault.store.tile(level, position)
        if data is None:
            data = edge.over(lambda _level, _position: None)(level, position)
        if data is None or len(data) < width * HASH_BYTES:
            raise NotFoundError("The ledger has no such tile yet.", field="path")
        return data[: width * HASH_BYTES]

    async def _prove(self, edge: Edge, prove: Callable[[NodeReader], Proved]) -> Proved:
        return await proved(self._vault.store.tile, edge.over, prove)


async def proved(
    fetch: Callable[[int, int], Awaitable[bytes | None]],
    over: Callable[[TileReader], TileReader],
    prove: Callable[[NodeReader], Proved],
) -> Proved:
    """A proof out of tiles that are fetched as they are needed.

    Args:
        fetch: (level, index) to a stored tile.
        over: Adds what is not stored.
        prove: Makes the proof; run again after each tile that it lacked.
    """
    tiles: dict[tuple[int, int], bytes | None] = {}

    def read(level: int, position: int) -> bytes | None:
        if (level, position) not in tiles:
            raise _TileNeededError(level, position)
        return tiles[level, position]

    while True:
        try:
            return prove(node_reader(over(read)))
        except _TileNeededError as needed:
            tiles[needed.at] = await fetch(*needed.at)


async def receipt_of(
    vault: Vault, row: LeafRow, hashes: Sequence[bytes], note: str
) -> tuple[Receipt, bytes]:
    """(receipt, details or nothing) of an entry whose proof is there.

    Raises:
        UndecryptableError: There is a key, and the details do not open.
    """
    opened = (await vault.open_entries([row]))[0]
    if opened is UNOPENABLE:
        raise UndecryptableError("The details of this entry do not open.", field="index")
    proof = TlogProof(row.position, tuple(hashes), note)
    return Receipt(row.leaf, opened, proof), opened.details if opened else b""


def only(rows: Sequence[LeafRow], position: int) -> LeafRow:
    """The one row that was asked for.

    Raises:
        NotFoundError: The log is not that long.
    """
    if not rows or rows[0].position != position:
        raise NotFoundError("The ledger has no entry of that number.", field="index")
    return rows[0]
