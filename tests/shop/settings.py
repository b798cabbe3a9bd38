"""A small shop of its own: its models know nothing of Shopward, but for one field that does."""

from __future__ import annotations

import json
import os

_GIVEN = json.loads(os.environ["SHOP"])
SECRET_KEY = "of-no-installation"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "tests.shop.bookshop",
    *(["shopward_client.django"] if _GIVEN["map"] else []),
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "shopward_client.django.middleware.VaultMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {"default": _GIVEN["database"]}
ROOT_URLCONF = "tests.shop.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
USE_TZ = True
SHOPWARD = {
    "url": _GIVEN["url"],
    "credential_file": _GIVEN["credential_file"],
    "purpose": "account",
    **({"map": _GIVEN["map"]} if _GIVEN["map"] else {}),
}
