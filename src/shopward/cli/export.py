"""A ledger as files that verify elsewhere: every entry, the checkpoint over them, and the tiles.

    ledger.jsonl             {"index": 0, "leaf": base64, "salt": base64, "details": text}
    ledger.jsonl.checkpoint  the signed head
    DIR/tile/0/000           a full tile of hashes, if asked for

Salt and details are null where they are erased, and empty where they have a key and do not open.
The files hold pseudonyms, no customer's values; only their owner can read them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from shopward.cli.replay import PAGE
from shopward.ledger.reader import LedgerReader, Opened
from shopward.ledger.tiles import TILE_HEIGHT, tile_path
from shopward.signing import encode_base64
from shopward.sources.durable import replace_durably


def write(log: LedgerReader, file: Path, progress: Callable[[int], object]) -> None:
    """Write every entry and the checkpoint; what stands there already is not overwritten.

    Raises:
        FileExistsError: The file is there.
    """
    note, size = log.note, log.size
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        for start in range(0, size, PAGE):
            out.writelines(_lines(log, start, min(PAGE, size - start)))
            progress(min(start + PAGE, size))
    replace_durably(checkpoint_of(file), note.encode())


def write_tiles(log: LedgerReader, folder: Path) -> int:
    """Write every full tile under the folder, as C2SP tlog-tiles names them; how many there are."""
    count, level, width = 0, 0, log.size >> TILE_HEIGHT
    while width:
        for index in range(width):
            tile = log.tile(level, index)
            path = folder / tile_path(level, index)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(tile or b"")
            count += 1
        level, width = level + 1, width >> TILE_HEIGHT
    return count


def checkpoint_of(file: Path) -> Path:
    """Where the checkpoint of an export lies."""
    return file.with_name(file.name + ".checkpoint")


def _lines(log: LedgerReader, start: int, count: int) -> Iterator[str]:
    entries = zip(log.leaves(start, count), log.details(start, count), strict=False)
    for index, (leaf, opened) in enumerate(entries, start):
        yield json.dumps({"index": index, "leaf": encode_base64(leaf), **_told(opened)}) + "\n"


def _told(opened: Opened | None) -> dict[str, str | None]:
    if opened is None:
        return {"salt": None, "details": None}
    return {"salt": encode_base64(opened.salt), "details": opened.details.decode()}
