"""From a row to an item: the values a mapping takes, checked as far as no vault is needed.

It does not normalise or judge addresses and numbers; the vault does. A phone number without a
country code is written in E.164 form when the mapping says which region it is from.

- A row is taken whole or not at all; every field at fault is named, its value never.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import phonenumbers

from shopward.sources.mapping import EXTERNAL, FieldMap, Take
from shopward.sources.rows import BadRow, Reason, Row

MAX_CHARS: Final = 10_000
MAX_EXTERNAL_CHARS: Final = 200
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LIST_SEPARATOR: Final = ", "


@dataclass(frozen=True, slots=True)
class Item:
    """One customer to store.

    Attributes:
        external: The shop's own id, or None.
        fields: Policy field to value, only those with one; personal data, hidden from `repr`.
        line: The line the row starts on, from 1.
    """

    external: str | None = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)
    line: int


class Reject(NamedTuple):
    """A row or field that is not taken: line from 1, field ("" for the whole row), reason slug."""

    line: int
    field: str
    reason: str


class _UnfitError(Exception):
    """A value that is not taken; carries the reason and nothing else."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def read_item(
    row: Row | BadRow, mapping: FieldMap, limits: Mapping[str, int]
) -> Item | tuple[Reject, ...]:
    """Take the mapped values of a row, or say why not.

    Args:
        row: As `rows` yields it.
        mapping: What is taken.
        limits: Policy field to its greatest number of characters; else `MAX_CHARS`.
    """
    if isinstance(row, BadRow):
        return (Reject(row.line, "", row.reason.value),)
    values: dict[str, str] = {}
    rejects: list[Reject] = []
    for name, take in mapping.takes().items():
        limit = MAX_EXTERNAL_CHARS if take is mapping.external else limits.get(name, MAX_CHARS)
        try:
            value = _checked(take, row.cells, limit)
        except _UnfitError as unfit:
            rejects.append(Reject(row.line, name, unfit.reason.value))
        else:
            values.update({name: value} if value else {})
    external = values.pop(EXTERNAL, None)
    if not rejects and not values:
        rejects.append(Reject(row.line, "", Reason.EMPTY.value))
    return tuple(rejects) if rejects else Item(external, values, row.line)


def with_country_codes(item: Item, row: Row, mapping: FieldMap) -> Item:
    """The item with each `phone` number in E.164 form where its region is known."""
    names = [name for name in item.fields if name in mapping.fields and mapping.fields[name].phone]
    national = [name for name in names if not item.fields[name].startswith("+")]
    region = _region(row, mapping) if national else None
    if region is None:
        return item
    changed = {name: _international(item.fields[name], region) for name in national}
    return Item(item.external, {**item.fields, **changed}, item.line)


def find(cells: Mapping[str, Any], column: str) -> object:
    """The cell under a column name or, in JSON, under a dotted path; None when there is none."""
    if column in cells:
        return cells[column]
    here: object = cells
    for part in column.split("."):
        if isinstance(here, dict):
            here = here.get(part)
        elif isinstance(here, list) and part.isdecimal() and len(part) < 5:
            here = here[int(part)] if int(part) < len(here) else None
        else:
            return None
    return here


def _checked(take: Take, cells: Mapping[str, Any], limit: int) -> str | None:
    value = _taken(take, cells) or take.default
    if not value:
        if take.required:
            raise _UnfitError(Reason.MISSING)
        return None
    if not value.isascii() and _SURROGATE.search(value):
        raise _UnfitError(Reason.ENCODING)
    if _CONTROL.search(value):
        raise _UnfitError(Reason.CONTROL)
    if len(value) > limit:
        raise _UnfitError(Reason.LONG)
    return value


def _taken(take: Take, cells: Mapping[str, Any]) -> str:
    parts = (_part(take, find(cells, column)) for column in take.columns)
    if take.joined:
        return take.separator.join(part for part in parts if part)
    return next((part for part in parts if part), "")


def _part(take: Take, cell: object) -> str:
    text = _text(cell)
    if take.strip:
        text = text.strip()
    return text.removeprefix("'") if take.drop_apostrophe else text


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, list) and not any(isinstance(each, dict | list) for each in cell):
        return _LIST_SEPARATOR.join(text for each in cell if (text := _text(each)))
    raise _UnfitError(Reason.TEXT)


def _region(row: Row, mapping: FieldMap) -> str | None:
    if mapping.region_column is not None:
        cell = find(row.cells, mapping.region_column)
        code = cell.strip().upper() if isinstance(cell, str) else ""
        if code in phonenumbers.SUPPORTED_REGIONS:
            return code
    return mapping.region


def _international(number: str, region: str) -> str:
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return number
    if parsed.extension or not phonenumbers.is_possible_number(parsed):
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
