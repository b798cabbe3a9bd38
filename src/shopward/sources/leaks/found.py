"""What a scan has found so far, by place, name and shape, bounded whatever it finds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from shopward.sources.leaks.report import GapRow, HitRow
from shopward.sources.leaks.search import Search

MOST_ROWS: Final = 1_000
_MOST_NAMED: Final = 5


@dataclass(slots=True)
class _Count:
    labels: set[str] = field(default_factory=set)
    count: int = 0
    at: list[str] = field(default_factory=list)


class Found:
    """Hits, gaps and what was left out.

    Args:
        search: Whose hits they are; it masks names.
    """

    def __init__(self, search: Search) -> None:
        self.search = search
        self.hit_count = self.unknown_count = 0
        self.gaps: list[GapRow] = []
        self.skipped: list[GapRow] = []
        self._hits: dict[tuple[str, str, str], _Count] = defaultdict(_Count)

    def hit(self, place: str, where: str, shape: str, label: str, at: str = "") -> None:
        """Count one hit; `where` is masked here."""
        self.hit_count += 1
        key = (place, self.search.masked(where), shape)
        if key not in self._hits and len(self._hits) >= MOST_ROWS:
            return
        row = self._hits[key]
        row.labels.add(label)
        row.count += 1
        if at and len(row.at) < _MOST_NAMED and at not in row.at:
            row.at.append(at)

    def unknown(self, place: str, name: str, why: str) -> None:
        """Something could not be read, or not all of it."""
        self.unknown_count += 1
        if len(self.gaps) < MOST_ROWS:
            self.gaps.append(GapRow(place, self.search.masked(name), why))

    def left_out(self, place: str, name: str, why: str) -> None:
        """Something is not looked at, on purpose."""
        self.skipped.append(GapRow(place, self.search.masked(name), why))

    def hits(self) -> list[HitRow]:
        """The hits as rows, in the order of their places and names."""
        return [
            HitRow(*key, sorted(row.labels), row.count, row.at)
            for key, row in sorted(self._hits.items())
        ]
