"""What `shopward_attach` and `shopward_detach` share: which tables, one at work, what is told."""

from __future__ import annotations

from abc import ABC, abstractmethod
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from shopward_client.django.fields import protected_in
from shopward_client.django.moving import Progress
from shopward_client.django.table import Table, alone
from shopward_client.errors import ShopwardError

EVERY = 1_000
"""Rows between two lines of progress."""


class Move(BaseCommand, ABC):
    """Goes through the tables with protected columns."""

    word = ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The tables, and the database."""
        parser.add_argument("tables", nargs="*", help="tables of the map; all unless named")
        parser.add_argument("--database", default="default", help="alias of the shop's database")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Move them.

        Raises:
            CommandError: Something is in the way; begun again, it goes on from there.
        """
        try:
            with alone(options["database"]):
                left = sum(self._one(table, options) for table in self._tables(options))
        except ShopwardError as error:
            raise CommandError(f"{error.detail}\n{error.hint}") from error
        except DatabaseError as error:
            kind = type(error).__name__
            raise CommandError(
                f"The database refused ({kind}). Its user needs to read, update and alter the "
                f"tables of the map; `manage.py migrate` makes the table of attachments."
            ) from error
        if left:
            raise CommandError(
                f"{left} rows stay as they are. Correct them, or the policy, and begin again."
            )

    def _tables(self, options: Any) -> list[Table]:
        found = {
            one._meta.db_table: Table(one, options["database"])
            for one in apps.get_models(include_auto_created=True)
            if not one._meta.proxy and protected_in(one)
        }
        unknown = sorted(set(options["tables"]) - set(found))
        if unknown:
            raise CommandError(f"The map has no confirmed column of {unknown[0]}.")
        return [
            one for name, one in found.items() if not options["tables"] or name in options["tables"]
        ]

    def _one(self, table: Table, options: Any) -> int:
        if not table.fields:
            return 0
        progress = Progress(self._teller(table))
        self.move(table, progress, options)
        columns = ", ".join(one.column for one in table.fields)
        self.stdout.write(f"{table.name}: {progress.moved:,} rows {self.word} ({columns})")
        for pk, why in progress.refused.items():
            self.stderr.write(f"{table.name} {pk}: stays as it is ({why})")
        return progress.refusals

    def _teller(self, table: Table) -> Callable[[int, int], None]:
        total, told = table.count(), [0]

        def tell(seen: int, moved: int) -> None:
            if seen - told[0] >= EVERY:
                told[0] = seen
                self.stdout.write(f"{table.name}: {seen:,} of {total:,} rows, {moved:,} moved")

        return tell

    @abstractmethod
    def move(self, table: Table, progress: Progress, options: Any) -> None:
        """Move one table."""
