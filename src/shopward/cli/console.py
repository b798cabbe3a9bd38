"""`shopward console` runs the control plane: the web pages."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from shopward.cli import connection, options, supervise, terminal
from shopward.settings import Settings


@click.command("console")
@click.option("--key", "is_key", is_flag=True, help="Print the key that signs assertions, and end.")
@options.supervised
@click.pass_obj
def console_verb(config: Path | None, *, is_key: bool, is_supervised: bool) -> None:
    """Run the web pages.

    They run until SIGTERM or Ctrl-C, ask the data plane over its socket, and hold no key of the
    vault. Start the data plane beside them with `shopward serve`; pages say so while it does not
    answer.
    """
    from shopward.console import asserting, server

    if is_key:
        terminal.data(asserting.signer_of(connection.settings_of(config)).vkey)
        return
    if is_supervised:
        supervise.watch()
    house = connection.settings_of(config)
    with suppress(KeyboardInterrupt):
        server.serve(house, ready=lambda link: _announce(house, link))
    terminal.say("stopped")


def _announce(house: Settings, link: str | None) -> None:
    """Say where the two sites are, and how the first administrator comes in."""
    from shopward.console.sites import sites_of

    origins = " and ".join(site.origin for site in sites_of(house.console).values())
    terminal.say(f"the control plane is ready on {origins}")
    if link is not None:
        terminal.say("nobody has an account yet; this link makes the first administrator, once:")
        terminal.data(link)
