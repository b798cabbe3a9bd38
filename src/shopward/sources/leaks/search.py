"""Looks for canaries in bytes, in every form that they may have taken.

One automaton knows all forms of all canaries; a block is searched once as it is, then once for each
layer of what can be opened in it. Only where something is found is it looked at piece by piece.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import re2

from shopward.sources.detect.patterns import Pattern
from shopward.sources.discovery.collect import safe
from shopward.sources.leaks import needles, opening
from shopward.sources.leaks.canaries import Canary
from shopward.sources.leaks.needles import Needle

_SHORT: Final = 8
_BREAK: Final = b"\x00\n\x00"
_MEMORY_BYTES: Final = 134_217_728
_GROUP_BYTES: Final = 4_194_304


@dataclass(frozen=True, slots=True)
class Hit:
    """A canary that was found: whose, as what, and at which offset of the block."""

    label: str
    shape: str
    at: int


class Search:
    """The canaries of one scan, ready to be looked for.

    Args:
        canaries: What was planted.
    """

    def __init__(self, canaries: Iterable[Canary]) -> None:
        self.canaries = tuple(canaries)
        self._folded: dict[bytes, Needle] = {}
        self._cased: dict[bytes, Needle] = {}
        self._digits: dict[bytes, str] = {}
        gaps: list[str] = []
        for one in self.canaries:
            for value in one.values:
                self._learn(one.label, value)
                numbers = needles.digits(value)
                if numbers:
                    self._digits[numbers[0].encode()] = one.label
                    gaps.append(numbers[1])
        longest = sorted(self._folded, key=len, reverse=True)
        self._any = _automaton([*map(_literal, longest), *gaps])
        self._any_cased = _automaton(
            [_literal(one) for one in sorted(self._cased, key=len, reverse=True)]
        )

    def _learn(self, label: str, value: str) -> None:
        for form, needle in needles.literals(label, value):
            self._folded.setdefault(form, needle)
        for form, needle in needles.encoded(label, value):
            self._cased.setdefault(form, needle)

    @property
    def forms(self) -> int:
        """How many forms are looked for, what is opened not counted."""
        return len(self._folded) + len(self._cased) + len(self._digits)

    def find(self, block: bytes) -> list[Hit]:
        """Every canary in a block, once for each place where it begins."""
        found = list(self._layer(block, 0, ""))
        known: dict[tuple[str, int], Hit] = {}
        for hit in found:
            known.setdefault((hit.label, hit.at), hit)
        return list(known.values())

    def masked(self, name: str) -> str:
        """A name of a file, table or column that shows no canary and no other value."""
        for canary in self.canaries:
            for value in sorted(canary.values, key=len, reverse=True):
                name = re.sub(re.escape(value), "<canary>", name, flags=re.IGNORECASE)
        shown = safe(name)
        return "<a name that holds a canary>" if self.find(shown.encode()) else shown

    def _layer(self, block: bytes, depth: int, how: str) -> Iterator[Hit]:
        """What stands in a block as it is, then what can be opened in it."""
        plain = list(self._plain(block, how))
        yield from plain
        if depth == opening.DEPTH:
            return
        group: list[opening.Piece] = []
        size = 0
        for piece in opening.pieces(block):
            group.append(piece)
            size += len(piece[3])
            if size > _GROUP_BYTES:
                yield from self._opened(group, depth, how, plain)
                group, size = [], 0
        yield from self._opened(group, depth, how, plain)

    def _opened(
        self, group: list[opening.Piece], depth: int, how: str, plain: list[Hit]
    ) -> Iterator[Hit]:
        """What is in pieces and did not stand there as it was before they were opened.

        They are looked at together first, since nearly all hold nothing.
        """
        if not group or not self._holds(_BREAK.join(piece[3] for piece in group), depth + 1):
            return
        for name, start, end, piece in group:
            known = {hit.label for hit in plain if start <= hit.at < end}
            words = name if not how or how.endswith(name) else f"{how}, {name}"
            for hit in self._layer(piece, depth + 1, words):
                if hit.label not in known:
                    yield Hit(hit.label, hit.shape, start)

    def _holds(self, block: bytes, depth: int) -> bool:
        return any(True for _ in self._layer(block, depth, ""))

    def _plain(self, block: bytes, how: str) -> Iterator[Hit]:
        lowered = block.lower()
        for found in self._any.finditer(lowered):
            start, end = found.start(), found.end()
            needle = self._folded.get(found.group())
            if needle is None:
                yield from self._number(lowered, start, end, how)
            elif end - start >= _SHORT or _stands_alone(lowered, start, end):
                shape = needle.shape
                if needle.exact and block[start:end] != needle.exact:
                    shape = needles.CASE
                yield Hit(needle.label, _joined(how, shape), start)
        for found in self._any_cased.finditer(block):
            needle = self._cased[found.group()]
            yield Hit(needle.label, _joined(how, needle.shape), found.start())

    def _number(self, block: bytes, start: int, end: int, how: str) -> Iterator[Hit]:
        """A number with other spaces than it was planted with; not the middle of a longer one."""
        label = self._digits.get(re.sub(rb"\D", b"", block[start:end]))
        if label is not None and not block[end : end + 1].isdigit():
            yield Hit(label, _joined(how, needles.DIGITS), start)


def _joined(how: str, shape: str) -> str:
    return shape if not how else how if shape == needles.PLAIN else f"{how}: {shape}"


def _stands_alone(block: bytes, start: int, end: int) -> bool:
    around = block[max(0, start - 1) : start] + block[end : end + 1]
    return not any(chr(byte).isascii() and chr(byte).isalnum() for byte in around)


def _literal(form: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in form)


def _automaton(alternatives: list[str]) -> Pattern:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.max_mem = _MEMORY_BYTES
    made: Pattern = re2.compile("|".join(alternatives or [r"[^\x00-\xff]"]).encode(), options)
    return made
