"""Oscar's pages, Django's admin, and the sign-in through Shopward where that is set up."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("", include(apps.get_app_config("oscar").urls[0])),
]
if getattr(settings, "SHOPWARD_SIGN_IN", None):
    urlpatterns.insert(0, path("shopward/", include("examples.oscar_shop.sign_in")))
