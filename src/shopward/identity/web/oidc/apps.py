"""The OpenID provider's app."""

from __future__ import annotations

from django.apps import AppConfig


class OidcConfig(AppConfig):
    """Shops that customers sign in to, and what they were given; `oidc` in the database."""

    name = "shopward.identity.web.oidc"
    label = "oidc"
    verbose_name = "Shopward sign-in for shops"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """What a sign-in gave ends when the account's sessions are ended."""
        from shopward.identity.web import session  # noqa: PLC0415 - models are loaded now
        from shopward.identity.web.oidc import grants  # noqa: PLC0415 - as above

        session.sessions_ended.connect(grants.end_all, dispatch_uid="oidc")
