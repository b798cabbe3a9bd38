"""`shopward fact`: what purposes rest on, stated by the system that knows it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from shopward.cli import connection, options, terminal
from shopward.cli.asking import Asking, asking
from shopward.cli.options import SUBJECT, manual
from shopward.cli.times import moment

HEADERS = ("fact", "state", "version", "expires")


@click.group("fact")
def fact_verb() -> None:
    """Facts about customers: order 1042 is open until Friday.

    A purpose may rest on a fact. Facts are written by callers that do not look, so that nobody
    opens the door for themselves.
    """


@fact_verb.command(
    "put",
    epilog=manual(
        SUBJECT,
        example=(
            "shopward fact put order:1042 email:ada@example.com",
            "shopward fact put order:1042 email:ada@example.com --state closed",
            "shopward fact put ticket:77 external:500 --expires 2026-12-01T18:00:00+01:00",
        ),
    ),
)
@click.argument("fact", metavar="TYPE:ID")
@click.argument("subject")
@click.option("--state", type=click.Choice(["open", "closed"]), default="open", show_default=True)
@click.option("--expires", metavar="TIME", help="RFC 3339, with a zone: 2026-12-24T18:00:00+01:00.")
@click.option(
    "--version",
    type=click.IntRange(0),
    help="Its version in your own system; one that is not above the stored one is refused.",
)
@asking("orders")
def put(
    ask: Asking, fact: str, subject: str, state: str, expires: str | None, version: int | None
) -> None:
    """State a fact about a customer."""
    until = None if expires is None else moment(expires, "--expires")
    with ask.client() as client:
        stated = client.put_fact(fact, subject, state, expires=until, version=version)
        row = (fact, stated.state, stated.version, stated.expires)
        ask.show(client, stated, dict(zip(HEADERS, row, strict=True)))


@fact_verb.command("list", epilog=manual(SUBJECT))
@click.argument("subject")
@options.caller("orders")
@options.as_json
@click.pass_obj
def list_(config: Path | None, *, subject: str, caller: str | None, as_json: bool) -> None:
    """List the facts about one customer."""
    with connection.as_caller(config, caller, "orders") as client:
        known = client.facts(subject)
    if as_json:
        terminal.document(asdict(known))
        return
    terminal.table(
        HEADERS,
        [
            (f"{one.type}:{one.id}", one.state, one.version, one.expires or "-")
            for one in known.facts
        ],
    )
