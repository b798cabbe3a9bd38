"""How a file is written: format, encoding, delimiter and column names.

CSV always has a header here: the first record names the columns. It does not read rows (`rows`)
and does not know which column means what (`mapping`, `exports`).

- A first record that looks like data (a mail address, a bare number, nothing at all) is refused,
  so that a customer's values are never taken, and shown, as column names.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from shopward.errors import InvalidError
from shopward.sources.encoding import Content, examine, open_source
from shopward.sources.lines import Lines, RecordTooLongError, as_text

DELIMITERS: Final = (",", ";", "\t", "|")
MAX_COLUMNS: Final = 2_000
_MAX_NAME_CHARS: Final = 200
_DATA: Final = re.compile(r"@|^[+'(]?[\d\s().+/-]{4,}$")
_PLAIN: Final = re.compile(r"[\w .,:;/()#&'*=+-]{1,80}")


class Format(StrEnum):
    """The two formats that are read."""

    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one file is written.

    Attributes:
        format: CSV or JSON Lines.
        content: Encoding with its evidence, digest and size.
        delimiter: One character; "" for JSON Lines.
        header: Column names, stripped, in file order; empty for JSON Lines.
    """

    format: Format
    content: Content
    delimiter: str
    header: tuple[str, ...]

    @property
    def encoding(self) -> str:
        """The Python codec name."""
        return self.content.encoding

    @property
    def evidence(self) -> str:
        """Why that encoding, as a phrase."""
        return self.content.evidence


def sniff(
    path: Path,
    *,
    format: Format | None = None,  # noqa: A002 - the word of the mapping file
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Dialect:
    """Find out how a file is written; what is given is not guessed.

    Raises:
        NotFoundError: There is no such file.
        InvalidError: It is empty, binary, a JSON array, or has no header.
    """
    content = examine(path, encoding)
    first = _first_character(path, content.encoding)
    if format is None:
        format = _format_of(path, first)  # noqa: A001 - see above
    if format is Format.JSONL:
        return Dialect(format, content, "", ())
    tried = (delimiter,) if delimiter else DELIMITERS
    headers = [_header(path, content.encoding, each) for each in tried]
    best = max(range(len(tried)), key=lambda index: len(headers[index]))
    header = tuple(name.strip() for name in headers[best])
    _check_header(path.name, header)
    return Dialect(format, content, tried[best], header)


def shown(name: str) -> str:
    """A column name as it may be printed: plain words as they are, anything else described."""
    plain = _PLAIN.fullmatch(name) and not _DATA.search(name)
    return name if plain else f"(a name of {len(name):,} characters)"


def _first_character(path: Path, encoding: str) -> str:
    with open_source(path) as raw, as_text(raw, encoding) as file:
        while text := file.read(4_096):
            if stripped := text.lstrip():
                return stripped[0]
    raise InvalidError(f"{path.name} has only blank lines", hint="Export it again.")


def _format_of(path: Path, first: str) -> Format:
    if first == "[":
        hint = "Write one object per line, for example with `jq -c '.[]'`."
        raise InvalidError(f"{path.name} is one JSON array, not JSON Lines", hint=hint)
    is_json = first == "{" or path.suffix.lower() in {".jsonl", ".ndjson"}
    return Format.JSONL if is_json else Format.CSV


def _header(path: Path, encoding: str, delimiter: str) -> list[str]:
    with open_source(path) as raw, as_text(raw, encoding) as file:
        lines = Lines(file)
        try:
            for cells in csv.reader(lines, delimiter=delimiter, strict=True):
                if cells:
                    return [] if lines.was_cut else cells
        except (csv.Error, RecordTooLongError):
            pass
    return []


def _check_header(name: str, header: tuple[str, ...]) -> None:
    hint = "The first line must name the columns; add it, or export the file again."
    if not any(header):
        raise InvalidError(f"{name}: the first line cannot be read as column names", hint=hint)
    if len(header) > MAX_COLUMNS:
        raise InvalidError(f"{name} has more than {MAX_COLUMNS:,} columns", hint=hint)
    if any(_DATA.search(each) or len(each) > _MAX_NAME_CHARS for each in header):
        raise InvalidError(f"{name}: the first line looks like data, not column names", hint=hint)
