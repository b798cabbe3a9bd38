"""`shopward job`: the long work of the data plane, watched and ended by the operator."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shopward.cli import connection, options, terminal
from shopward.errors import NotFoundError

if TYPE_CHECKING:
    from shopward_client.answers import Job

HEADERS = ("id", "state", "done", "total", "updated", "note")


@click.group("job")
def job_verb() -> None:
    """Long work of the data plane: rotations and the like.

    A job goes on by itself after a restart. It gives way to requests, and each of its steps is an
    entry of the ledger.
    """


@job_verb.command("list")
@click.option("--all", "every", is_flag=True, help="Also those that ended.")
@options.as_json
@click.pass_obj
def list_(config: Path | None, *, every: bool, as_json: bool) -> None:
    """List the jobs under way."""
    with connection.as_operator(config) as client:
        known = [one for one in client.jobs() if every or one.finished is None]
    if as_json:
        terminal.document([asdict(one) for one in known])
        return
    terminal.table(
        HEADERS,
        [(one.id, one.state, one.done, one.total, one.updated, one.note or "-") for one in known],
    )


@job_verb.command("show")
@click.argument("job", metavar="ID")
@options.as_json
@click.pass_obj
def show(config: Path | None, *, job: str, as_json: bool) -> None:
    """Show one job."""
    with connection.as_operator(config) as client:
        _print([one for one in client.jobs() if one.id == job], as_json=as_json)


@job_verb.command("cancel")
@click.argument("job", metavar="ID")
@click.pass_obj
def cancel(config: Path | None, *, job: str) -> None:
    """End a job where it stands; what it did stays done, and it can be begun again."""
    with connection.as_operator(config) as client:
        moved = client.cancel_job(job)
    terminal.pairs({"cancelled": moved.job.id, "entry": moved.receipt and moved.receipt.index})


def _print(found: list[Job], *, as_json: bool) -> None:
    if not found:
        raise NotFoundError(
            "There is no such job.", hint="`shopward job list --all` shows every one."
        )
    if as_json:
        terminal.document(asdict(found[0]))
        return
    terminal.pairs(asdict(found[0]))
