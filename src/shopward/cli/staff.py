"""`shopward staff`: how the people who work here get in, as far as it is the operator's part."""

from __future__ import annotations

from pathlib import Path

import click

from shopward.cli import connection, terminal


@click.group("staff")
def staff_verb() -> None:
    """Let the first person in; everybody else is invited by them."""


@staff_verb.command("link")
@click.pass_obj
def link(config: Path | None) -> None:
    """Make a link that makes an administrator.

    For a shop in which nobody is left who manages people. It works once, for 24 hours, and ends
    every earlier one. It is printed here and written nowhere: whoever opens it is let in. The
    ledger says that the operator made it.
    """
    from shopward.console import server

    server.prepare(connection.settings_of(config))
    from shopward.console import first_run

    terminal.data(first_run.new_link())
    terminal.say("open it within 24 hours; it works once")
