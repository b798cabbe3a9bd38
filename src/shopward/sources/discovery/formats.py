"""How a file is written, from its first 64 KiB: by what is in it, hardly by what it is called."""

from __future__ import annotations

import codecs
import csv
import json
import re
from enum import StrEnum
from typing import Final

from shopward.sources.discovery import access_log
from shopward.sources.discovery.streams import text_of

DELIMITERS: Final = (",", ";", "\t", "|")
_SQL: Final = re.compile(
    rb"^(?:INSERT (?:IGNORE )?INTO|CREATE TABLE|COPY [^\n]{1,2000} FROM stdin;|REPLACE INTO)",
    re.MULTILINE | re.IGNORECASE,
)
_SQLITE: Final = b"SQLite format 3\0"


class Format(StrEnum):
    """What can be told apart; the value is what a report says."""

    SQLITE = "SQLite"
    BINARY = "binary"
    EMPTY = "empty"
    UTF16 = "UTF-16 text"
    SQL = "SQL dump"
    LOG = "access log"
    JSON_LINES = "JSON Lines"
    JSON = "JSON"
    CSV = "CSV"
    TEXT = "text"


def format_of(head: bytes, suffix: str = "") -> Format:
    """How a file is written that begins like this."""
    if head.startswith(_SQLITE):
        return Format.SQLITE
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Format.UTF16
    if not head.strip():
        return Format.EMPTY
    if b"\0" in head:
        return Format.BINARY
    lines = [text_of(line) for line in head.splitlines() if line.strip()]
    whole = lines[:-1] if len(lines) > 1 else lines
    return _text_format(head, whole[:50], suffix)


def _text_format(head: bytes, lines: list[str], suffix: str) -> Format:
    if _SQL.search(head):
        return Format.SQL
    if access_log.is_log(lines):
        return Format.LOG
    if _is_json_lines(lines):
        return Format.JSON_LINES
    if head.lstrip()[:1] in {b"{", b"["} and suffix not in {".log", ".txt"}:
        return Format.JSON
    if delimiter_of(lines, suffix):
        return Format.CSV
    return Format.TEXT


def _is_json_lines(lines: list[str]) -> bool:
    good = sum(_is_object(line) for line in lines)
    return good > 0 and good >= 0.8 * len(lines)


def _is_object(line: str) -> bool:
    if not line.lstrip().startswith("{"):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def delimiter_of(lines: list[str], suffix: str) -> str:
    """The delimiter that gives most lines as many cells as the first; "" when there is none."""
    for delimiter in DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:
            continue
        is_even = bool(widths) and widths.count(widths[0]) >= 0.8 * len(widths)
        if is_even and widths[0] > 1 and (len(widths) > 1 or suffix in {".csv", ".tsv"}):
            return delimiter
    return "," if suffix in {".csv", ".tsv"} else ""
