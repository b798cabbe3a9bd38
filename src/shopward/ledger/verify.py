"""Replays a stored log from its first leaf and reports every damage it finds.

The leaves are hashed again, every full tile of every level is compared, the head is compared with
the signed checkpoint, opened details with their commitments, and the whole with a checkpoint that
was kept outside. It repairs nothing, and never stops at the first finding.

* With no finding, the leaves are exactly those the log's key signed.
* Whoever holds the key can sign a shortened or rewritten log: only a checkpoint kept outside shows
  that. Without one, a clean result says that the log agrees with itself.
* Details that are absent are not a finding: that is what an erasure leaves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from shopward.errors import IntegrityError
from shopward.ledger.checkpoint import Checkpoint, open_checkpoint
from shopward.ledger.edge import Edge, Growth
from shopward.ledger.entry import parse_leaf
from shopward.ledger.keychain import KeyChain
from shopward.ledger.merkle import EMPTY_ROOT, HASH_BYTES, leaf_hash
from shopward.ledger.reader import LedgerReader, Opened
from shopward.ledger.tiles import (
    TILE_BYTES,
    TILE_HEIGHT,
    TILE_WIDTH,
    split_hashes,
    tile_path,
)
from shopward.signing import Verifier

_HOLE = bytes(HASH_BYTES)


class Damage(StrEnum):
    """The kinds of damage, stable slugs."""

    CHECKPOINT_INVALID = "checkpoint-invalid"
    CHECKPOINT_SIZE = "checkpoint-size"
    CHECKPOINT_ROOT = "checkpoint-root"
    LEAF_MISSING = "leaf-missing"
    LEAF_MALFORMED = "leaf-malformed"
    TIME_BACKWARDS = "time-backwards"
    DETAILS_ALTERED = "details-altered"
    TILE_MISSING = "tile-missing"
    TILE_MISMATCH = "tile-mismatch"
    LINK_BROKEN = "link-broken"
    EARLIER_INVALID = "earlier-invalid"
    HISTORY_TRUNCATED = "history-truncated"
    HISTORY_REWRITTEN = "history-rewritten"


@dataclass(frozen=True, slots=True)
class Finding:
    """One damage: the first leaf index it concerns, when there is one, and a sentence."""

    damage: Damage
    index: int | None
    detail: str


def verify_log(
    reader: LedgerReader, verifier: Verifier | KeyChain, *, checkpoint: str | None = None
) -> Iterator[Finding]:
    """Every damage of a stored log, in the order it is met; nothing for a sound one.

    Args:
        reader: One snapshot of the log.
        verifier: The log's key, from outside the store, or its keys where it changed them.
        checkpoint: The signed note of an earlier checkpoint that was kept outside, if any.
    """
    head = _open(reader.note, verifier)
    if isinstance(head, str):
        yield Finding(Damage.CHECKPOINT_INVALID, None, f"the stored checkpoint: {head}")
    earlier = None if checkpoint is None else _open(checkpoint, verifier)
    if isinstance(earlier, str):
        yield Finding(Damage.EARLIER_INVALID, None, f"the earlier checkpoint: {earlier}")
    replay = _Replay(
        reader, {mark.size for mark in (head, earlier) if isinstance(mark, Checkpoint)}
    )
    yield from replay.run()
    if isinstance(head, Checkpoint):
        yield from replay.check_head(head)
    if isinstance(earlier, Checkpoint):
        yield from replay.check_earlier(earlier)


def _open(note: str, verifier: Verifier | KeyChain) -> Checkpoint | str:
    """The checkpoint, or the sentence that says why it is none."""
    try:
        if isinstance(verifier, KeyChain):
            return verifier.open_(note)
        return open_checkpoint(note, verifier)
    except IntegrityError as error:
        return error.detail


class _Replay:
    """The leaves being hashed again; remembers the roots at the sizes it was asked for."""

    def __init__(self, reader: LedgerReader, marks: set[int]) -> None:
        self._reader = reader
        self._marks = marks
        self._size = reader.size
        self._time_ms = 0
        self._growth = Growth(Edge.empty())
        self._roots = {0: EMPTY_ROOT}

    def run(self) -> Iterator[Finding]:
        """Read everything once, a tile's width at a time."""
        for start in range(0, self._size, TILE_WIDTH):
            count = min(TILE_WIDTH, self._size - start)
            leaves = list(self._reader.leaves(start, count))[:count]
            opened = [*self._reader.details(start, count), *[None] * count]
            for index, data in enumerate(leaves, start):
                yield from self._check_leaf(index, data, opened[index - start])
            if len(leaves) < count:
                yield self._missing(start + len(leaves), count - len(leaves))
            self._grow([leaf_hash(data) for data in leaves] + [_HOLE] * (count - len(leaves)))
            for tile in self._growth.tiles:
                yield from self._check_tile(*tile)
            self._growth.tiles.clear()

    def check_head(self, head: Checkpoint) -> Iterator[Finding]:
        """Compare size and root of what is stored with the signed checkpoint."""
        if head.size != self._size:
            detail = f"the checkpoint counts {head.size} leaves and {self._size} are stored"
            yield Finding(Damage.CHECKPOINT_SIZE, min(head.size, self._size), detail)
        if head.size <= self._size and self._roots[head.size] != head.root:
            detail = f"the first {head.size} leaves do not lead to the signed root"
            yield Finding(Damage.CHECKPOINT_ROOT, None, detail)

    def check_earlier(self, earlier: Checkpoint) -> Iterator[Finding]:
        """Compare what is stored with a checkpoint that was kept outside."""
        if earlier.size > self._size:
            detail = f"{earlier.size} leaves were signed before and {self._size} are stored"
            yield Finding(Damage.HISTORY_TRUNCATED, self._size, detail)
        elif self._roots[earlier.size] != earlier.root:
            detail = f"the first {earlier.size} leaves are not those that were signed before"
            yield Finding(Damage.HISTORY_REWRITTEN, None, detail)

    def _check_leaf(self, index: int, data: bytes, opened: Opened | None) -> Iterator[Finding]:
        """Form, time and details of one leaf."""
        try:
            leaf = parse_leaf(data)
        except IntegrityError as error:
            yield Finding(Damage.LEAF_MALFORMED, index, error.detail)
            return
        if leaf.time_ms < self._time_ms:
            yield Finding(Damage.TIME_BACKWARDS, index, "the leaf is older than the one before it")
        self._time_ms = max(self._time_ms, leaf.time_ms)
        if opened is not None and not opened.opens(leaf):
            detail = "the stored details are not what the leaf commits to"
            yield Finding(Damage.DETAILS_ALTERED, index, detail)

    def _check_tile(self, level: int, index: int, data: bytes) -> Iterator[Finding]:
        """One full tile against its replayed bytes; names the first leaf under each difference."""
        path = tile_path(level, index)
        stored = self._reader.tile(level, index)
        start = index * TILE_WIDTH
        if stored is None or len(stored) != TILE_BYTES:
            detail = f"{path} is missing or has a wrong length"
            yield Finding(Damage.TILE_MISSING, start << TILE_HEIGHT * level, detail)
            return
        pairs = zip(split_hashes(stored), split_hashes(data), strict=True)
        for position, (kept, replayed) in enumerate(pairs, start):
            if kept != replayed:
                detail = f"{path} and the leaves disagree"
                yield Finding(Damage.TILE_MISMATCH, position << TILE_HEIGHT * level, detail)

    def _missing(self, index: int, count: int) -> Finding:
        """The finding for leaves that were not read."""
        return Finding(Damage.LEAF_MISSING, index, f"{count} leaves are missing here or before")

    def _grow(self, hashes: list[bytes]) -> None:
        """Add hashes to the tree, noting the root at each mark."""
        for item in hashes:
            self._growth.append(item)
            if self._growth.size in self._marks:
                self._roots[self._growth.size] = self._growth.edge(0).root
