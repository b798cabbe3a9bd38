"""`shopward find`: customers by a part of a value, or by several values at once."""

from __future__ import annotations

from typing import BinaryIO

import click

from shopward.cli import options, terminal, values
from shopward.cli.asking import Asking, asking
from shopward.cli.options import VALUES, manual
from shopward.errors import NotFoundError

WAYS = ("exact", "compound", "prefix", "infix")


@click.command(
    "find",
    epilog=manual(
        VALUES,
        example=(
            "shopward find last_name=love --way prefix --purpose account",
            "shopward find last_name=Lovelace 'postcode=SW1A 1AA' --way compound --purpose account",
        ),
    ),
)
@click.argument("pairs", nargs=-1, metavar="FIELD=VALUE...")
@options.values_file
@click.option("--way", type=click.Choice(WAYS), required=True, help="How to look.")
@click.option(
    "--limit",
    type=click.IntRange(1, 100),
    default=20,
    show_default=True,
    help="The most customers wanted.",
)
@options.purpose
@options.fact
@asking("shop")
def find_verb(
    ask: Asking,
    pairs: tuple[str, ...],
    file: BinaryIO | None,
    way: str,
    limit: int,
    purpose: str | None,
    fact: str | None,
) -> None:
    """Find customers and print their tokens, the best match first.

    The policy names the fields that can be looked into and the ways. The look is entered in the
    ledger, and so is each customer who is found. Exit code 1 when there is none.
    """
    wanted = values.collect(pairs, file)
    with ask.client() as client:
        found = client.find(wanted, way=way, purpose=purpose, fact=fact, limit=limit)
        ask.show(client, found, {})
        if not ask.as_json:
            for one in found.matches:
                terminal.data(one.subject)
    if not found.complete:
        terminal.say("there may be others: look for more of the value")
    if not found.matches:
        raise NotFoundError("No customer matches.", hint="Check it for a typing mistake.")
