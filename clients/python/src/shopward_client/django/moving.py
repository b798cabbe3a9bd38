"""Moves a table's values into the vault and back; begun again, it goes on where it stopped.

    attach    vault, then row: a customer `external:<origin>:<table>:<key>` a row, then her tokens
    detach    row: what the tokens stand for; the customer stays unless it is said otherwise

- What is done is what the rows hold. Remembered beside that is that a table was begun, and its
  origin: random letters that keep its external names apart from those of other databases.
- A row that was stored before a kill and holds its values still is found by its external name and
  updated. A row that the shop changes meanwhile is left alone and moved in the next pass.
- A row that cannot be moved is named by its key, and stays as it is; the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from shopward_client.django import conf, tokens
from shopward_client.django.models import Attachment
from shopward_client.django.table import Change, Table, Values
from shopward_client.django.unsure import has_row
from shopward_client.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    ShopwardError,
)
from shopward_client.items import Erase, Reveal, Store, Update
from shopward_client.outcome import Outcome

NAMED = 20
"""Rows that a report names one by one."""


@dataclass(slots=True)
class Progress:
    """How far it is: rows looked at in this pass, rows moved in all, and those that stay."""

    tell: Callable[[int, int], None] = field(repr=False)
    seen: int = 0
    moved: int = 0
    refused: dict[Any, str] = field(default_factory=dict)
    refusals: int = 0

    def refuse(self, pk: Any, error: ShopwardError) -> None:
        """A row stays as it is."""
        if pk in self.refused:
            return
        self.refusals += 1
        if len(self.refused) < NAMED:
            self.refused[pk] = " ".join(filter(None, (error.code, error.reason, error.field)))


def attach(table: Table, progress: Progress, *, are_tokens: bool = False) -> None:
    """Move every value of a table into the vault.

    Args:
        table: The table; no other process moves it.
        progress: What is told, and what is known at the end.
        are_tokens: Whether texts that look like tokens are some, in a table never moved before.

    Raises:
        InvalidError: There are such texts, and it was not said what they are.
        ShopwardError: The vault is away, or refuses this caller; begin again later.
    """
    known = Attachment.objects.using(table.using)
    if not are_tokens and not known.filter(pk=table.name).exists():
        _refuse_lookalikes(table)
    origin = known.get_or_create(pk=table.name)[0].origin

    def step(table: Table, rows: Sequence[tuple[Any, Values]], progress: Progress) -> list[Change]:
        return _attach(table, rows, progress, origin)

    while _pass(table, progress, step):
        pass
    known.filter(pk=table.name).update(is_complete=not progress.refusals)


def detach(table: Table, progress: Progress, *, purpose: str, erase: bool = False) -> None:
    """Write every value of a table back.

    Args:
        table: The table; no other process moves it.
        progress: What is told, and what is known at the end.
        purpose: A purpose for which the policy shows all of the fields in clear.
        erase: Whether customers are erased once their rows hold their values.

    Raises:
        ShopwardError: The vault is away, or refuses this caller; begin again later.
    """

    def step(table: Table, rows: Sequence[tuple[Any, Values]], progress: Progress) -> list[Change]:
        return _detach(table, rows, progress, purpose)

    def after(changes: Sequence[Change]) -> None:
        held = {token for one in changes for token in map(tokens.token_in, one.before) if token}
        if erase and held:
            conf.client().erase_many([Erase(token) for token in sorted(held)])

    while _pass(table, progress, step, after):
        pass
    if not progress.refusals:
        Attachment.objects.using(table.using).filter(pk=table.name).delete()


Step = Callable[[Table, Sequence[tuple[Any, Values]], Progress], list[Change]]


def _pass(
    table: Table,
    progress: Progress,
    step: Step,
    after: Callable[[Sequence[Change]], None] = lambda _: None,
) -> int:
    """Go over the table once; the number of rows that were written."""
    moved = progress.seen = 0
    missed: list[Any] = []
    for rows in table.parts():
        changes = step(table, rows, progress)
        if changes:
            left = table.change(changes)
            after([one for one in changes if one.pk not in left])
            missed += left
        moved += len(changes)
        progress.seen += len(rows)
        progress.moved += len(changes)
        progress.tell(progress.seen, progress.moved)
    moved -= len(missed)
    progress.moved -= len(missed)
    for pk in missed if not moved else ():
        progress.refuse(pk, ConflictError("It changes again and again."))
    return moved


def _refuse_lookalikes(table: Table) -> None:
    found = [
        pk for rows in table.parts() for pk, values in rows if any(map(tokens.token_in, values))
    ]
    if found:
        named = ", ".join(map(str, found[:NAMED]))
        raise InvalidError(
            f"{table.name} was never moved, and {len(found)} rows look like tokens: {named}.",
            hint="Correct these rows, or say --tokens if they came with loaddata or a backup.",
            field=table.name,
        )


# Into the vault


@dataclass(frozen=True, slots=True)
class _Row:
    """A row with values that are not in the vault yet."""

    pk: Any
    values: Values
    clear: dict[str, str] = field(repr=False)
    token: str | None


def _attach(
    table: Table, rows: Sequence[tuple[Any, Values]], progress: Progress, origin: str
) -> list[Change]:
    waiting = [one for pk, values in rows if (one := _row(table, pk, values)).clear]
    waiting = [one for one in waiting if one.pk not in progress.refused]
    changes = []
    for one, token in _tokens(table, waiting, progress, f"{origin}:{table.name}"):
        after = tuple(
            tokens.shaped(token, column.column_map.token) if _is_clear(value) else value
            for column, value in zip(table.fields, one.values, strict=True)
        )
        changes.append(Change(one.pk, one.values, after))
    return changes


def _row(table: Table, pk: Any, values: Values) -> _Row:
    held = [token for token in map(tokens.token_in, values) if token]
    clear = {
        column.column_map.field: value
        for column, value in zip(table.fields, values, strict=True)
        if value is not None and _is_clear(value)
    }
    return _Row(pk, values, clear, held[0] if held else None)


def _is_clear(value: str | None) -> bool:
    return value is not None and bool(value.strip()) and tokens.token_in(value) is None


def _tokens(
    table: Table, waiting: Sequence[_Row], progress: Progress, name: str
) -> list[tuple[_Row, str]]:
    """The customer of each row, with its values."""
    fresh = [one for one in waiting if one.token is None]
    known = [(one, one.token) for one in waiting if one.token is not None]
    vault, done = conf.client(), list[tuple[_Row, str]]()
    taken: dict[Any, ConflictError] = {}
    if fresh:
        stored = vault.store_many([Store(one.clear, f"{name}:{one.pk}") for one in fresh])
        for one, outcome in zip(fresh, stored, strict=True):
            if isinstance(outcome.problem, ConflictError):
                taken[one.pk] = outcome.problem
                known.append((one, f"external:{name}:{one.pk}"))
            elif (token := _subject(one, outcome, progress)) is not None:
                done.append((one, token))
    if known:
        updated = vault.update_many([Update(who, one.clear) for one, who in known])
        for (one, _), came in zip(known, updated, strict=True):
            last: Outcome[Any] = came
            if one.pk in taken and isinstance(came.problem, NotFoundError):
                given = {token for _, token in done}
                last = _adopt(table, one, taken[one.pk], given)
            if (token := _subject(one, last, progress)) is not None:
                done.append((one, token))
    return done


def _adopt(table: Table, one: _Row, taken: ConflictError, given: set[str]) -> Outcome[Any]:
    """Take over a customer who has the row's unique value and no row: a kill left her behind.

    Those that are `given` have rows that are about to be written.
    """
    name = taken.field or ""
    if name in one.clear:
        owner = conf.client().search(name, one.clear[name], purpose=conf.purpose()).subject
        if (
            owner is not None
            and owner not in given
            and not has_row(table.model, owner, table.using)
        ):
            return conf.client().update_many([Update(owner, one.clear)])[0]
    return Outcome(taken.status, None, None, taken)


def _subject(one: _Row, outcome: Outcome[Any], progress: Progress) -> str | None:
    if outcome.problem is not None:
        progress.refuse(one.pk, outcome.problem)
        return None
    return str(outcome.unwrap().subject)


# Back from the vault


def _detach(
    table: Table, rows: Sequence[tuple[Any, Values]], progress: Progress, purpose: str
) -> list[Change]:
    asked = [
        (pk, values, token, _names(table, values, token))
        for pk, values in rows
        if pk not in progress.refused
        for token in dict.fromkeys(filter(None, map(tokens.token_in, values)))
    ]
    if not asked:
        return []
    shown = conf.client().reveal_many(
        [Reveal(token, list(names.values()), purpose) for _, _, token, names in asked]
    )
    changes: dict[Any, Change] = {}
    for (pk, values, _, names), outcome in zip(asked, shown, strict=True):
        try:
            clear = _clear(outcome, names)
        except ShopwardError as error:
            progress.refuse(pk, error)
            continue
        before = changes.get(pk, Change(pk, values, values))
        after = tuple(clear.get(at, value) for at, value in enumerate(before.after))
        changes[pk] = Change(pk, values, after)
    return [one for one in changes.values() if one.pk not in progress.refused]


def _names(table: Table, values: Values, token: str) -> dict[int, str]:
    """The fields that a token stands for in a row, by position."""
    return {
        at: table.fields[at].column_map.field
        for at, value in enumerate(values)
        if tokens.token_in(value) == token
    }


def _clear(outcome: Outcome[Any], names: dict[int, str]) -> dict[int, str]:
    shown = outcome.unwrap().fields
    for name in names.values():
        if shown.get(name) is None or conf.PLACEHOLDER in shown[name]:
            raise InvalidError("It is not shown in clear.", field=name)
    return {at: shown[name] for at, name in names.items()}
