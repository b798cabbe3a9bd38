"""The right edge of the tree: all that is needed to grow a log without reading it.

For a log of n leaves it holds the frontier (the complete subtrees, largest first) and the partial
tile of every level, at most 255 hashes each: some 8 KiB for a million leaves.

An `Edge` never changes; a `Growth` starts from one, takes leaf hashes and ends in another. This
module signs nothing and reads nothing by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shopward.errors import IntegrityError
from shopward.ledger.merkle import HASH_BYTES, frontier_of, node_hash, root_of
from shopward.ledger.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    Tile,
    TileReader,
    partial_widths,
    tile_root,
)

LeafHashReader = Callable[[int, int], Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class Edge:
    """The edge at one size: `partials[level]` are the hashes of that level's partial tile."""

    size: int
    time_ms: int
    partials: tuple[tuple[bytes, ...], ...]
    frontier: tuple[bytes, ...]

    @classmethod
    def empty(cls) -> Edge:
        """The edge of a log without entries."""
        return cls(0, 0, (), ())

    @classmethod
    def resume(cls, size: int, time_ms: int, partials: Sequence[Sequence[bytes]]) -> Edge:
        """The edge from the partial tiles of every level, level 0 first.

        Raises:
            IntegrityError: A partial tile does not have the width the size asks for.
        """
        widths = partial_widths(size)
        if [len(part) for part in partials] != widths or any(
            len(item) != HASH_BYTES for part in partials for item in part
        ):
            raise IntegrityError("the stored edge of the ledger does not fit its size")
        kept = tuple(tuple(part) for part in partials)
        frontier = tuple(item for part in reversed(kept) for item in frontier_of(part))
        return cls(size, time_ms, kept, frontier)

    @property
    def root(self) -> bytes:
        """The 32-byte root of the tree."""
        return root_of(self.frontier)

    def over(self, read_tile: TileReader) -> TileReader:
        """A tile reader that adds this edge's partial tiles to the stored full ones."""

        def read(level: int, index: int) -> bytes | None:
            if level < len(self.partials) and index == self.size >> TILE_HEIGHT * (level + 1):
                return b"".join(self.partials[level])
            return read_tile(level, index)

        return read


class Growth:
    """Leaf hashes being added to an edge; collects the tiles that fill up on the way."""

    __slots__ = ("_frontier", "_partials", "size", "tiles")

    def __init__(self, edge: Edge) -> None:
        self.size = edge.size
        self.tiles: list[Tile] = []
        self._partials = [list(part) for part in edge.partials]
        self._frontier = list(edge.frontier)

    def append(self, leaf: bytes) -> None:
        """Add one 32-byte leaf hash; costs one node hash on average."""
        carry, height, right = self.size, 0, leaf
        self.size += 1
        self._push(0, leaf)
        while carry & 1:
            right = node_hash(self._frontier.pop(), right)
            carry >>= 1
            height += 1
            if height % TILE_HEIGHT == 0:
                self._push(height // TILE_HEIGHT, right)
        self._frontier.append(right)

    def edge(self, time_ms: int) -> Edge:
        """The edge as it is now."""
        partials = tuple(tuple(part) for part in self._partials)
        return Edge(self.size, time_ms, partials, tuple(self._frontier))

    def _push(self, level: int, item: bytes) -> None:
        """Add a hash to a level's partial tile; a full tile leaves it."""
        if level == len(self._partials):
            self._partials.append([])
        part = self._partials[level]
        part.append(item)
        if len(part) == TILE_WIDTH:
            index = (self.size >> TILE_HEIGHT * (level + 1)) - 1
            self.tiles.append((level, index, b"".join(part)))
            part.clear()


def resume(
    size: int, time_ms: int, read_tile: TileReader, read_leaf_hashes: LeafHashReader
) -> Edge:
    """The edge of a stored log, from its full tiles and the leaf hashes after the last of them.

    Args:
        size: Number of leaves in the store.
        time_ms: The time of the last leaf; 0 for an empty log.
        read_tile: `(level, index)` to the 8,192 bytes of a full tile, None when it is missing.
        read_leaf_hashes: `(start, count)` to that many 32-byte leaf hashes.

    Raises:
        IntegrityError: A tile or a leaf hash is missing or has a wrong length.
    """
    partials: list[Sequence[bytes]] = []
    for level, width in enumerate(partial_widths(size)):
        start = (size >> TILE_HEIGHT * level) - width
        if level == 0:
            partials.append(read_leaf_hashes(start, width) if width else ())
        else:
            below = range(start, start + width)
            partials.append([tile_root(read_tile(level - 1, index)) for index in below])
    return Edge.resume(size, time_ms, partials)
