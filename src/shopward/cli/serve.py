"""`shopward serve` runs the data plane; `shopward run` also makes an installation around it."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from pathlib import Path

import click

from shopward import settings
from shopward.cli import connection, terminal
from shopward.cli.installation import Installation, example_folder
from shopward.errors import UnavailableError
from shopward.settings import Settings
from shopward.store.opening import is_there

GRACE_S = 20.0


@click.command("serve")
@click.option(
    "--create", is_flag=True, help="Make the keystore and the store first, where there are none."
)
@click.pass_obj
def serve_verb(config: Path | None, *, create: bool) -> None:
    """Run the data plane until SIGTERM or Ctrl-C.

    It holds the keys and the store; nothing else may open them meanwhile. Requests under way are
    finished before it stops.
    """
    from shopward.api import server

    house = connection.settings_of(config)
    if create:
        server.initialise(house)
    else:
        connection.refuse_absent(house)
    with suppress(KeyboardInterrupt):
        server.serve(house, ready=lambda: _announce(house))
    terminal.say("stopped")


@click.command("run")
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var"),
    show_default=True,
    help="The folder of the installation; it is made when it is not there.",
)
@click.pass_obj
def run_verb(config: Path | None, home: Path) -> int:
    """Try Shopward with an example shop.

    Sets up everything, runs it, and shows what to do.

    The first start makes an installation with its own keys, callers and policy, imports the
    customers of the example shop, and states a few facts about them. Later starts go on with the
    same data. For real customers, write settings with the profile `production` and use `serve`.
    """
    if config:
        raise click.UsageError("run makes its own settings; use `shopward serve` with --config.")
    from shopward.api import server

    place, example = Installation(home), example_folder()
    stopped = threading.Event()
    with suppress(KeyboardInterrupt):
        place.make(example)
        house = settings.load(place.settings)
        if not (is_there(house.store) and house.custodian.keystore.exists()):
            server.initialise(house)
        guide = _Guide(place, house, example, stopped)
        try:
            server.serve(house, ready=guide.start)
        finally:
            stopped.set()
            guide.join(GRACE_S)
        if guide.failed:
            return 1
    terminal.say("stopped; the data is kept")
    return 0


class _Guide(threading.Thread):
    """Takes the tour beside the running data plane; stops the data plane when it fails."""

    def __init__(
        self, place: Installation, house: Settings, example: Path, stopped: threading.Event
    ) -> None:
        super().__init__(name="guide", daemon=True)
        self._parts = (place, house, example)
        self._stopped = stopped
        self.failed = False

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end, if it was ever started."""
        if self.ident is not None:
            super().join(timeout)

    def run(self) -> None:
        """Take the tour; an interruption by the end of the data plane is no failure."""
        from shopward.cli.main import failed
        from shopward.cli.tour import Tour

        try:
            Tour(*self._parts, self._stopped.is_set).take()
        except Exception as wrong:  # noqa: BLE001 - told like any verb's failure
            if not self._was_cut_off(wrong):
                self.failed = True
                failed(wrong)
                os.kill(os.getpid(), signal.SIGTERM)

    def _was_cut_off(self, wrong: Exception) -> bool:
        from shopward_client import NoAnswerError
        from shopward_client import UnavailableError as Away

        return isinstance(wrong, UnavailableError | NoAnswerError | Away) and self._stopped.wait(
            GRACE_S
        )


def _announce(house: Settings) -> None:
    listen = house.listen
    doors = [f"http{'s' if listen.tls_certificate else ''}://{listen.tcp}"] if listen.tcp else []
    terminal.say("the data plane is ready on " + " and ".join([*doors, str(listen.socket)]))
