"""Reads the map of columns: which column of which table becomes which field of the policy.

    [[column]]
    table = "auth_user"
    column = "email"
    field = "email"         # a field of the policy
    token = "mail"          # what stands in the column: opaque (31 characters) or mail (48)
    confirmed = true        # a person has looked; columns without it are left alone

`shopward discover` drafts it; its `[[copy]]` and `[[leave]]` are for people and are not read here.
`phone` counts as `opaque`: the shop's own field reads the column, nothing else has to.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shopward_client.errors import ConfigError

_SHAPES = {"opaque": "opaque", "phone": "opaque", "mail": "mail"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is protected.

    Attributes:
        table: The table in the shop's database.
        column: The column, of text.
        field: The policy's field that its values are kept as.
        token: `opaque` or `mail`.
    """

    table: str
    column: str
    field: str
    token: str = "opaque"  # noqa: S105 - the shape of a stand-in


def load(path: Path) -> list[Column]:
    """Read the confirmed columns of a map.

    Raises:
        ConfigError: The file cannot be read, or says something that is not understood.
    """
    hint = "A map is the columns.toml that `shopward discover --out` writes, looked through."
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        raise ConfigError(f"The map {path} cannot be read.", hint=hint, field="map") from None
    return parse(document)


def parse(document: dict[str, Any]) -> list[Column]:
    """Read the confirmed columns of a map that was parsed.

    Raises:
        ConfigError: It says something that is not understood, or names a column twice.
    """
    columns = [
        _column(entry) for entry in document.get("column", []) if entry.get("confirmed") is True
    ]
    places = [(one.table, one.column) for one in columns]
    for place in places:
        if places.count(place) > 1:
            raise ConfigError(f"The map names {'.'.join(place)} twice.", field="map")
    fields = [(one.table, one.field) for one in columns]
    for table, field in fields:
        if fields.count((table, field)) > 1:
            raise ConfigError(
                f"The map gives `{field}` to two columns of {table}.",
                hint="A row is one customer: give each of its columns a field of its own.",
                field="map",
            )
    return columns


def _column(entry: dict[str, Any]) -> Column:
    wrong = [name for name in ("table", "column", "field") if not isinstance(entry.get(name), str)]
    shape = _SHAPES.get(entry.get("token", "opaque"))
    if wrong or shape is None:
        named = wrong[0] if wrong else "token"
        raise ConfigError(f"A column of the map has no usable `{named}`.", field="map")
    return Column(entry["table"], entry["column"], entry["field"], shape)
