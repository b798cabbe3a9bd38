"""Whether a mapping fits a file's columns and a policy's fields; every misfit is named.

It reads nothing. Column names of the file are quoted only when they resemble the one asked for, so
that a file without a header does not have its first customer printed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from shopward.sources.dialect import shown
from shopward.sources.mapping import FieldMap, suggest


def misfits(mapping: FieldMap, columns: Collection[str], field_names: Collection[str]) -> list[str]:
    """Every mistake of a mapping against the header of a CSV file and the policy's fields."""
    return [
        *unknown_fields(mapping, field_names),
        *_missing(mapping, columns),
        *_ambiguous(mapping, columns),
    ]


def unknown_fields(mapping: FieldMap, field_names: Collection[str]) -> list[str]:
    """The fields a mapping fills that the policy does not have, each with a remedy."""
    known = sorted(field_names)
    return [
        f"fields.{shown(name)}: the policy has no such field"
        + (suggest(name, known) or "; add it to the policy or leave it out")
        for name in mapping.fields
        if name not in field_names
    ]


def columns_of(mapping: FieldMap) -> dict[str, str]:
    """Each column a mapping names, with the entry that names it first."""
    found = {
        column: name if take is mapping.external else f"fields.{shown(name)}"
        for name, take in reversed(mapping.takes().items())
        for column in reversed(take.columns)
    }
    if mapping.region_column is not None:
        found.setdefault(mapping.region_column, "source.region_column")
    return dict(reversed(found.items()))


def _missing(mapping: FieldMap, columns: Collection[str]) -> list[str]:
    names = list(columns)
    return [
        f"{where}: the file has no column {shown(column)}"
        + (suggest(column, names) or "; look at its first line")
        for column, where in columns_of(mapping).items()
        if column not in columns
    ]


def _ambiguous(mapping: FieldMap, columns: Collection[str]) -> list[str]:
    counts = Counter(columns)
    return [
        f"{where}: the file has {counts[column]} columns named {shown(column)}; rename one"
        for column, where in columns_of(mapping).items()
        if counts[column] > 1
    ]
