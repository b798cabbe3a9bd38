"""`shopward password`: what passwords are held against."""

from __future__ import annotations

from pathlib import Path

import click

from shopward.cli import connection, terminal
from shopward.cli.options import manual


@click.group("password")
def password_verb() -> None:
    """Hold passwords against lists of breached ones."""


@password_verb.command(
    "import-hibp",
    epilog=manual(
        example=("shopward password import-hibp pwned-passwords-sha1-ordered-by-hash.txt",)
    ),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def import_hibp(config: Path | None, *, file: Path) -> None:
    """Refuse every password of a downloaded list.

    FILE has a SHA-1 in hex, `:` and a count on each line, ordered by hash, as Have I Been Pwned
    offers it. Eight bytes of each go into the file that `identity.breached_passwords` names; a
    thousand million passwords take 8 GB. The control plane uses a new list after a restart.
    """
    from shopward.identity.breached import import_list

    target = connection.settings_of(config).identity.breached_passwords
    with file.open("rb") as lines:
        count = import_list(lines, target)
    terminal.say(f"{count:,} passwords will be refused; restart the control plane")
