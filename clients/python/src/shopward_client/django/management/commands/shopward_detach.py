"""`manage.py shopward_detach`: writes the values back into the map's columns, as they were."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from shopward_client.django import conf, moving
from shopward_client.django.moves import Move
from shopward_client.django.table import Table


class Command(Move):
    """Stop the shop before, and take the app out of its settings afterwards."""

    help = "Write the values back into the map's columns; every row is entered as looked at."
    word = "written back"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Why, and what becomes of the customers in the vault."""
        super().add_arguments(parser)
        parser.add_argument(
            "--purpose",
            help="a purpose that shows all of the fields in clear; the shop's unless named",
        )
        parser.add_argument(
            "--erase", action="store_true", help="erase the customers in the vault afterwards"
        )

    def move(self, table: Table, progress: moving.Progress, options: Any) -> None:
        """Write the rows, then give the columns their width back."""
        purpose = options["purpose"] or conf.purpose()
        moving.detach(table, progress, purpose=purpose, erase=options["erase"])
        if not progress.refusals:
            for column in table.narrow():
                self.stdout.write(f"{table.name}: {column} is as wide as before")
