"""`shopward import`: a shop's customer file goes in, tokens come out."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shopward.cli import connection, importjob, options, terminal
from shopward.cli.importjob import Files
from shopward.cli.options import FILE, manual
from shopward.errors import InvalidError, UnavailableError
from shopward.policy import Policy
from shopward.policy.parse import load as load_policy
from shopward.sources import Plan, Progress, load, understand

if TYPE_CHECKING:
    from shopward_client import Client

FOLDER = "imports"


@click.command(
    "import",
    epilog=manual(
        example=(
            "shopward import customers_export.csv",
            "shopward import customers.csv --mapping mapping.toml --dry-run",
            "shopward import customer.csv --addresses customer_address.csv",
        )
    ),
)
@click.argument("file", type=FILE)
@click.option("--mapping", type=FILE, help="Which column is which field: a small TOML file.")
@click.option("--addresses", type=FILE, help="The addresses of Magento or PrestaShop customers.")
@click.option("--dry-run", is_flag=True, help="Show what was understood and stop.")
@options.yes
@click.option("--unverified", is_flag=True, help="Take an export whose columns nobody checked.")
@click.option("--rejects", type=FILE, help="Where the rows that are not taken are listed.")
@click.option("--tokens", type=FILE, help="Where the customers' tokens are written.")
@options.caller("importer")
@click.pass_obj
def import_verb(
    config: Path | None,
    *,
    file: Path,
    mapping: Path | None,
    addresses: Path | None,
    dry_run: bool,
    yes: bool,
    unverified: bool,
    rejects: Path | None,
    tokens: Path | None,
    caller: str | None,
) -> None:
    """Move a shop's customers into the vault.

    FILE is a customer export of Shopify, WooCommerce, Magento 2 or PrestaShop, known by its first
    line, or any CSV or JSON Lines file with a --mapping. What was understood is shown before
    anything is written. Rows that cannot be taken are listed with line, field and reason, never
    with a value. The customers' tokens are written to a file of their own.

    An import that was stopped goes on where it was when the same command is run again, and a row
    is stored once. Journal, rejects and tokens are in imports/ beside shopward.toml.
    """
    house = connection.settings_of(config)
    plan = plan_of(file, mapping, load_policy(house.policy), addresses)
    for line in plan.lines():
        click.echo(line, err=True)
    if dry_run:
        terminal.say("nothing was written (--dry-run)")
        return
    usual = Files.of(house.home / FOLDER, plan)
    files = replace(usual, rejects=rejects or usual.rejects, tokens=tokens or usual.tokens)
    before = importjob.earlier(plan, files)
    if before.finished:
        terminal.say("this file was imported before; nothing is left to do")
        return
    if before.next_row:
        terminal.say(f"an earlier run did {before.next_row:,} rows; this one goes on after them")
    if plan.is_unverified and not unverified:
        agree_to_unverified(plan)
    terminal.confirm(f"Import {plan.rows:,} rows?", yes=yes)
    with connection.as_caller(config, caller, "importer") as client:
        done = import_with_bar(client, plan, files)
    summarise(done, files)


def plan_of(
    file: Path, mapping: Path | None, policy: Policy, addresses: Path | None = None
) -> Plan:
    """What an import of the file would do.

    Raises:
        InvalidError: The file, or the mapping, is not what it should be.
    """
    if mapping and addresses:
        raise InvalidError(
            "A mapping says which columns of one file are taken.",
            hint="Join the addresses to the customers yourself, or leave out --mapping.",
            field="addresses",
        )
    limits = {name: one.max_chars for name, one in policy.fields.items()}
    known = load(mapping) if mapping else None
    return understand(file, known, policy.fields, limits=limits, addresses=addresses)


def agree_to_unverified(plan: Plan) -> None:
    """Ask before an export is taken whose columns nobody checked; `--yes` does not answer this.

    Raises:
        click.Abort: The person said no.
        InvalidError: There is nobody to ask.
    """
    if not sys.stdin.isatty():
        raise InvalidError(
            f"The columns of a {plan.kind} were not checked against their source.",
            hint="Look at what was understood with --dry-run, then say --unverified.",
            reason="unverified",
        )
    click.confirm("Are these the right columns?", abort=True, err=True)


def import_with_bar(client: Client, plan: Plan, files: Files) -> Progress:
    """Run the import with a progress bar.

    Raises:
        UnavailableError: It was cut off; says that running it again goes on.
    """
    from shopward_client import NoAnswerError
    from shopward_client import UnavailableError as Away

    bar = terminal.Progress("importing", plan.rows)
    try:
        return importjob.run(client, plan, files, bar.to)
    except (NoAnswerError, Away) as away:
        raise UnavailableError(
            f"The import stopped: {away.detail}",
            hint="Run the same command again; it goes on where it stopped.",
        ) from None
    finally:
        bar.close()


def summarise(done: Progress, files: Files) -> None:
    """Say what came of an import, and what to do next."""
    terminal.pairs(
        {
            "stored": done.stored,
            "already there": done.already,
            "rejected": done.rejected,
            "tokens": files.tokens if done.stored else None,
            "rejects": files.rejects if done.rejected else None,
        }
    )
    if done.rejected:
        terminal.say("next: correct the rows listed, and import them in a file of their own")
    else:
        terminal.say("next: keep the tokens in your shop's database instead of the data")
