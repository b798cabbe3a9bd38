"""The way back: what the tokens of a table stand for takes their place again.

A token is changed only where it still stands, and only for a value that is shown in clear. The
customers stay in the vault. Every row is entered in the ledger as looked at.
"""

from __future__ import annotations

from collections.abc import Mapping

from shopward.cli.protectjob import ABSENT, Job, passes, token_in, told
from shopward.sources.protect import Change, Row
from shopward.sources.protect.shop import Key, Values
from shopward_client import Reveal, ShopwardError

MASKED = "•••"


def give_back(job: Job) -> None:
    """Write every value of a table back; begun again, it goes on.

    Raises:
        ConflictError: The database refuses a value; nothing of that batch was changed.
        UnavailableError: Shop or vault are away; run it again to go on.
        shopward_client.ShopwardError: The vault cannot be asked; as above.
    """
    passes(job, lambda rows: _changes(job, rows), _is_waiting)
    if not job.done.refusals:
        job.journal.end(job.target.table)


def _is_waiting(row: Row) -> bool:
    return any(map(token_in, row.values))


def _changes(job: Job, rows: list[Row]) -> list[Change]:
    """What the rows are to hold; a row of which something is not shown stays whole."""
    asked = [(row, token, _fields(job, row, token)) for row in rows for token in _tokens(row)]
    shown = job.client.reveal_many(
        [Reveal(token, list(fields.values()), job.purpose) for _, token, fields in asked]
    )
    after: dict[Key, Values] = {row.key: row.values for row in rows}
    for (row, _, fields), outcome in zip(asked, shown, strict=True):
        if outcome.problem is not None:
            _refuse(job, row, outcome.problem)
        elif (clear := _clear(outcome.unwrap().fields, fields)) is None:
            job.done.refuse(row.key, "it is not shown in clear")
        else:
            held = after[row.key]
            after[row.key] = tuple(clear.get(at, value) for at, value in enumerate(held))
    return [
        Change(row.key, row.values, after[row.key])
        for row in rows
        if row.key not in job.done.refusals
    ]


def _tokens(row: Row) -> list[str]:
    return list(dict.fromkeys(filter(None, map(token_in, row.values))))


def _fields(job: Job, row: Row, token: str) -> dict[int, str]:
    """The fields that a token stands for in a row, by position."""
    return {
        at: job.target.columns[at].field
        for at, value in enumerate(row.values)
        if token_in(value) == token
    }


def _clear(shown: Mapping[str, str | None], fields: Mapping[int, str]) -> dict[int, str] | None:
    values = {at: shown.get(name) for at, name in fields.items()}
    found = {at: value for at, value in values.items() if value and MASKED not in value}
    return found if len(found) == len(fields) else None


def _refuse(job: Job, row: Row, problem: ShopwardError) -> None:
    """A row stays as it is when its own token is at fault; all else stops the run."""
    if problem.status not in {ABSENT, 410}:
        raise problem
    job.done.refuse(row.key, told(problem))
