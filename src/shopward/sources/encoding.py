"""Which encoding a file's bytes are in, from the whole file, without guessing from language.

Order of evidence: a byte order mark; then UTF-8 when the non-ASCII bytes pair up as UTF-8 at least
as often as they do not (the few that do not make bad rows later); else Windows-1252, the code page
European spreadsheets save. It does not decode rows (`rows`) and never reports a byte's value.

- A file with NUL bytes is refused unless a byte order mark says UTF-16: it is binary, or UTF-16
  that would be read as garbage.
- Memory stays at one chunk of 256 KiB whatever the file's size.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from shopward.errors import InvalidError, NotFoundError

ENCODINGS: Final = ("utf-8", "utf-8-sig", "utf-16", "cp1252")
_CHUNK_BYTES: Final = 262_144
_NOT_UTF8: Final = re.compile("[\udc80-\udcff]")
_NON_ASCII: Final = re.compile("[^\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class Content:
    """What a file's bytes are, as a whole.

    Attributes:
        encoding: A Python codec name out of `ENCODINGS`.
        evidence: Why, as a phrase for a person.
        sha256: Hex digest of the bytes.
        size_bytes: Their number.
        line_feeds: How many of them are line feeds.
    """

    encoding: str
    evidence: str
    sha256: str
    size_bytes: int
    line_feeds: int


def open_source(path: Path) -> BinaryIO:
    """Open a regular file for reading bytes.

    Raises:
        NotFoundError: There is no file at that path.
        InvalidError: It is a directory, a device, or not readable.
    """
    if not path.exists():
        raise NotFoundError(f"There is no file {path.name}", hint="Check the path for a mistake.")
    if not path.is_file():
        raise InvalidError(f"{path.name} is not a regular file", hint="Name a CSV or JSONL file.")
    try:
        return path.open("rb")
    except OSError as error:
        detail = f"{path.name} cannot be read ({error.strerror})"
        raise InvalidError(detail, hint="Check the file's permissions.") from None


def examine(path: Path, encoding: str | None = None) -> Content:
    """Read the file once: its digest and the encoding its bytes bear out.

    Args:
        path: The file.
        encoding: What the mapping says; then it is taken, and only NUL bytes are looked for.

    Raises:
        NotFoundError: There is no file at that path.
        InvalidError: It is empty, binary, or not a file that can be read.
    """
    with open_source(path) as file:
        head = file.read(4)
        file.seek(0)
        digest, tally = hashlib.sha256(), _Tally()
        for chunk in _chunks(file):
            digest.update(chunk)
            tally.add(chunk)
    tally.close()
    chosen, evidence = _choose(path.name, head, tally, encoding)
    return Content(chosen, evidence, digest.hexdigest(), tally.size_bytes, tally.line_feeds)


class _Tally:
    """Running counts over a file's bytes."""

    def __init__(self) -> None:
        self.size_bytes = self.line_feeds = self.pairs = self.strays = 0
        self.has_nul = False
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def add(self, chunk: bytes) -> None:
        self.size_bytes += len(chunk)
        self.line_feeds += chunk.count(b"\n")
        self.has_nul = self.has_nul or b"\x00" in chunk
        self._count(self._decoder.decode(chunk))

    def close(self) -> None:
        self._count(self._decoder.decode(b"", final=True))

    def _count(self, text: str) -> None:
        if text.isascii():
            return
        strays = sum(1 for _ in _NOT_UTF8.finditer(text))
        self.strays += strays
        self.pairs += sum(1 for _ in _NON_ASCII.finditer(text)) - strays


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk


def _choose(name: str, head: bytes, tally: _Tally, given: str | None) -> tuple[str, str]:
    if tally.size_bytes == 0:
        raise InvalidError(f"{name} is empty", hint="Export it again; nothing was written.")
    is_utf32 = head in (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
    is_utf16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not is_utf32
    if tally.has_nul and not (is_utf16 and given in (None, "utf-16")):
        hint = "Save it as CSV in UTF-8; spreadsheets (.xlsx) and archives are not read."
        raise InvalidError(f"{name} has NUL bytes: it is not a text file", hint=hint)
    if given is not None:
        return _with_mark(given, head), "the mapping says so"
    if is_utf16:
        return "utf-16", "a byte order mark"
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", "a byte order mark"
    if tally.strays > tally.pairs:
        return "cp1252", f"{tally.strays:,} bytes that are not UTF-8"
    if tally.strays:
        return "utf-8", f"{tally.pairs:,} UTF-8 characters, {tally.strays:,} bytes that are not"
    return "utf-8", "every byte is valid UTF-8"


def _with_mark(given: str, head: bytes) -> str:
    return "utf-8-sig" if given == "utf-8" and head.startswith(codecs.BOM_UTF8) else given
