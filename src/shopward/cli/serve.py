"""`shopward serve` runs the data plane."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from shopward.cli import connection, options, supervise, terminal
from shopward.settings import Settings


@click.command("serve")
@click.option(
    "--create", is_flag=True, help="Make the keystore and the store first, where there are none."
)
@options.supervised
@click.pass_obj
def serve_verb(config: Path | None, *, create: bool, is_supervised: bool) -> int:
    """Run the data plane until SIGTERM or Ctrl-C.

    It holds the keys and the store; nothing else may open them meanwhile. Requests under way are
    finished before it stops.
    """
    from shopward.api import server

    if is_supervised:
        supervise.watch()
    house = connection.settings_of(config)
    if create:
        server.initialise(house)
    else:
        connection.refuse_absent(house)
    from shopward.cli.main import failed

    status = 0
    with suppress(KeyboardInterrupt):
        status = server.serve(house, ready=lambda: _announce(house), failed=failed)
    terminal.say("stopped")
    return status


def _announce(house: Settings) -> None:
    listen = house.listen
    doors = [f"http{'s' if listen.tls_certificate else ''}://{listen.tcp}"] if listen.tcp else []
    terminal.say("the data plane is ready on " + " and ".join([*doors, str(listen.socket)]))
