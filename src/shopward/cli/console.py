"""`shopward console` runs the control plane: the web pages."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from shopward.cli import connection, terminal
from shopward.settings import Settings


@click.command("console")
@click.pass_obj
def console_verb(config: Path | None) -> None:
    """Run the web pages.

    They run until SIGTERM or Ctrl-C, ask the data plane over its socket, and hold no key of the
    vault. Start the data plane beside them with `shopward serve`; pages say so while it does not
    answer.
    """
    from shopward.console import server

    house = connection.settings_of(config)
    with suppress(KeyboardInterrupt):
        server.serve(house, ready=lambda: announce(house))
    terminal.say("stopped")


def announce(house: Settings) -> None:
    """Say where the two sites are."""
    from shopward.console.sites import sites_of

    origins = " and ".join(site.origin for site in sites_of(house.console).values())
    terminal.say(f"the control plane is ready on {origins}")
