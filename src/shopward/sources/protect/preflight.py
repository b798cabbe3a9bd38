"""Everything that is in the way of protecting a database, found before its first change.

First the catalogue, then every row is read once and counted. It writes nothing; no finding holds a
value.

- An obstacle stops the whole run; a remark does not. Rows that the vault would refuse are a remark:
  they stay as they are, named by their key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from shopward.errors import InvalidError
from shopward.sources.protect.map_file import WIDTHS, Mapped, Target
from shopward.sources.protect.shop import ColumnShape, Row, Shop, TableShape

PAGE: Final = 1000
NAMED: Final = 20


class Kept(Protocol):
    """What is asked of a field of the policy."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def token(self) -> str | None:
        """The shape of a token of its own; None where it has none."""

    @property
    def indexes(self) -> tuple[str, ...]:
        """How it is found."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the way, where, and what to do about it."""

    table: str
    column: str
    what: str
    remedy: str
    is_obstacle: bool = True


@dataclass(slots=True)
class Column:
    """What was counted in a column."""

    mapped: Mapped
    clear: int = 0
    blank: int = 0
    tokens: int = 0


@dataclass(slots=True)
class Counts:
    """What was counted in a table; `refused` names rows by key, with field and reason."""

    target: Target
    shape: TableShape
    rows: int = 0
    waiting: int = 0
    columns: list[Column] = field(default_factory=list)
    refused: dict[Any, str] = field(default_factory=dict)
    refusals: int = 0
    lookalikes: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class Survey:
    """The plan of a run: tables with their counts, and what is in the way."""

    tables: list[Counts] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def obstacles(self) -> list[Finding]:
        """The findings that stop the run."""
        return [one for one in self.findings if one.is_obstacle]


@dataclass(frozen=True, slots=True)
class Judges:
    """What is known outside of the shop.

    Attributes:
        fields: The policy's.
        check: Raises InvalidError for a value that a field cannot hold.
        token_in: The token that a text holds, None where it holds something else.
        is_begun: Whether texts of a table that look like tokens are some.
    """

    fields: Mapping[str, Kept]
    check: Callable[[str, str], None]
    token_in: Callable[[object], str | None]
    is_begun: Callable[[str], bool]


def is_clear(value: object, token_in: Callable[[object], str | None]) -> bool:
    """Whether this is a text that a token can stand for, and no token yet."""
    return isinstance(value, str) and bool(value.strip()) and token_in(value) is None


def look(
    shop: Shop,
    targets: Sequence[Target],
    judges: Judges,
    progress: Callable[[int], object] = lambda _rows: None,
) -> Survey:
    """Look at every table of a map, and at every row of those that nothing is wrong with."""
    survey = Survey(findings=list(_together(targets, judges)))
    seen = 0
    for target in targets:
        shape = shop.shape(target.table)
        found = list(_catalogue(shop, target, shape, judges))
        survey.findings += found
        if shape is None or any(one.is_obstacle for one in found):
            continue
        counts = Counts(target, shape, columns=[Column(one) for one in target.columns])
        for page in _pages(shop, counts):
            for row in page:
                _count(counts, row, judges)
            seen += len(page)
            progress(seen)
        survey.tables.append(counts)
        survey.findings += _rows(shop, counts, judges)
    return survey


def _pages(shop: Shop, counts: Counts) -> Iterator[list[Row]]:
    names = [one.column for one in counts.target.columns]
    return shop.pages(counts.shape, names, None, PAGE)


# What the map says of several tables


def _together(targets: Sequence[Target], judges: Judges) -> Iterator[Finding]:
    for name, known in judges.fields.items():
        holders = [
            (one.table, mapped.column, one.person and one.person.name)
            for one in targets
            for mapped in one.columns
            if mapped.field == name
        ]
        people = {person for _, _, person in holders}
        if "unique" not in known.indexes or len(holders) < 2 or (len(people) == 1 and all(people)):
            continue
        yield Finding(
            holders[1][0],
            holders[1][1],
            f"the policy keeps `{name}` unique, and {holders[0][0]}.{holders[0][1]} has it too",
            f"Map it to a field of its own, give `{name}` the index `exact` in place of `unique`, "
            "or name one [[person]] for both tables.",
        )


# What the catalogue says


def _catalogue(
    shop: Shop, target: Target, shape: TableShape | None, judges: Judges
) -> Iterator[Finding]:
    name = target.table
    if shape is None:
        yield Finding(name, "", "there is no such table", "Correct the map; names have their case.")
        return
    if shape.kind != "table":
        yield Finding(name, "", f"it is a {shape.kind}", "Map the table that it reads.")
        return
    if not shape.key:
        yield Finding(name, "", "it has no primary key", "Give it one: rows have to be told apart.")
    for what, remedy in shape.troubles:
        yield Finding(name, "", what, remedy)
    for trigger in shape.triggers:
        remedy = "Look whether it copies values elsewhere; switch it off while this runs, if so."
        yield Finding(name, "", f"trigger {trigger} runs at each update", remedy, is_obstacle=False)
    if target.person and target.person.column not in shape.columns:
        yield Finding(name, target.person.column, "there is no such column", "Correct [[person]].")
    yield from _columns(shop, target, shape, judges)


def _columns(shop: Shop, target: Target, shape: TableShape, judges: Judges) -> Iterator[Finding]:
    name = target.table
    for mapped in target.columns:
        column = shape.columns.get(mapped.column)
        if column is None:
            yield Finding(name, mapped.column, "there is no such column", "Correct the map.")
        else:
            for what, remedy in _column(shop, shape, column, mapped):
                yield Finding(name, mapped.column, what, remedy)
            yield from _unique(name, column, mapped, judges)
        for what, remedy in _policy(mapped, judges):
            yield Finding(name, mapped.column, what, remedy)


def _column(
    shop: Shop, shape: TableShape, column: ColumnShape, mapped: Mapped
) -> Iterator[tuple[str, str]]:
    stays = "Take it out of the map."
    if column.is_generated:
        yield "the database computes it", f"{stays} Map the columns that it is computed from."
    elif not column.is_text:
        yield f"it holds {column.type}, which no token fits", f"{stays} Or change its type to text."
    if column.name in shape.key:
        yield "it is part of the primary key", stays
    if column.foreign:
        yield f"a foreign key ties it to {', '.join(sorted(set(column.foreign)))}", stays
    missing = sorted({"read", "update"} - column.may)
    if missing:
        yield f"this user may not {' and '.join(missing)} it", "Grant it, or connect as the owner."
    needed = WIDTHS[mapped.token]
    if column.chars is not None and column.chars < needed:
        statement = shop.widen.format(table=shape.name, column=column.name, chars=needed)
        yield (
            f"it takes {column.chars} characters, a token has {needed}",
            f"Widen it ({statement}), or take it out of the map.",
        )


def _policy(mapped: Mapped, judges: Judges) -> Iterator[tuple[str, str]]:
    known = judges.fields.get(mapped.field)
    if known is None:
        yield (
            f"the policy has no field `{mapped.field}`",
            "Add it to the policy, or correct the map.",
        )
    elif mapped.token == "phone" and known.token != "phone":  # noqa: S105 - a shape's name
        yield (
            f"the policy gives `{mapped.field}` no token shaped like a phone number",
            f'Set `token = "phone"` for fields.{mapped.field}, or "opaque" in the map.',
        )


def _unique(table: str, column: ColumnShape, mapped: Mapped, judges: Judges) -> Iterator[Finding]:
    known = judges.fields.get(mapped.field)
    if column.unique and known and "unique" not in known.indexes:
        yield Finding(
            table,
            column.name,
            f"index {column.unique[0]} keeps its values apart, and will only see tokens",
            f"Give `{mapped.field}` the index `unique` in the policy where that matters.",
            is_obstacle=False,
        )


# What the rows say


def _count(counts: Counts, row: Row, judges: Judges) -> None:
    counts.rows += 1
    is_waiting = False
    for column, value in zip(counts.columns, row.values, strict=True):
        if value is None or (isinstance(value, str) and not value.strip()):
            column.blank += 1
        elif not isinstance(value, str):
            _refuse(counts, row, f"{column.mapped.column} is no text")
        elif judges.token_in(value):
            column.tokens += 1
            if len(counts.lookalikes) < NAMED and row.key not in counts.lookalikes:
                counts.lookalikes.append(row.key)
        else:
            column.clear += 1
            is_waiting = True
            try:
                judges.check(column.mapped.field, value)
            except InvalidError as error:
                _refuse(counts, row, f"{column.mapped.column}: {error.detail}")
    counts.waiting += is_waiting


def _refuse(counts: Counts, row: Row, why: str) -> None:
    if row.key not in counts.refused:
        counts.refusals += 1
        if len(counts.refused) < NAMED:
            counts.refused[row.key] = why


def _rows(shop: Shop, counts: Counts, judges: Judges) -> Iterator[Finding]:
    table = counts.target.table
    if counts.refusals:
        keys = ", ".join(map(named, counts.refused))
        why = next(iter(counts.refused.values()))
        yield Finding(
            table,
            "",
            f"{counts.refusals:,} rows will stay as they are, such as {keys}: {why}",
            "Correct them, or the policy, and run it again.",
            is_obstacle=False,
        )
    if counts.lookalikes and not judges.is_begun(table):
        keys = ", ".join(map(named, counts.lookalikes))
        yield Finding(
            table,
            "",
            f"it was never protected from here, and rows look like tokens: {keys}",
            "Say --tokens if they are tokens of this vault; correct them otherwise.",
        )
    for column in counts.columns:
        known = judges.fields[column.mapped.field]
        if "unique" not in known.indexes or not column.clear or counts.target.person:
            continue
        if twice := shop.repeated(counts.shape, column.mapped.column):
            yield Finding(
                table,
                column.mapped.column,
                f"{twice:,} values stand in several rows, and `{known.name}` is unique",
                f"Give `{known.name}` the index `exact` in place of `unique`, or name in "
                "[[person]] whose the rows are.",
            )


def named(key: tuple[Any, ...]) -> str:
    """A row by its key."""
    return "/".join(map(str, key))
