"""One leak scan: place by place, table by table and file by file, into one report."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from shopward.errors import InvalidError
from shopward.sources.discovery.files import FileSource
from shopward.sources.discovery.port import Limits, Source, UnreadableError
from shopward.sources.discovery.target import open_source
from shopward.sources.leaks import report as reports
from shopward.sources.leaks.found import Found
from shopward.sources.leaks.report import FORMAT, PlaceRow, Report
from shopward.sources.leaks.search import Search
from shopward.sources.leaks.tables import CELL_CHARS, Rows
from shopward.sources.leaks.trees import FileSearch

_ALL: Final = Limits(rows=0, file_bytes=0, statement_s=3_600, cell_chars=CELL_CHARS)
_OURS: Final = "the canaries themselves"


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look, and what a report calls it.

    Attributes:
        name: Such as `mails`; the report's own word for it.
        target: A database's address, a file or a folder, as discovery takes it.
        password: For a database's server.
    """

    name: str
    target: str
    password: str | None = field(default=None, repr=False)


def scan(
    places: Sequence[Place],
    search: Search,
    now: Callable[[], str],
    *,
    planted: str,
    left_out: Iterable[Path] = (),
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Look through every place, wholly.

    Args:
        places: Where.
        search: For what.
        now: Reads the clock, as ISO 8601.
        planted: How the canaries came in, in words.
        left_out: Files that hold the canaries and are skipped, by name in the report.
        progress: Called with the number of tables and files done.

    Raises:
        InvalidError: No place is named, two have one name, or an address cannot be understood.
        NotFoundError: A file or folder is not there.
        UnavailableError: A database does not let us in.
    """
    if not places or len({place.name for place in places}) != len(places):
        raise InvalidError(
            "Name at least one place, and none twice",
            hint="Write NAME=PLACE, such as mails=/srv/shop/outbox.",
        )
    began, found = now(), Found(search)
    skipped = frozenset(path.resolve() for path in left_out)
    rows = [_look(place, found, skipped, progress) for place in places]
    return _report(found, rows, planted, (began, now()))


def _look(
    place: Place, found: Found, skipped: frozenset[Path], progress: Callable[[int], None]
) -> PlaceRow:
    source = open_source(place.target, _ALL, secrets.token_bytes(32), place.password)
    with closing(source):
        if isinstance(source, FileSource):
            return _files(place, source, found, skipped, progress)
        return _database(place, source, found, progress)


def _database(
    place: Place, source: Source, found: Found, progress: Callable[[int], None]
) -> PlaceRow:
    read = seen = 0
    for unit in source.units():
        rows = Rows(place.name, found)
        try:
            source.read(unit, rows, None)
            read += 1
        except UnreadableError as error:
            found.unknown(place.name, unit.name, str(error))
        seen += rows.close()
        progress(read)
    return PlaceRow(place.name, found.search.masked(source.shown), read, seen, "rows")


def _files(
    place: Place,
    source: Source,
    found: Found,
    skipped: frozenset[Path],
    progress: Callable[[int], None],
) -> PlaceRow:
    top, read, seen = Path(place.target), 0, 0
    for unit in source.units():
        path = top / unit.name if unit.name else top
        shown = unit.name or top.name
        if path.resolve() in skipped:
            found.left_out(place.name, shown, _OURS)
            continue
        look = FileSearch(place.name, shown, found)
        try:
            look.read(path)
            read += 1
        except UnreadableError as error:
            found.unknown(place.name, shown, str(error))
        seen += look.seen
        progress(read)
    if not read:
        found.unknown(place.name, ".", "there was no file to read")
    return PlaceRow(place.name, found.search.masked(source.shown), read, seen, "bytes")


def _report(found: Found, places: list[PlaceRow], planted: str, moments: tuple[str, str]) -> Report:
    outcome = reports.PASS
    if found.hit_count:
        outcome = reports.FAIL
    elif found.unknown_count:
        outcome = reports.UNKNOWN
    return Report(
        format=FORMAT,
        began=moments[0],
        ended=moments[1],
        outcome=outcome,
        planted=planted,
        canaries=[canary.label for canary in found.search.canaries],
        forms=found.search.forms,
        places=places,
        hits=found.hits(),
        hit_count=found.hit_count,
        unknown=found.gaps,
        unknown_count=found.unknown_count,
        left_out=found.skipped,
    )
