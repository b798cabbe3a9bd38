"""`shopward trust`: lets this machine's programs and browser believe the local certificates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from shopward.cli import connection, terminal
from shopward.errors import ConfigError
from shopward.tls.files import root_pem
from shopward.tls.trust import Store, stores

HEADERS = ("store", "state")


@click.group("trust")
def trust_verb() -> None:
    """Let browsers trust the local certificate authority.

    `shopward run` serves https://shopward.localhost with a certificate of an authority that it
    made itself. That authority can vouch for this one name and the names below it, and for no
    other site.
    """


@trust_verb.command("install")
@click.pass_obj
def install(config: Path | None) -> None:
    """Trust it in the system's store and in the browser's."""
    root, places = _root(config), list(_usable())
    for store in places:
        store.install(root)
        terminal.say(f"the {store.name} store trusts it; restart programs that run")
    _refuse_none(places)


@trust_verb.command("remove")
@click.pass_obj
def remove(config: Path | None) -> None:
    """Trust it no longer."""
    root, places = _root(config), list(_usable())
    for store in places:
        store.remove(root)
        terminal.say(f"the {store.name} store does not trust it any more")
    _refuse_none(places)


@trust_verb.command("list")
@click.pass_obj
def show(config: Path | None) -> None:
    """Show which store trusts it."""
    root = _root(config)
    rows = [(one.name, one.missing() or _state(one, root)) for one in stores(Path.home())]
    terminal.table(HEADERS, rows)


def _state(store: Store, root: bytes) -> str:
    return "trusted" if store.has(root) else "not trusted"


def _root(config: Path | None) -> bytes:
    return root_pem(connection.settings_of(config).tls.folder)


def _usable() -> Iterator[Store]:
    for store in stores(Path.home()):
        if why := store.missing():
            terminal.say(f"the {store.name} store is left alone: {why}")
        else:
            yield store


def _refuse_none(places: list[Store]) -> None:
    if not places:
        raise ConfigError(
            "No store could be changed.",
            hint="Run it as root for the system's store, or install libnss3-tools for the "
            "browser's.",
        )
