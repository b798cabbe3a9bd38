"""The tree cut into tiles of 256 hashes, as C2SP tlog-tiles lays them out.

Tile (level, index) holds the hashes of the 256 complete subtrees of 256^level leaves that start
there: 8,192 bytes when full. Its path, as published and in an export::

    tile/0/000      tile/0/x001/234      tile/1/000.p/17      tile/entries/000

This module reads and names tiles; `edge` fills them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from shopward.errors import IntegrityError
from shopward.ledger.merkle import HASH_BYTES, NodeReader, frontier_of, root_of

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
TILE_BYTES = TILE_WIDTH * HASH_BYTES
MAX_LEVEL = 63

Tile = tuple[int, int, bytes]
TileReader = Callable[[int, int], bytes | None]

_PATH = re.compile(
    r"tile/(0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """The relative path of a tile.

    Args:
        level: 0 to 63.
        index: From 0.
        width: Hashes in it; below 256 for a partial tile.

    Source: C2SP tlog-tiles, "Merkle Tree".
    """
    return f"tile/{level}/{_index_path(index)}{_suffix(width)}"


def parse_tile_path(path: str) -> tuple[int, int, int]:
    """Level, index and width in a tile's path; accepts exactly what `tile_path` writes.

    Raises:
        IntegrityError: Anything else.
    """
    match = _PATH.fullmatch(path)
    if match is not None:
        level = int(match[1])
        index = int(match[2].replace("x", "").replace("/", ""))
        width = int(match[3]) if match[3] else TILE_WIDTH
        if level <= MAX_LEVEL and tile_path(level, index, width) == path:
            return level, index, width
    raise IntegrityError("this is no path of a tile")


def partial_widths(size: int) -> list[int]:
    """How many hashes the partial tile of each level holds at this size; level 0 first.

    Source: C2SP tlog-tiles, "Partial Tiles".
    """
    widths: list[int] = []
    while size:
        widths.append(size % TILE_WIDTH)
        size >>= TILE_HEIGHT
    return widths


def split_hashes(data: bytes) -> list[bytes]:
    """The 32-byte hashes in a tile's bytes."""
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def tile_root(tile: bytes | None) -> bytes:
    """The root of a full tile of 8,192 bytes.

    Raises:
        IntegrityError: The tile is missing or has another length.
    """
    if tile is None or len(tile) != TILE_BYTES:
        raise IntegrityError("a tile of the ledger is missing or has a wrong length")
    return root_of(frontier_of(split_hashes(tile)))


def node_reader(read_tile: TileReader) -> NodeReader:
    """Reads node hashes out of tiles, each tile at most once.

    Args:
        read_tile: `(level, index)` to the bytes of a full or partial tile; None when missing.

    Returns:
        A node reader that raises IntegrityError when a tile it needs is missing or too short.
    """
    seen: dict[tuple[int, int], bytes | None] = {}

    def read(height: int, index: int) -> bytes:
        level, rise = divmod(height, TILE_HEIGHT)
        number, offset = divmod(index << rise, TILE_WIDTH)
        if (level, number) not in seen:
            seen[level, number] = read_tile(level, number)
        tile = seen[level, number] or b""
        end = (offset + (1 << rise)) * HASH_BYTES
        if len(tile) < end:
            raise IntegrityError(f"tile {tile_path(level, number)} is missing or too short")
        return root_of(frontier_of(split_hashes(tile[offset * HASH_BYTES : end])))

    return read


def _index_path(index: int) -> str:
    """An index in 3-digit elements, all but the last with an x before it."""
    path = f"{index % 1000:03d}"
    while index := index // 1000:
        path = f"x{index % 1000:03d}/{path}"
    return path


def _suffix(width: int) -> str:
    """Nothing for a full tile, `.p/` and the width for a partial one."""
    return "" if width == TILE_WIDTH else f".p/{width}"
