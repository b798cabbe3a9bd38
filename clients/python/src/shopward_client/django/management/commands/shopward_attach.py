"""`manage.py shopward_attach`: moves the values of the map's columns into the vault."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from shopward_client.django import moving
from shopward_client.django.moves import Move
from shopward_client.django.table import Table


class Command(Move):
    """Begun again after whatever ended it, it goes on; a second one at a time is refused."""

    help = "Move the values of the map's columns into the vault; tokens take their place."
    word = "moved into the vault"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What is said about texts that look like tokens."""
        super().add_arguments(parser)
        parser.add_argument(
            "--tokens", action="store_true", help="texts that look like tokens are tokens"
        )

    def move(self, table: Table, progress: moving.Progress, options: Any) -> None:
        """Widen the columns, then move the rows."""
        for column in table.widen():
            self.stdout.write(f"{table.name}: {column} is wide enough for tokens")
        moving.attach(table, progress, are_tokens=options["tokens"])
