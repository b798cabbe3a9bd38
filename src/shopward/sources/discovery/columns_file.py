"""The map of a shop's columns: which becomes which field, what is a copy, what is to be left alone.

    [[column]]
    table = "auth_user"
    column = "email"
    field = "email"             # a field of the policy
    token = "mail"              # what stands in the column afterwards: opaque, mail or phone
    confirmed = false           # set it to true once a person has looked; nothing is changed before

    [[person]]                  # optional: rows with the same customer_id share a customer
    table = "customer_address"
    column = "customer_id"
    name = "customer"

    [[copy]]                    # holds what is kept elsewhere: empty it, or stop writing it
    table = "django_session"
    column = "session_data"
    what = "session"

    [[leave]]                   # looked at and left as it is, with the reason
    table = "auth_user"
    column = "password"
    reason = "a slow hash stays where it is"

`shopward discover --map FILE` fails for a column that looks personal and stands in none of them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from shopward.errors import InvalidError
from shopward.sources.discovery.catalogue import TABLES, proposals
from shopward.sources.discovery.report import FindingRow, Report
from shopward.sources.found import text

_MAX_BYTES: Final = 4_194_304
_SECTIONS: Final = ("column", "copy", "leave")
_HEAD: Final = """\
# Which columns of {source} become which fields of the policy.
# Drafted by `shopward discover`. Look at every line, correct it, and set `confirmed = true`;
# move what is to stay as it is under [[leave]] with a reason.
"""
Place = tuple[str, str]


def columns_toml(report: Report) -> str:
    """The map as a file; "" for files, whose columns no token can stand in."""
    has_tables = any(row.kind in TABLES for row in report.tables)
    return "".join(_parts(report)) if has_tables and report.findings else ""


def _parts(report: Report) -> Iterator[str]:
    yield _HEAD.format(source=report.source)
    mapped = set()
    for one in proposals(report):
        for row in one.columns:
            mapped.add((row.table, row.column))
            yield f"\n# {row.confidence:.2f} {row.level}: {row.title}\n[[column]]\n{_place(row)}"
            yield f"field = {text(one.about.field)}\ntoken = {text(one.terms.token)}\n"
            yield "confirmed = false\n"
    for row in report.findings:
        if (row.table, row.column) in mapped:
            continue
        if row.side_copy:
            what = row.side_copy if row.side_copy == row.title else f"{row.side_copy}: {row.title}"
            yield f"\n[[copy]]\n{_place(row)}what = {text(what)}\n"
        else:
            advice = row.advice or "no field is proposed for it; say why it stays, or map it"
            yield f"\n[[leave]]\n{_place(row)}reason = {text(f'{row.title}: {advice}')}\n"


def _place(row: FindingRow) -> str:
    table = row.table.rpartition(":")[2]
    return f"table = {text(table)}\ncolumn = {text(row.column)}\n"


def places(path: Path) -> set[Place]:
    """Every (table, column) that a map speaks about.

    Raises:
        InvalidError: The file is no map.
    """
    hint = "A map is the columns.toml that `shopward discover --out` writes."
    if not path.is_file() or path.stat().st_size > _MAX_BYTES:
        raise InvalidError(f"There is no map {path.name}, or it is too large", hint=hint)
    try:
        document: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        return {
            (str(entry["table"]), str(entry["column"]))
            for section in _SECTIONS
            for entry in document.get(section, [])
        }
    except (ValueError, KeyError, TypeError):
        raise InvalidError(f"{path.name} is not a map of columns", hint=hint) from None


def unmapped(report: Report, known: set[Place]) -> list[FindingRow]:
    """The findings that are likely or surer and that no line of a map speaks about."""
    return [
        row
        for row in report.findings
        if row.level != "possible" and (row.table.rpartition(":")[2], row.column) not in known
    ]
