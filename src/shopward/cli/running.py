"""`shopward run`: an installation to try, with both its processes and the example shop."""

from __future__ import annotations

import socket
import threading
from contextlib import closing
from pathlib import Path

import click

from shopward import settings
from shopward.cli import connection, terminal
from shopward.cli.installation import Installation, example_folder
from shopward.cli.supervise import Child, Supervisor
from shopward.errors import UnavailableError
from shopward.settings import Settings
from shopward.store.opening import is_there

GRACE_S = 20.0
PROBE_S = 1.0


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

    Sets up everything, runs the data plane and the web pages, and shows what to do.

    The first start makes an installation with its own keys, callers and policy, imports the
    customers of the example shop, and states a few facts about them. Later starts go on with the
    same data. For real customers, write settings with the profile `production` and use `serve` and
    `console`.
    """
    if config:
        raise click.UsageError("run makes its own settings; use `shopward serve` with --config.")
    from shopward.api import server

    place, example = Installation(home), example_folder()
    place.make(example)
    house = settings.load(place.settings)
    if not (is_there(house.store) and house.custodian.keystore.exists()):
        server.initialise(house)
    supervisor = Supervisor(
        place.settings,
        [
            Child(
                "data plane",
                place.settings,
                "serve",
                lambda: connection.is_running(house.listen.socket),
            ),
            Child("control plane", place.settings, "console", lambda: _answers(house)),
        ],
    )
    guide = _Guide(place, house, example, supervisor)
    try:
        supervisor.run(guide.start)
    finally:
        guide.finish()
    if supervisor.failed:
        return 1
    terminal.say("stopped; the data is kept")
    return 0


def _answers(house: Settings) -> bool:
    """Whether somebody listens on the staff's port."""
    address = house.console.address("staff")
    if address is None:
        return False
    try:
        with closing(socket.create_connection(address, PROBE_S)):
            return True
    except OSError:
        return False


class _Guide(threading.Thread):
    """Takes the tour beside the running processes; stops them when it fails."""

    def __init__(
        self, place: Installation, house: Settings, example: Path, supervisor: Supervisor
    ) -> None:
        super().__init__(name="guide", daemon=True)
        self._parts = (place, house, example)
        self._supervisor = supervisor
        self._stopped = threading.Event()

    def finish(self) -> None:
        """The end has begun: wait for the tour, if it was ever started."""
        self._stopped.set()
        if self.ident is not None:
            self.join(GRACE_S)

    def run(self) -> None:
        """Take the tour; an interruption by the end of the data plane is no failure."""
        from shopward.cli.main import failed
        from shopward.cli.tour import Tour

        try:
            Tour(*self._parts, self._stopped.is_set).take()
        except Exception as wrong:  # noqa: BLE001 - told like any verb's failure
            if not self._was_cut_off(wrong):
                failed(wrong)
                self._supervisor.stop(failed=True)

    def _was_cut_off(self, wrong: Exception) -> bool:
        from shopward_client import NoAnswerError
        from shopward_client import UnavailableError as Away

        return isinstance(wrong, UnavailableError | NoAnswerError | Away) and self._stopped.wait(
            GRACE_S
        )
