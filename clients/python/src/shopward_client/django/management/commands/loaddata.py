"""Django's `loaddata`, with tokens in place of values: nobody's data is looked at."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import loaddata

from shopward_client.django.page import tokens_only


class Command(loaddata.Command):
    """As Django's own, for protected fields too."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        """Run it on tokens."""
        with tokens_only():
            return super().handle(*args, **options)
