"""The identity app."""

from __future__ import annotations

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Accounts of both realms; `identity` in the database and in AUTH_USER_MODEL."""

    name = "shopward.identity.web"
    label = "identity"
    verbose_name = "Shopward identity"
    default_auto_field = "django.db.models.BigAutoField"
