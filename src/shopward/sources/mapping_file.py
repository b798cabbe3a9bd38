"""The mapping file: which column of a file is which field of the policy.

    external = "Customer no"        # the shop's own number of a customer

    [source]                        # all optional: what is left out is found out
    format = "csv"                  # csv | jsonl
    delimiter = ";"
    encoding = "cp1252"             # utf-8 | utf-8-sig | utf-16 | cp1252
    region = "SE"                   # for phone numbers without a country code
    region_column = "Country"       # the same, row by row, where it holds a two-letter code

    [fields]
    email = "E-mail"
    last_name = { column = "Surname", required = true }
    address1 = { join = ["Street", "House no"], separator = " " }
    phone = { first = ["Mobile", "Phone"], phone = true, drop_apostrophe = true }
    note = { column = "Remarks", strip = false }
    country = { column = "Country", default = "SE" }

`external` may also stand in [fields]. In JSON Lines a column is a key or a dotted path
(`address.city`, `phones.0`). It does not look at the file or the policy: `fit` checks a parsed
mapping against both.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import phonenumbers

from shopward.errors import InvalidError
from shopward.sources.dialect import Format, shown
from shopward.sources.encoding import ENCODINGS, open_source
from shopward.sources.mapping import EXTERNAL, FieldMap, Take, refuse, suggest

_MAX_BYTES: Final = 262_144
_WHERE: Final = re.compile(r"\(at (?:line \d+, column \d+|end of document)\)$")
_SOURCE_KEYS: Final = ("format", "delimiter", "encoding", "region", "region_column")
_WAYS: Final = ("column", "join", "first")
_TEXTS: Final = ("separator", "default")
_FLAGS: Final = ("strip", "required", "drop_apostrophe", "phone")


def load(path: Path) -> FieldMap:
    """Read and parse a mapping file.

    Raises:
        NotFoundError: There is no such file.
        InvalidError: It has mistakes; every one is listed.
    """
    with open_source(path) as file:
        return parse(file.read(_MAX_BYTES + 1), name=path.name)


def parse(data: bytes, *, name: str = "mapping.toml") -> FieldMap:
    """Parse a mapping file's bytes, at most 256 KiB.

    Raises:
        InvalidError: It has mistakes; every one is listed with what to do.
    """
    table = _toml(data, name)
    reading = _Reading()
    mapping = reading.mapping(table)
    refuse(name, reading.mistakes)
    return mapping


def _toml(data: bytes, name: str) -> dict[str, Any]:
    hint = "A mapping is a small TOML file; look at examples/customers/mapping.example.toml."
    if len(data) > _MAX_BYTES:
        raise InvalidError(f"{name} is larger than 256 KiB", hint=hint, reason="mapping")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        problem = "it is not UTF-8"
    except tomllib.TOMLDecodeError as error:
        found = _WHERE.search(str(error))
        problem = f"it is not TOML {found.group()}" if found else "it is not TOML"
    except (RecursionError, ValueError):
        problem = "it is not TOML"
    raise InvalidError(f"{name} cannot be read: {problem}", hint=hint, reason="mapping")


@dataclass(slots=True)
class _Reading:
    """One pass over a parsed TOML table that collects mistakes instead of stopping."""

    mistakes: list[str] = field(default_factory=list)

    def mapping(self, table: dict[str, Any]) -> FieldMap:
        self._unknown("", table, (EXTERNAL, "source", "fields"))
        source = self._table(table, "source")
        self._unknown("source.", source, _SOURCE_KEYS)
        fields = self._table(table, "fields")
        if not fields:
            self._wrong("fields", 'missing or empty; write [fields] and lines such as email = "…"')
        if EXTERNAL in table and EXTERNAL in fields:
            self._wrong("fields.external", "given twice; keep the one above [source]")
        takes = {name: self._take(f"fields.{shown(name)}", each) for name, each in fields.items()}
        inner = takes.pop(EXTERNAL, None)
        external = self._take(EXTERNAL, table[EXTERNAL]) if EXTERNAL in table else inner
        return FieldMap(MappingProxyType(takes), external, *self._source(source))

    def _source(
        self, source: dict[str, Any]
    ) -> tuple[Format | None, str | None, str | None, str | None, str | None]:
        known = self._choice(source, "format", tuple(Format))
        delimiter = self._text("source.", source, "delimiter")
        if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n \x00'):
            self._wrong("source.delimiter", 'not one character; write for example ";" or "\\t"')
        encoding = self._choice(source, "encoding", ENCODINGS)
        region = self._choice(source, "region", tuple(sorted(phonenumbers.SUPPORTED_REGIONS)))
        column = self._text("source.", source, "region_column")
        return (Format(known) if known else None), delimiter, encoding, region, column

    def _take(self, where: str, value: object) -> Take:
        if isinstance(value, str):
            return self._from_table(where, {"column": value})
        if isinstance(value, dict):
            return self._from_table(where, value)
        self._wrong(where, 'neither a column name nor a table; write "Name" or { column = "Name" }')
        return Take(())

    def _from_table(self, where: str, table: dict[str, Any]) -> Take:
        self._unknown(f"{where}.", table, (*_WAYS, *_TEXTS, *_FLAGS))
        ways = [way for way in _WAYS if way in table]
        if len(ways) > 1 or not (ways or "default" in table):
            self._wrong(where, "needs exactly one of column, join, first (or a default alone)")
        columns = self._columns(f"{where}.{ways[0]}", ways[0], table[ways[0]]) if ways else ()
        texts = {key: self._text(f"{where}.", table, key) for key in _TEXTS}
        flags = {key: self._flag(where, table, key) for key in _FLAGS if key in table}
        separator = " " if texts["separator"] is None else texts["separator"]
        return Take(columns, "join" in ways, separator, default=texts["default"], **flags)

    def _columns(self, where: str, way: str, value: object) -> tuple[str, ...]:
        names = [value] if way == "column" else value
        if isinstance(names, list) and names and all(isinstance(n, str) and n for n in names):
            return tuple(names)
        wanted = "a column name" if way == "column" else "a list of column names"
        self._wrong(where, f"must be {wanted}, not empty")
        return ()

    def _table(self, table: dict[str, Any], key: str) -> dict[str, Any]:
        value = table.get(key, {})
        if isinstance(value, dict):
            return value
        self._wrong(key, f"must be a table; write [{key}]")
        return {}

    def _text(self, where: str, table: dict[str, Any], key: str) -> str | None:
        value = table.get(key)
        if value is None or isinstance(value, str):
            return value
        self._wrong(f"{where}{key}", "must be text in quotation marks")
        return None

    def _flag(self, where: str, table: dict[str, Any], key: str) -> bool:
        value = table[key]
        if not isinstance(value, bool):
            self._wrong(f"{where}.{key}", "must be true or false")
        return value is True

    def _choice(self, table: dict[str, Any], key: str, known: tuple[str, ...]) -> str | None:
        value = self._text("source.", table, key)
        if value is None or value in known:
            return value
        few = f"; use one of {', '.join(known)}" if len(known) < 10 else "; use two capital letters"
        self._wrong(f"source.{key}", "not known" + few)
        return None

    def _unknown(self, where: str, table: dict[str, Any], known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                remedy = suggest(key, list(known)) or f"; known are {', '.join(known)}"
                self._wrong(f"{where}{shown(key)}", "unknown key" + remedy)

    def _wrong(self, where: str, what: str) -> None:
        self.mistakes.append(f"{where}: {what}")
