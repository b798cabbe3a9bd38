"""The console app."""

from __future__ import annotations

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The frame of both sites."""

    name = "shopward.console"
    label = "console"
    verbose_name = "Shopward console"
    default_auto_field = "django.db.models.BigAutoField"
