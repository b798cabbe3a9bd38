"""Read a file as far as needed to say what an import of it would do, and name that job.

The job's name is the plan's digest:

    SHA-256("shopward/import/v1" | 0x00 | SHA-256(file) | canonical JSON of dialect and mapping)

It stores nothing and decides nothing about customers.

- Another file, mapping, encoding, delimiter or file of addresses is another digest, hence another
  job.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import astuple, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from shopward.errors import InvalidError
from shopward.sources import exports
from shopward.sources.dialect import Dialect, Format, shown, sniff
from shopward.sources.export_form import Export
from shopward.sources.fit import columns_of, misfits, unknown_fields
from shopward.sources.gather import AddressBook, Addresses
from shopward.sources.mapping import FieldMap, refuse, suggest
from shopward.sources.plan import Column, Plan
from shopward.sources.survey import Survey, common_keys, survey

_LABELS: Final = {Format.CSV: "CSV", Format.JSONL: "JSON Lines"}


def understand(
    path: Path | str,
    mapping: FieldMap | None,
    field_names: Collection[str],
    *,
    limits: Mapping[str, int] | None = None,
    addresses: Path | str | None = None,
) -> Plan:
    """Read a file as far as needed to say what an import of it would do.

    Args:
        path: A CSV or JSON Lines file.
        mapping: From a mapping file; None for an export that `exports` knows.
        field_names: The policy's fields.
        limits: Policy field to its greatest number of characters.
        addresses: The customers' addresses, where the export has them in a file of their own.

    Raises:
        NotFoundError: There is no such file.
        InvalidError: The file cannot be read, is not recognised without a mapping, or the
            mapping does not fit; every misfit is listed.
    """
    path = Path(path)
    given = mapping or FieldMap(MappingProxyType({}))
    dialect = sniff(path, format=given.format, encoding=given.encoding, delimiter=given.delimiter)
    if mapping is not None:
        export, other = None, None
        used = _fitting(mapping, dialect, field_names)
        warnings: list[str] = []
    else:
        export, known, other = _recognised(path, dialect, addresses)
        used, warnings = _within(export.kind, known, field_names)
        warnings += _said(export)
    book = AddressBook(other) if other else None
    wanted = frozenset(columns_of(used)) if dialect.format is Format.JSONL else frozenset[str]()
    found = survey(path, dialect, used, limits or {}, wanted, book)
    warnings += _warnings(path.name, dialect, used, found)
    warnings += _unmatched(book, found) if book else []
    return Plan(
        path=path,
        kind=export.kind if export else _LABELS[dialect.format],
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
        digest=_digest(dialect, used, other),
        addresses=other,
        is_unverified=export is not None and not export.source,
    )


def _fitting(mapping: FieldMap, dialect: Dialect, field_names: Collection[str]) -> FieldMap:
    is_csv = dialect.format is Format.CSV
    fits = misfits(mapping, dialect.header, field_names) if is_csv else None
    refuse("the mapping", unknown_fields(mapping, field_names) if fits is None else fits)
    return mapping


def _recognised(
    path: Path, dialect: Dialect, addresses: Path | str | None
) -> tuple[Export, FieldMap, Addresses | None]:
    header, other = dialect.header, None
    if addresses is not None:
        second = sniff(Path(addresses))
        export, known, form = exports.joined(path.name, header, second.header)
        other = Addresses(Path(addresses), second, form)
        header += tuple(form.prefix + name for name in second.header)
    else:
        found = exports.find(header)
        if found is None:
            exports.refuse_unknown(path.name, header)
        export, known = found
    refuse(path.name, misfits(known, header, known.fields))
    return export, known, other


def _within(kind: str, known: FieldMap, field_names: Collection[str]) -> tuple[FieldMap, list[str]]:
    kept = {name: take for name, take in known.fields.items() if name in field_names}
    left_out = [name for name in known.fields if name not in kept]
    if not kept:
        detail = f"the policy has none of the fields of a {kind}"
        raise InvalidError(detail, hint="Name the fields in a mapping file.", reason="mapping")
    warning = f"the policy has no field {', '.join(left_out)}: left out"
    used = replace(known, fields=MappingProxyType(kept))
    return used, [warning] if left_out else []


def _said(export: Export) -> list[str]:
    unverified = (
        f"nobody compared these columns with the software that writes a {export.kind}; "
        "look at each line above before going on"
    )
    return [*([] if export.source else [unverified]), *([export.remark] if export.remark else [])]


def _unmatched(book: AddressBook, found: Survey) -> list[str]:
    sentences = []
    if found.complete and (alone := book.customers - book.matched) > 0:
        sentences.append(f"addresses of {alone:,} customers who are not in the file: left out")
    if book.lost:
        sentences.append(f"{book.lost:,} rows of addresses name nobody or cannot be read: left out")
    return sentences


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


def _digest(dialect: Dialect, mapping: FieldMap, other: Addresses | None) -> str:
    parts: dict[str, object] = {
        "dialect": [dialect.format, dialect.encoding, dialect.delimiter],
        "takes": [[name, *astuple(take)] for name, take in mapping.takes().items()],
        "region": [mapping.region, mapping.region_column],
    }
    if mapping.gather:
        parts["gather"] = [*astuple(mapping.gather)]
    if other:
        parts["addresses"] = [other.dialect.content.sha256, other.dialect.delimiter]
    digest = hashlib.sha256(b"shopward/import/v1\x00")
    digest.update(bytes.fromhex(dialect.content.sha256))
    digest.update(json.dumps(parts, separators=(",", ":"), sort_keys=True).encode())
    return digest.hexdigest()
