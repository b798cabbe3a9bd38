"""Looks for canaries in a file: its name, its bytes, what is packed in it, its tables.

A file is searched in blocks of 1 MiB that overlap by 16 KiB, so that nothing is lost between two.
A SQLite database is read by its tables and by its bytes, for deleted rows stay on free pages.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, Final

from shopward.errors import ShopwardError
from shopward.sources.discovery.formats import Format, format_of
from shopward.sources.discovery.port import Limits, UnreadableError
from shopward.sources.discovery.sqlite import SqliteSource
from shopward.sources.discovery.streams import BAD, DAMAGED, members
from shopward.sources.leaks.found import Found
from shopward.sources.leaks.search import Hit
from shopward.sources.leaks.tables import CELL_CHARS, Rows

BLOCK_BYTES: Final = 1_048_576
OVERLAP_BYTES: Final = 16_384
_CLOSED: Final = {
    b"7z\xbc\xaf\x27\x1c": "packed as 7z, which is not opened",
    b"Rar!": "packed as RAR, which is not opened",
    b"\x28\xb5\x2f\xfd": "packed as Zstandard, which is not opened",
    b"\x04\x22\x4d\x18": "packed as LZ4, which is not opened",
    b"PK\x03\x04": "packed inside of what is packed, which is not opened",
    b"age-encryption.org/": "encrypted",
    b"-----BEGIN PGP MESSAGE": "encrypted",
    b"\x53\x51\x4c\x69\x74\x65\x20\x66\x6f\x72\x6d\x61\x74\x20\x33\x00": "",
}
_MEDIA: Final = (
    b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"wOF2", b"wOFF", b"OggS", b"\x1aE\xdf\xa3",
    b"\0\0\0\x18ftyp", b"\0\0\0\x20ftyp", b"ID3", b"%PDF", b"shopward-backup/",
)  # fmt: skip
"""What looks encrypted and is not: pictures, sound, fonts; and our backups, which are."""
_LIKE_NOISE: Final = 0.97


class FileSearch:
    """One file.

    Args:
        place: What the report calls the place.
        name: The file, as the report calls it.
        found: Where hits go.

    Attributes:
        seen: Bytes that were searched, unpacked.
    """

    def __init__(self, place: str, name: str, found: Found) -> None:
        self._place, self._name, self._found = place, name, found
        self.seen = 0

    def read(self, path: Path) -> None:
        """Search it, wholly.

        Raises:
            UnreadableError: It cannot be read; what was found before counts.
        """
        for hit in self._found.search.find(self._name.encode("utf-8", "replace")):
            self._found.hit(self._place, self._name, f"file name, {hit.shape}", hit.label)
        if path.is_symlink():
            raise UnreadableError("a link: links are not followed")
        if not path.is_file():
            raise UnreadableError("not a regular file, or a folder that cannot be listed")
        for member, file, is_packed in members(path):
            self._member(path, member, file, is_packed=is_packed)

    def _member(self, path: Path, member: str, file: BinaryIO, *, is_packed: bool) -> None:
        where = self._name + (f"!{member}" if member else "")
        before = b""
        for block, at, line in _blocks(file):
            if not at:
                self._look_at_head(block, where)
                if not is_packed and format_of(block[:64]) is Format.SQLITE:
                    self._tables(path)
            is_text = b"\0" not in block
            for hit in self._found.search.find(block):
                is_again = before and hit.at < len(before) and self._was_there(before, hit)
                if not is_again:
                    here = _at(block, at, line, hit.at, is_text=is_text)
                    self._found.hit(self._place, where, hit.shape, hit.label, here)
            self.seen += len(block) - len(before)
            before = block[-OVERLAP_BYTES:]

    def _was_there(self, before: bytes, hit: Hit) -> bool:
        """Whether a hit in the overlap was found with the block before."""
        return any(
            one.label == hit.label and one.at == hit.at for one in self._found.search.find(before)
        )

    def _look_at_head(self, block: bytes, where: str) -> None:
        """Say so when a file is one that bytes tell nothing about."""
        for magic, why in _CLOSED.items():
            if block.startswith(magic):
                if why:
                    self._found.unknown(self._place, where, why)
                return
        head = block[:65_536]
        if head.startswith(_MEDIA) or len(head) < 512 or b"\0" not in head:
            return
        if len(zlib.compress(head, 6)) >= _LIKE_NOISE * len(head):
            self._found.unknown(self._place, where, "encrypted, or packed in a way not known")

    def _tables(self, path: Path) -> None:
        """The tables of a SQLite database; its bytes are searched besides."""
        try:
            limits = Limits(rows=0, file_bytes=0, cell_chars=CELL_CHARS)
            with closing(SqliteSource(path, limits)) as source:
                for unit in source.units():
                    rows = Rows(self._place, self._found, f"{self._name}:")
                    source.read(unit, rows, None)
                    rows.close()
        except (ShopwardError, UnreadableError):
            self._found.unknown(self._place, self._name, "a database whose tables do not open")


def _blocks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """(block, offset of it, number of its first line); each begins with the end of the last."""
    kept, at, line = b"", 0, 1
    while True:
        try:
            fresh = file.read(BLOCK_BYTES)
        except DAMAGED:
            raise UnreadableError(BAD) from None
        if not fresh:
            return
        block = kept + fresh
        yield block, at, line
        kept = block[-OVERLAP_BYTES:]
        at += len(block) - len(kept)
        line += block.count(b"\n", 0, len(block) - len(kept))


def _at(block: bytes, offset: int, line: int, at: int, *, is_text: bool) -> str:
    if is_text:
        return f"line {line + block.count(bytes([10]), 0, at):,}"
    return f"byte {offset + at:,}"
