"""Which rows of a large table are looked at: ten ranges of its key, spread evenly.

A sample in ranges reads few pages, sees old and new rows alike, and is the same rows when it is
done again. Gaps in the key make a range end early or cover more; neither is a lie about `seen`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from shopward.sources.discovery.port import ALL_ROWS, Coverage, Mark

PIECES: Final = 10
Key = tuple[str, int, int, int]
"""The key's name, its least and greatest value, and about how many rows there are."""


@dataclass(slots=True)
class Ranges:
    """The ranges of one table.

    Attributes:
        pieces: (least key, greatest key, at most so many rows).
        total: About how many rows there are to see.
        mark: How far this goes.
        is_new: Whether only rows beyond an earlier mark are looked at.
        seen: Rows that were looked at.
    """

    pieces: list[tuple[int, int, int]]
    total: int
    mark: Mark
    is_new: bool
    seen: int = 0

    @classmethod
    def of(cls, key: Key, since: Mark | None, rows: int) -> Ranges:
        """The ranges of a table.

        Args:
            key: What the table's key is like.
            since: Where an earlier run came to.
            rows: At most so many rows; 0 for all.
        """
        name, low, high, total = key
        is_new = since is not None and since.check == name and low <= since.upto <= high
        if since is not None and is_new:
            total = round(total * (high - since.upto) / max(1, high - low + 1))
            low = since.upto + 1
        mark = Mark(high, name)
        if low > high:
            return cls([], 0, mark, is_new)
        if not rows or min(total, high - low + 1) <= rows:
            return cls([(low, high, 2**62)], total, mark, is_new)
        each = max(1, rows // PIECES)
        step = (high - low + 1 - each) // (PIECES - 1)
        starts = [low + number * step for number in range(PIECES)]
        ends = [*(start - 1 for start in starts[1:]), high]
        return cls(
            [(start, end, each) for start, end in zip(starts, ends, strict=True)],
            total,
            mark,
            is_new,
        )

    def coverage(self) -> Coverage:
        """How much was looked at."""
        is_all = len(self.pieces) <= 1
        words = how(is_all, by_key=True)
        total = self.seen if is_all else max(self.seen, self.total)
        unchanged = self.is_new and not self.pieces
        if self.is_new:
            words = f"new rows: {words}" if self.pieces else "nothing: no new rows"
        return Coverage(self.seen, total, "rows", words, self.mark, unchanged)


def how(is_all: bool, *, by_key: bool) -> str:  # noqa: FBT001 - the first question
    """How rows were chosen, in words."""
    if is_all:
        return ALL_ROWS
    return "a sample of key ranges" if by_key else "the first rows"
