"""The portal app."""

from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The customers' pages; `portal` in the database."""

    name = "shopward.portal.web"
    label = "portal"
    verbose_name = "Shopward portal"
    default_auto_field = "django.db.models.BigAutoField"
