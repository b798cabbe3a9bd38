"""A log grown anew from its leaves: the tiles that belong to it, and whether it is the signed one.

Backups hold no tiles: the leaves lead to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from shopward.errors import IntegrityError
from shopward.ledger.checkpoint import Checkpoint, open_checkpoint
from shopward.ledger.edge import Edge, Growth
from shopward.ledger.entry import parse_leaf
from shopward.ledger.merkle import EMPTY_ROOT, leaf_hash
from shopward.ledger.tiles import TILE_HEIGHT, Tile
from shopward.signing import Verifier
from shopward.vault.backup.header import damaged

_LOST: Final = "its ledger is not the one that was signed"


class Regrown:
    """Leaves being hashed again; `marks` are the sizes whose roots are remembered."""

    def __init__(self, marks: Iterable[int] = ()) -> None:
        self._growth = Growth(Edge.empty())
        self._marks = frozenset(marks)
        self._roots = {0: EMPTY_ROOT}
        self.time_ms = 0

    @property
    def size(self) -> int:
        """How many leaves there are so far."""
        return self._growth.size

    def add(self, position: int, leaf: bytes) -> None:
        """The next leaf.

        Raises:
            BackupError: It is malformed, older than the one before it, or not the next one.
        """
        try:
            time_ms = parse_leaf(leaf).time_ms
        except IntegrityError:
            raise damaged(_LOST) from None
        if position != self.size or time_ms < self.time_ms:
            raise damaged(_LOST)
        self.time_ms = time_ms
        self._growth.append(leaf_hash(leaf))
        if self.size in self._marks:
            self._roots[self.size] = self._growth.edge(0).root

    def take_tiles(self) -> Sequence[Tile]:
        """The tiles that were filled since the last time."""
        tiles = tuple(self._growth.tiles)
        self._growth.tiles.clear()
        return tiles

    def edge_tiles(self) -> Sequence[Tile]:
        """The partial tiles at the right edge, one a level."""
        edge = self._growth.edge(0)
        return tuple(
            (level, edge.size >> TILE_HEIGHT * (level + 1), b"".join(part))
            for level, part in enumerate(edge.partials)
            if part
        )

    def check(self, note: str, size: int, verifiers: Sequence[Verifier]) -> None:
        """Shows that these leaves are what a checkpoint of this size signed.

        Raises:
            BackupError: They are not.
        """
        try:
            head = open_checkpoint(note, *verifiers)
        except IntegrityError:
            raise damaged(_LOST) from None
        root = self._growth.edge(0).root
        if (head.size, head.root) != (self.size, root) or head.size != size:
            raise damaged(_LOST)

    def holds(self, checkpoint: Checkpoint) -> bool:
        """Whether a checkpoint of a marked size is of this log; a later one may be."""
        if checkpoint.size > self.size:
            return True
        return self._roots.get(checkpoint.size) == checkpoint.root
