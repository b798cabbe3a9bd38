"""Django's settings, made from the operator's: there is no second place to configure anything.

- Unsafe Django defaults are turned off here, once; `manage check --deploy` stays silent.
- Django reads the environment nowhere: it is configured, not pointed at a module.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

import django
import msgspec
from django.conf import settings as configured

from shopward.console.database import building, database
from shopward.console.sites import sites_of
from shopward.settings import Settings

APPS: Final = (
    "shopward.identity.web.apps.IdentityConfig",
    "shopward.portal.web.apps.PortalConfig",
    "shopward.identity.web.oidc.apps.OidcConfig",
    "shopward.console.apps.ConsoleConfig",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
)
"""Ours first: where two apps translate the same word, the first one's is taken."""
MIDDLEWARE: Final = (
    "shopward.console.middleware.SiteMiddleware",
    "shopward.console.middleware.HeadersMiddleware",
    "shopward.console.sessions.SiteSessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "shopward.console.middleware.RealmMiddleware",
    "shopward.identity.web.middleware.ClosedSiteMiddleware",
)
CONTEXT: Final = (
    "django.template.context_processors.request",
    "django.template.context_processors.csrf",
    "django.template.context_processors.i18n",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
    "shopward.console.frame.frame",
)
IDENTITY: Final = {
    "AUTHENTICATION_BACKENDS": ["shopward.identity.web.backend.AccountBackend"],
    "PASSWORD_HASHERS": [],
    "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
    "ACCOUNT_LOGIN_METHODS": {"email"},
    "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*"],
    "ACCOUNT_EMAIL_VERIFICATION": "mandatory",
    "MFA_SUPPORTED_TYPES": ["webauthn", "totp", "recovery_codes"],
}
"""What allauth is told. None of its pages is mounted; the room's flows use its tables."""
STRANGER_S: Final = 3600
"""How long the session of somebody who is not signed in is kept; sign-in sets its own end."""
FORM_BYTES: Final = 1 << 20
FORM_FIELDS: Final = 500


def configure(house: Settings, secret_key: str) -> None:
    """Set Django up in this process; once."""
    configured.configure(**django_settings(house, secret_key))
    django.setup()


def configure_for_restore(house: Settings) -> None:
    """Set Django up for a database of accounts that is being made; once or again."""
    if configured.configured:
        return
    console = building(house.console)
    configure(msgspec.structs.replace(house, console=console), secrets.token_hex(32))


def django_settings(house: Settings, secret_key: str) -> dict[str, Any]:
    """Every setting of Django that differs from its default.

    Args:
        house: The operator's settings.
        secret_key: What signs cookies and links. Secret.
    """
    sites = sites_of(house.console)
    return {
        "SHOPWARD": house,
        "SITES": sites,
        "SECRET_KEY": secret_key,
        "DEBUG": False,
        "ALLOWED_HOSTS": [site.host for site in sites.values()],
        "INSTALLED_APPS": list(APPS),
        "MIDDLEWARE": list(MIDDLEWARE),
        "ROOT_URLCONF": sites["public"].urlconf,
        "AUTH_USER_MODEL": "identity.Account",
        **IDENTITY,
        "RECORD_EVENT": "shopward.console.outbox.record",
        "QUEUE_MAIL": "shopward.console.mail.queue",
        "QUEUE_SMS": "shopward.console.sms.queue",
        "SMS_STATE": "shopward.console.sms.state",
        "PORTAL_HOUSE": "shopward.console.portal_house.portal_house",
        "PORTAL_CODES": "shopward.console.confirming.portal_codes",
        "VAULT_IN_ROLE": "shopward.console.vouch.in_role",
        "VAULT_OF_PERSON": "shopward.console.vouch.for_person",
        "DATABASES": {"default": database(house.console)},
        "READ_FOR_SHOP": "shopward.console.reading.read",
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "TEMPLATES": [_templates()],
        "STORAGES": {
            "staticfiles": {"BACKEND": "shopward.console.static_files.BuildStorage"},
        },
        "STATIC_URL": "/static/",
        "MESSAGE_STORAGE": "django.contrib.messages.storage.session.SessionStorage",
        "DATA_UPLOAD_MAX_MEMORY_SIZE": FORM_BYTES,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": FORM_FIELDS,
        **_languages(house),
        **_cookies(),
        "LOGGING_CONFIG": None,
    }


def _templates() -> dict[str, Any]:
    return {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": list(CONTEXT),
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }


def _languages(house: Settings) -> dict[str, Any]:
    return {
        "USE_I18N": True,
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "LANGUAGE_CODE": house.console.language,
        "LANGUAGES": [("en", "English"), ("de", "Deutsch")],
        "LANGUAGE_COOKIE_NAME": "__Host-language",
        "LANGUAGE_COOKIE_SECURE": True,
        "LANGUAGE_COOKIE_HTTPONLY": True,
        "LANGUAGE_COOKIE_SAMESITE": "Lax",
    }


def _cookies() -> dict[str, Any]:
    return {
        "SESSION_ENGINE": "django.contrib.sessions.backends.db",
        "SESSION_COOKIE_AGE": STRANGER_S,
        "SESSION_COOKIE_NAME": "__Host-session",
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "CSRF_COOKIE_SECURE": True,
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Strict",
        "CSRF_FAILURE_VIEW": "shopward.console.views.refusals.csrf",
    }
