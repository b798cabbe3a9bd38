"""A django-oscar shop as its documentation sets one up, and four lines that protect it.

The environment gives what differs between installations: `OSCAR_DATABASE` (a file, or JSON),
`OSCAR_SECRET`, and `SHOPWARD_URL` and `SHOPWARD_CREDENTIAL`, without which it is not protected.
`OSCAR_OIDC` is a file with what the shop needs to let customers sign in through Shopward.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from oscar.defaults import *  # noqa: F403 - as oscar's documentation says

HERE = Path(__file__).resolve().parent
PROTECTED = "SHOPWARD_URL" in os.environ

_database = os.environ.get("OSCAR_DATABASE", "")
DATABASES: dict[str, Any] = {
    "default": json.loads(_database)
    if _database.startswith("{")
    else {"ENGINE": "django.db.backends.sqlite3", "NAME": _database or ":memory:"}
}
DATABASES["default"]["ATOMIC_REQUESTS"] = True
SECRET_KEY = os.environ.get("OSCAR_SECRET", "of-no-installation")
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
DEBUG = False
ROOT_URLCONF = "examples.oscar_shop.urls"
SITE_ID = 1
USE_TZ = True
TIME_ZONE = "Europe/Berlin"
LANGUAGE_CODE = "en-gb"
STATIC_URL = "/static/"
STATIC_ROOT = os.environ.get("OSCAR_STATIC") or None
MEDIA_URL = "/media/"
MEDIA_ROOT = os.environ.get("OSCAR_MEDIA", "")
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.sites",
    "django.contrib.flatpages",
    "oscar.config.Shop",
    "oscar.apps.analytics.apps.AnalyticsConfig",
    "oscar.apps.checkout.apps.CheckoutConfig",
    "oscar.apps.address.apps.AddressConfig",
    "oscar.apps.shipping.apps.ShippingConfig",
    "oscar.apps.catalogue.apps.CatalogueConfig",
    "oscar.apps.catalogue.reviews.apps.CatalogueReviewsConfig",
    "oscar.apps.communication.apps.CommunicationConfig",
    "oscar.apps.partner.apps.PartnerConfig",
    "oscar.apps.basket.apps.BasketConfig",
    "oscar.apps.payment.apps.PaymentConfig",
    "oscar.apps.offer.apps.OfferConfig",
    "oscar.apps.order.apps.OrderConfig",
    "oscar.apps.customer.apps.CustomerConfig",
    "oscar.apps.search.apps.SearchConfig",
    "oscar.apps.voucher.apps.VoucherConfig",
    "oscar.apps.wishlists.apps.WishlistsConfig",
    "oscar.apps.dashboard.apps.DashboardConfig",
    "oscar.apps.dashboard.reports.apps.ReportsDashboardConfig",
    "oscar.apps.dashboard.users.apps.UsersDashboardConfig",
    "oscar.apps.dashboard.orders.apps.OrdersDashboardConfig",
    "oscar.apps.dashboard.catalogue.apps.CatalogueDashboardConfig",
    "oscar.apps.dashboard.offers.apps.OffersDashboardConfig",
    "oscar.apps.dashboard.partners.apps.PartnersDashboardConfig",
    "oscar.apps.dashboard.pages.apps.PagesDashboardConfig",
    "oscar.apps.dashboard.ranges.apps.RangesDashboardConfig",
    "oscar.apps.dashboard.reviews.apps.ReviewsDashboardConfig",
    "oscar.apps.dashboard.vouchers.apps.VouchersDashboardConfig",
    "oscar.apps.dashboard.communications.apps.CommunicationsDashboardConfig",
    "oscar.apps.dashboard.shipping.apps.ShippingDashboardConfig",
    "widget_tweaks",
    "haystack",
    "treebeard",
    "django_tables2",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.contrib.flatpages.middleware.FlatpageFallbackMiddleware",
    "oscar.apps.basket.middleware.BasketMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.contrib.auth.context_processors.auth",
                "django.template.context_processors.request",
                "django.template.context_processors.debug",
                "django.template.context_processors.i18n",
                "django.template.context_processors.media",
                "django.template.context_processors.static",
                "django.contrib.messages.context_processors.messages",
                "oscar.apps.search.context_processors.search_form",
                "oscar.apps.checkout.context_processors.checkout",
                "oscar.apps.communication.notifications.context_processors.notifications",
                "oscar.core.context_processors.metadata",
            ]
        },
    }
]
AUTHENTICATION_BACKENDS = [
    "oscar.apps.customer.auth_backends.EmailBackend",
    "django.contrib.auth.backends.ModelBackend",
]
HAYSTACK_CONNECTIONS = {
    "default": {
        "ENGINE": "haystack.backends.whoosh_backend.WhooshEngine",
        "PATH": os.environ["OSCAR_INDEX"],
    }
    if "OSCAR_INDEX" in os.environ
    else {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}
}
EMAIL_BACKEND = os.environ.get("OSCAR_MAIL", "django.core.mail.backends.locmem.EmailBackend")
EMAIL_FILE_PATH = os.environ.get("OSCAR_MAILBOX")
if "OSCAR_LOG" in os.environ:
    LOGGING = {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {
            "file": {"class": "logging.FileHandler", "filename": os.environ["OSCAR_LOG"]},
        },
        "root": {"handlers": ["file"], "level": "INFO"},
        "loggers": {"django.server": {"handlers": ["file"], "level": "INFO", "propagate": False}},
    }

OSCAR_SHOP_NAME = "Oscar Example"
OSCAR_DEFAULT_CURRENCY = "EUR"
OSCAR_FROM_EMAIL = "shop@example.com"
OSCAR_ALLOW_ANON_CHECKOUT = True
OSCAR_INITIAL_ORDER_STATUS = "Pending"
OSCAR_INITIAL_LINE_STATUS = "Pending"
OSCAR_ORDER_STATUS_PIPELINE = {
    "Pending": ("Being processed", "Cancelled"),
    "Being processed": ("Complete", "Cancelled"),
    "Cancelled": (),
    "Complete": (),
}

# ---------------------------------------------------------------------------------- Shopward

if PROTECTED:
    INSTALLED_APPS += ["shopward_client.django"]
    MIDDLEWARE += [
        "shopward_client.django.middleware.VaultMiddleware",
        "examples.oscar_shop.reasons.Reasons",
    ]
    SHOPWARD = {
        "url": os.environ["SHOPWARD_URL"],
        "credential_file": os.environ["SHOPWARD_CREDENTIAL"],
        "map": HERE / "columns.toml",
        "purpose": "account",
    }
    # Copies that the shop would keep elsewhere: a checkout's addresses in sessions, sent mails, and
    # in logs what staff searched for and whom oscar wrote to.
    SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    OSCAR_SAVE_SENT_EMAILS_TO_DB = False
    if "OSCAR_LOG" in os.environ:
        LOGGING["filters"] = {"discreet": {"()": "shopward_client.django.logs.Discreet"}}
        LOGGING["handlers"]["file"]["filters"] = ["discreet"]
    if "OSCAR_OIDC" in os.environ:
        SHOPWARD_SIGN_IN = json.loads(Path(os.environ["OSCAR_OIDC"]).read_text("utf-8"))
        TEMPLATES[0]["OPTIONS"]["context_processors"] += ["examples.oscar_shop.sign_in.offered"]
