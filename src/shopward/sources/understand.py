"""Read a file as far as needed to say what an import of it would do, and name that job.

The job's name is the plan's digest:

    SHA-256("shopward/import/v1" | 0x00 | SHA-256(file) | canonical JSON of dialect and mapping)

It stores nothing and decides nothing about customers.

- Another file, mapping, encoding or delimiter is another digest, hence another job.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import astuple
from pathlib import Path
from types import MappingProxyType
from typing import Final

from shopward.errors import InvalidError
from shopward.sources import shopify
from shopward.sources.dialect import Dialect, Format, shown, sniff
from shopward.sources.fit import columns_of, misfits, unknown_fields
from shopward.sources.mapping import FieldMap, refuse, suggest
from shopward.sources.plan import Column, Plan
from shopward.sources.survey import Survey, common_keys, survey

SHOPIFY: Final = "Shopify customer export"
_LABELS: Final = {Format.CSV: "CSV", Format.JSONL: "JSON Lines"}


def understand(
    path: Path | str,
    mapping: FieldMap | None,
    field_names: Collection[str],
    *,
    limits: Mapping[str, int] | None = None,
) -> Plan:
    """Read a file as far as needed to say what an import of it would do.

    Args:
        path: A CSV or JSON Lines file.
        mapping: From a mapping file; None for a Shopify customer export.
        field_names: The policy's fields.
        limits: Policy field to its greatest number of characters.

    Raises:
        NotFoundError: There is no such file.
        InvalidError: The file cannot be read, is not recognised without a mapping, or the
            mapping does not fit; every misfit is listed.
    """
    path = Path(path)
    given = mapping or FieldMap(MappingProxyType({}))
    dialect = sniff(path, format=given.format, encoding=given.encoding, delimiter=given.delimiter)
    used, warnings = _used(path, mapping, dialect, field_names)
    wanted = frozenset(columns_of(used)) if dialect.format is Format.JSONL else frozenset[str]()
    found = survey(path, dialect, used, limits or {}, wanted)
    warnings += _warnings(path.name, dialect, used, found)
    return Plan(
        path=path,
        kind=SHOPIFY if mapping is None else _LABELS[dialect.format],
        dialect=dialect,
        mapping=used,
        limits=MappingProxyType(dict(limits or {})),
        rows=found.rows if found.complete else _estimate(dialect, found),
        counted=found.complete,
        rejected=found.rejected_rows,
        table=tuple(
            Column(name, take.columns, found.filled[name], found.rows)
            for name, take in used.takes().items()
        ),
        unused=_unused(dialect, used, found),
        warnings=tuple(warnings),
        digest=_digest(dialect, used),
    )


def _used(
    path: Path, mapping: FieldMap | None, dialect: Dialect, field_names: Collection[str]
) -> tuple[FieldMap, list[str]]:
    if mapping is not None:
        is_csv = dialect.format is Format.CSV
        fits = misfits(mapping, dialect.header, field_names) if is_csv else None
        refuse("the mapping", unknown_fields(mapping, field_names) if fits is None else fits)
        return mapping, []
    known = shopify.recognise(dialect.header)
    if known is None:
        hint = "Write a mapping file; examples/customers/mapping.example.toml shows how."
        detail = f"{path.name} is not a Shopify customer export, and no mapping was given"
        raise InvalidError(detail, hint=hint, reason="mapping")
    refuse(path.name, misfits(known, dialect.header, known.fields))
    return _within(known, field_names)


def _within(known: FieldMap, field_names: Collection[str]) -> tuple[FieldMap, list[str]]:
    kept = {name: take for name, take in known.fields.items() if name in field_names}
    left_out = [name for name in known.fields if name not in kept]
    if not kept:
        detail = "the policy has none of the fields of a Shopify customer export"
        raise InvalidError(detail, hint="Name the fields in a mapping file.", reason="mapping")
    warning = f"the policy has no field {', '.join(left_out)}: left out"
    used = FieldMap(MappingProxyType(kept), known.external, region_column=known.region_column)
    return used, [warning] if left_out else []


def _warnings(name: str, dialect: Dialect, mapping: FieldMap, found: Survey) -> list[str]:
    if found.rows == 0:
        raise InvalidError(f"{name} has no rows", hint="Export it again; nothing was written.")
    warnings = []
    if dialect.encoding == "cp1252" and mapping.encoding is None:
        warnings.append("the encoding is a guess; name it in the mapping if letters look wrong")
    if mapping.external is None:
        warnings.append("no external id: importing the file again stores every customer again")
    is_json = dialect.format is Format.JSONL
    warnings += [
        f"{field}: no row has a value"
        for field, take in mapping.takes().items()
        if not found.filled[field] and found.rejected_rows < found.rows
        if not is_json or found.seen.intersection(take.columns)
    ]
    if is_json:
        warnings += _unseen(mapping, found)
    return warnings + _rejections(found)


def _unseen(mapping: FieldMap, found: Survey) -> list[str]:
    entries = columns_of(mapping)
    sentences = [
        f"{where}: no row has {shown(column)}" + suggest(column, list(common_keys(found)))
        for column, where in entries.items()
        if column not in found.seen
    ]
    if entries and found.keys and not found.seen:
        refuse("the mapping", sentences)
    return sentences


def _rejections(found: Survey) -> list[str]:
    sentences = []
    if found.rejected_rows:
        causes = ", ".join(
            f"{shown(field)} {reason} {count:,}x".strip() if field else f"{reason} {count:,}x"
            for (field, reason), count in sorted(found.rejects.items())
        )
        many = f"{found.rejected_rows:,} of {found.rows:,} rows looked at"
        sentences.append(f"{many} will be rejected: {causes}")
    if found.lost_lines:
        sentences.append(f"rows that cannot be read swallow {found.lost_lines:,} further lines")
    return sentences


def _unused(dialect: Dialect, mapping: FieldMap, found: Survey) -> tuple[str, ...]:
    taken = {column for take in mapping.takes().values() for column in take.columns}
    inside = {column.split(".")[0] for column in taken} if not dialect.header else set()
    names = dict.fromkeys(dialect.header or common_keys(found))
    return tuple(name for name in names if name and name not in taken and name not in inside)


def _estimate(dialect: Dialect, found: Survey) -> int:
    return max(found.rows, round(dialect.content.line_feeds * found.rows / found.last_line))


def _digest(dialect: Dialect, mapping: FieldMap) -> str:
    parts = {
        "dialect": [dialect.format, dialect.encoding, dialect.delimiter],
        "takes": [[name, *astuple(take)] for name, take in mapping.takes().items()],
        "region": [mapping.region, mapping.region_column],
    }
    digest = hashlib.sha256(b"shopward/import/v1\x00")
    digest.update(bytes.fromhex(dialect.content.sha256))
    digest.update(json.dumps(parts, separators=(",", ":"), sort_keys=True).encode())
    return digest.hexdigest()
