"""One import as it runs: batches go to the data plane, outcomes to journal, rejects and tokens.

The journal moves on only when a batch's rejects and tokens are on the disk; a batch that was cut
off is sent again under the same idempotency key, and stored once. It prints nothing.

- A row that the vault refuses is rejected with field and reason; the job goes on.
- When the vault cannot be asked, the job stops where it is: nothing is marked as done.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shopward.cli.tokens_file import Token, TokensFile
from shopward.errors import ConflictError
from shopward.sources import Batch, Item, Journal, Plan, Progress, Reject, Rejects, batches

if TYPE_CHECKING:
    from shopward_client import Client, Outcome, ShopwardError, Stored

BATCH_ROWS = 100
UNFIT = frozenset({400, 413})
REFUSED = frozenset({400, 409, 413})


@dataclass(frozen=True, slots=True)
class Files:
    """Where a job keeps its memory, its rejects and its tokens."""

    journal: Path
    rejects: Path
    tokens: Path

    @classmethod
    def of(cls, folder: Path, plan: Plan) -> Files:
        """The usual places: named after the imported file and the job's digest."""
        stem = f"{plan.path.stem}-{plan.digest[:8]}"
        return cls(
            folder / f"{stem}.journal.json",
            folder / f"{stem}.rejects.csv",
            folder / f"{stem}.tokens.csv",
        )


def earlier(plan: Plan, files: Files) -> Progress:
    """How far an earlier run of this import came.

    Raises:
        ConflictError: The journal is of another file or mapping.
        InvalidError: It is no journal.
    """
    return Journal.open_(files.journal, plan.digest, BATCH_ROWS).progress


def run(
    client: Client,
    plan: Plan,
    files: Files,
    advance: Callable[[int], object],
    stop: Callable[[], bool] = lambda: False,
) -> Progress:
    """Import what is left of a plan.

    Args:
        client: Asks as a caller that may store.
        plan: The file as it was understood and agreed to.
        files: Taken up where an earlier run left them.
        advance: Called with the number of rows done.
        stop: Asked between batches; True stops with the journal as it is.

    Raises:
        ConflictError: The same import is running already, or a file belongs to another job.
        shopward_client.ShopwardError: The vault cannot be asked; run it again to go on.
    """
    for file in (files.journal, files.rejects, files.tokens):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(files.journal):
        journal = Journal.open_(files.journal, plan.digest, BATCH_ROWS)
        done = journal.progress
        advance(done.next_row)
        if done.finished:
            return done
        with (
            Rejects(files.rejects, last_line=done.last_line) as rejects,
            TokensFile(files.tokens, done.last_line) as tokens,
        ):
            for batch in batches(plan, done.next_row, done.size):
                if stop():
                    return journal.progress
                _settle(client, journal, batch, rejects, tokens)
                advance(batch.next_row)
            journal.finish()
    return journal.progress


def _settle(
    client: Client, journal: Journal, batch: Batch, rejects: Rejects, tokens: TokensFile
) -> None:
    outcomes = _send(client, batch.items, journal.key(batch.first_row)) if batch.items else []
    pairs = list(zip(batch.items, outcomes, strict=True))
    stored = [_token(item, outcome.result) for item, outcome in pairs if outcome.result]
    already = [item for item, outcome in pairs if _is_there(outcome)]
    refused = [
        _reject(item, outcome.problem)
        for item, outcome in pairs
        if outcome.problem and not _is_there(outcome)
    ]
    tokens.write(stored)
    rejects.write([*batch.rejects, *refused])
    rejected = batch.next_row - batch.first_row - len(stored) - len(already)
    journal.advance(batch, stored=len(stored), already=len(already), rejected=rejected)


def _send(client: Client, items: Sequence[Item], key: str) -> list[Outcome[Stored]]:
    """The outcomes of a batch; one that is too large or malformed as a whole goes in halves.

    Raises:
        shopward_client.ShopwardError: The vault cannot be asked, or does not let us store.
    """
    from shopward_client import Outcome, ShopwardError, Store

    wire = [Store(item.fields, item.external, reference=str(item.line)) for item in items]
    try:
        outcomes = list(client.store_many(wire, idempotency_key=key))
    except ShopwardError as refused:
        if refused.status not in UNFIT:
            raise
        if len(items) == 1:
            return [Outcome(refused.status, None, None, refused)]
        middle = len(items) // 2
        return [
            *_send(client, items[:middle], f"{key}.0"),
            *_send(client, items[middle:], f"{key}.1"),
        ]
    for outcome in outcomes:
        if outcome.problem and outcome.status not in REFUSED:
            raise outcome.problem
    return outcomes


def _token(item: Item, stored: Stored) -> Token:
    return Token(item.line, item.external or "", stored.subject)


def _is_there(outcome: Outcome[Stored]) -> bool:
    """Whether the shop's own id is stored already: the same customer, imported before."""
    return (
        outcome.status == 409
        and outcome.problem is not None
        and (outcome.problem.field == "external")
    )


def _reject(item: Item, problem: ShopwardError) -> Reject:
    return Reject(item.line, problem.field or "", problem.reason or problem.code)


@contextmanager
def _alone(journal: Path) -> Iterator[None]:
    """Hold the job's lock, so that two commands do not import the same file at once."""
    lock = os.open(journal.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise ConflictError(
            "This import is running already.", hint="Wait for it, or stop it with Ctrl-C."
        ) from None
    finally:
        os.close(lock)
