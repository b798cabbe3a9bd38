"""The logs that restores ended: read and proven like the present one, never added to.

A past log has a number from 1, the name it was signed under, and the checkpoint over exactly the
entries that were kept of it. Its key is the present one under its own name.
"""

from __future__ import annotations

from shopward.errors import NotFoundError
from shopward.ledger.merkle import HASH_BYTES, inclusion_proof
from shopward.ledger.receipt import Receipt
from shopward.signing import Verifier
from shopward.store import LeafRow, PastLog
from shopward.vault.book import only, proved, receipt_of
from shopward.vault.service import Vault


class PastBook:
    """Reads one past log of a vault; made by `open_past`."""

    def __init__(self, vault: Vault, log: PastLog) -> None:
        self._vault = vault
        self.log = log

    @property
    def vkey(self) -> str:
        """The key that verifies it."""
        return past_vkey(self._vault, self.log)

    async def leaves(self, start: int, count: int) -> list[LeafRow]:
        """Entries from a position on."""
        return await self._vault.store.past_leaves(self.log.number, start, count)

    async def receipt(self, position: int) -> tuple[Receipt, bytes]:
        """(receipt with proof under its last head, details or nothing) of an entry.

        Raises:
            NotFoundError: It was not that long.
            UndecryptableError: There is a key, and the details do not open.
        """
        row = only(await self.leaves(position, 1), position)
        number, size = self.log.number, self.log.size
        hashes = await proved(
            lambda level, index: self._vault.store.past_tile(number, level, index),
            lambda read: read,
            lambda node: inclusion_proof(position, size, node),
        )
        return await receipt_of(self._vault, row, hashes, self.log.note)

    async def tile(self, level: int, position: int, width: int) -> bytes:
        """`width` hashes of 32 bytes of a tile; 256 for a full one.

        Raises:
            NotFoundError: The tile was not that wide.
        """
        data = await self._vault.store.past_tile(self.log.number, level, position)
        if data is None or len(data) < width * HASH_BYTES:
            raise NotFoundError("That log has no such tile.", field="path")
        return data[: width * HASH_BYTES]


async def open_past(vault: Vault, number: int) -> PastBook:
    """The past log of this number.

    Raises:
        NotFoundError: There is none.
    """
    for log in await vault.store.past_logs():
        if log.number == number:
            return PastBook(vault, log)
    raise NotFoundError("There is no past log of that number.", field="log")


def past_vkey(vault: Vault, log: PastLog) -> str:
    """The key that verifies a past log: the present one under that log's name."""
    return Verifier(log.origin, Verifier.parse(vault.log.vkey).public_key).vkey
