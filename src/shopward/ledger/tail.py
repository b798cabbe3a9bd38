"""Follows a log from an offset: what monitoring, the portal and `ledger tail` read.

An offset is the index of the next entry to read; a follower keeps its own and goes on from there
after a restart. Nothing is verified here (`verify` does that) and nothing sleeps here: the door
decides how to wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

from shopward.errors import InvalidError
from shopward.ledger.entry import Leaf, parse_leaf
from shopward.ledger.reader import LedgerReader

BATCH = 256


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as a follower sees it; `details` are None when they are erased or sealed."""

    index: int
    leaf: Leaf
    details: bytes | None = field(repr=False)


def read_entries(reader: LedgerReader, offset: int, limit: int = BATCH) -> list[Entry]:
    """The entries from `offset` on, at most `limit`; empty at the end of the log.

    Raises:
        InvalidError: The offset is negative or past the end: it belongs to another log.
        IntegrityError: A leaf is malformed.
    """
    if not 0 <= offset <= reader.size:
        raise InvalidError("the offset is not in this log", field="offset")
    count = min(limit, reader.size - offset)
    leaves, opened = reader.leaves(offset, count), reader.details(offset, count)
    return [
        Entry(index, parse_leaf(leaf), None if kept is None else kept.details)
        for index, (leaf, kept) in enumerate(zip_longest(leaves, opened[: len(leaves)]), offset)
    ]


def follow(
    snapshot: Callable[[], LedgerReader], offset: int, wait: Callable[[], bool]
) -> Iterator[Entry]:
    """Every entry from `offset` on, in order, each once.

    Args:
        snapshot: Opens the log as it is now.
        offset: The index of the first entry to read.
        wait: Called at the end of the log; returns False to stop, True to look again.

    Raises:
        InvalidError: The log is shorter than the offset: it was truncated or is another log.
        IntegrityError: A leaf is malformed.
    """
    while True:
        entries = read_entries(snapshot(), offset)
        yield from entries
        offset += len(entries)
        if not entries and not wait():
            return
