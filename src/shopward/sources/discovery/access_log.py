"""Web servers' access logs: NCSA Common and Combined, with whatever a server appends.

    203.0.113.7 - ada [10/Oct/2026:13:55:36 +0000] "GET /?mail=a%40b.se HTTP/1.1" 200 12 "-" "curl"

Requests and referers are looked at with their escapes (`%40`) undone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote_plus

from shopward.sources.discovery.collect import Table
from shopward.sources.discovery.streams import text_of

COLUMNS: Final = ("client", "user", "request", "referer", "user_agent", "rest")
_LINE: Final = re.compile(
    r"(\S+) \S+ (\S+(?: \S+)?) \[[^\]]{10,40}\] "
    r'"((?:[^"\\]|\\.)*)" \d{3} (?:\d+|-)'
    r'(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)")?(?: (.*))?'
)


def is_log(lines: list[str]) -> bool:
    """Whether most of some lines are of an access log."""
    good = sum(_LINE.fullmatch(line) is not None for line in lines)
    return good > 0 and good >= 0.8 * len(lines)


def read(lines: Iterable[bytes], table: Table) -> None:
    """Count every line; one that has another form counts as a bad row and is searched as text."""
    for raw in lines:
        line = text_of(raw)
        found = _LINE.fullmatch(line)
        if found is None:
            table.bad_rows += 1
            table.add(("line",), (line,))
            continue
        table.add(COLUMNS, [_opened(part) for part in found.groups()])


def _opened(part: str | None) -> str | None:
    if part is None or part == "-":
        return None
    return unquote_plus(part) if "%" in part else part
