"""Reads a map for `shopward protect`: the confirmed columns of `columns.toml`, and whose rows are.

    [[column]]
    table = "customer"
    column = "email"
    field = "email"
    token = "mail"
    confirmed = true

    [[person]]                  # rows with the same customer_id are one customer of the vault
    table = "customer_address"
    column = "customer_id"
    name = "customer"           # what the number counts; the same in every table that counts it

Without `[[person]]` each row is a customer of its own.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from shopward.errors import InvalidError

_MAX_BYTES: Final = 4_194_304
SHAPES: Final = ("opaque", "mail", "phone")
WIDTHS: Final = {"opaque": 31, "mail": 48, "phone": 16}
"""Characters of each stand-in, as `shopward_client.django.tokens` and the vault write them."""
_HINT: Final = "A map is the columns.toml that `shopward discover --out` writes, looked through."


@dataclass(frozen=True, slots=True)
class Mapped:
    """A column, the policy's field it is kept as, and the shape of its stand-in."""

    column: str
    field: str
    token: str


@dataclass(frozen=True, slots=True)
class Person:
    """The column that says whose a row is, and what it counts."""

    column: str
    name: str


@dataclass(frozen=True, slots=True)
class Target:
    """One table and what is to be done to it."""

    table: str
    columns: tuple[Mapped, ...]
    person: Person | None = None


def load(path: Path) -> list[Target]:
    """The tables of a map, with their confirmed columns.

    Raises:
        InvalidError: It is no map, names something twice, or confirms nothing.
    """
    if not path.is_file() or path.stat().st_size > _MAX_BYTES:
        raise InvalidError(f"There is no map {path.name}, or it is too large", hint=_HINT)
    try:
        return parse(tomllib.loads(path.read_text("utf-8")))
    except ValueError:
        raise InvalidError(f"{path.name} is not a map of columns", hint=_HINT) from None


def parse(document: dict[str, Any]) -> list[Target]:
    """The tables of a map that was read.

    Raises:
        InvalidError: As `load`.
    """
    entries = [one for one in _section(document, "column") if one.get("confirmed") is True]
    if not entries:
        _refuse(
            "The map has no confirmed column", "Look at each column and set `confirmed = true`."
        )
    _once("column", ((one.get("table"), one.get("column")) for one in entries))
    _once("field", ((one.get("table"), one.get("field")) for one in entries))
    people = {
        _text(one, "table"): Person(_text(one, "column"), str(one.get("name", "person")))
        for one in _section(document, "person")
    }
    tables: dict[str, list[Mapped]] = {}
    for one in entries:
        shape = str(one.get("token", "opaque"))
        if shape not in SHAPES:
            _refuse(f"A column of {_text(one, 'table')} has no usable `token`", _HINT)
        mapped = Mapped(_text(one, "column"), _text(one, "field"), shape)
        tables.setdefault(_text(one, "table"), []).append(mapped)
    for table in people.keys() - tables.keys():
        _refuse(f"[[person]] names {table}, of which no column is confirmed", _HINT)
    return [Target(name, tuple(columns), people.get(name)) for name, columns in tables.items()]


def _section(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = document.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        _refuse(f"`{name}` of the map is no list of tables", _HINT)
    return found


def _text(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value:
        _refuse(f"An entry of the map has no usable `{name}`", _HINT)
    return value


def _once(what: str, pairs: Iterable[tuple[Any, Any]]) -> None:
    for (table, name), times in Counter(pairs).items():
        if times > 1:
            hint = "A row is one customer: give each of its columns a field of its own."
            _refuse(f"The map gives the {what} {table}.{name} twice", hint)


def _refuse(detail: str, hint: str) -> NoReturn:
    raise InvalidError(detail, hint=hint, field="map")
