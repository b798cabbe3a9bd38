"""`shopward index`: what the policy's search indexes are, and what each would give away."""

from __future__ import annotations

from pathlib import Path

import click

from shopward.cli import connection, options, terminal
from shopward.cli.options import manual
from shopward.cli.waiting import until_over
from shopward.errors import ConflictError, InvalidError, UnavailableError
from shopward.policy import Index, load

HEADERS = ("index", "used")


@click.group("index")
def index_verb() -> None:
    """Search indexes: list them, build them anew, attack them first.

    An index other than `unique` shows a thief of the database how often values occur. It is used
    only when `accepts_leak` in the policy says who accepted that.
    """


@index_verb.command("list")
@options.as_json
@click.pass_obj
def list_(config: Path | None, *, as_json: bool) -> None:
    """List the indexes that the policy file names, besides `unique` ones."""
    found = _indexes(config)
    if as_json:
        terminal.document([{"index": one.id, "used": one.is_live} for one in found])
        return
    terminal.table(HEADERS, [(one.id, "yes" if one.is_live else "no") for one in found])


@index_verb.command("build")
@click.pass_obj
def build(config: Path | None) -> None:
    """Put every customer into the indexes that are used, and out of the others.

    This begins by itself when another policy comes in force; it goes on after a restart.
    """
    with connection.as_operator(config) as client:
        job = client.start_job("index").job
        terminal.pairs({"job": job.id, "state": job.state})


@index_verb.command(
    "lint",
    epilog=manual(
        "The attack matches how often values occur with a table of how often they should: one half "
        "of the customers is the table, the other is attacked; then with every count known. It "
        "agrees up to 1 in 100 customers guessed, warns up to 1 in 10, and refuses above, or with "
        "fewer than 1,000 customers.",
        example=("shopward index lint", "shopward index lint prefix-folded:last_name"),
    ),
)
@click.argument("names", metavar="INDEX...", nargs=-1)
@click.pass_obj
def lint(config: Path | None, *, names: tuple[str, ...]) -> None:
    """Attack indexes with this shop's own customers, used or not. Exit code 1 when one is refused.

    Nothing about a customer leaves the data plane but how many were guessed.
    """
    known = [one.id for one in _indexes(config)]
    if unknown := [name for name in names if name not in known]:
        raise InvalidError(
            f"The policy file names no index `{unknown[0]}`.",
            hint="`shopward index list` shows them.",
        )
    if not connection.is_running(connection.settings_of(config).listen.admin_socket):
        raise UnavailableError("No data plane runs.", hint="Start it with `shopward serve`.")
    notes = {}
    with connection.as_operator(config) as client:
        for name in names or known:
            started = client.start_job("lint", name).job
            notes[name] = until_over(client, started.id, started.total).note
    for name, note in notes.items():
        terminal.data(f"{name}: {note}")
    refused = [name for name, note in notes.items() if note.endswith("refuses")]
    if refused:
        raise ConflictError(
            f"The linter refuses {len(refused)} of {len(notes)} indexes.",
            hint="Combine the field with another ([[compound]]), leave the index out, or accept "
            "these figures in policy.toml (`accepts_leak`).",
        )


def _indexes(config: Path | None) -> tuple[Index, ...]:
    return load(connection.settings_of(config).policy).indexes
