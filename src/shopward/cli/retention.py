"""`shopward retention`: what is past its date, seen before it goes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from shopward.cli import connection, options, terminal, times


@click.group("retention")
def retention_verb() -> None:
    """What is past its date by the policy.

    The data plane looks every hour and erases it by itself, as the job `retention`. Until then
    nobody can see it any more.
    """


@retention_verb.command("preview")
@click.option("--at", metavar="TIME", help="As of another moment: RFC 3339, with a zone.")
@options.as_json
@click.pass_obj
def preview(config: Path | None, *, at: str | None, as_json: bool) -> None:
    """Count what would be erased, without erasing it."""
    moment = None if at is None else times.moment(at, "--at")
    with connection.as_operator(config) as client:
        found = client.retention_preview(moment)
    if as_json:
        terminal.document(asdict(found))
        return
    terminal.table(
        ("class", "days", "customers", "first due"),
        [(one.name, one.keep_days, one.customers, one.first or "-") for one in found.classes],
    )


@retention_verb.command("run")
@click.pass_obj
def run(config: Path | None) -> None:
    """Erase what is past its date now, not at the next hour."""
    with connection.as_operator(config) as client:
        moved = client.start_job("retention")
    terminal.pairs({"job": moved.job.id, "state": moved.job.state})
