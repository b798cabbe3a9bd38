"""The staff site's map of URLs; nothing of the other site is in it."""

from __future__ import annotations

from django.urls import include, path

from shopward.console.urls import STATIC, handler400, handler403, handler404, handler500
from shopward.console.views import home

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("", home.staff, name="home"),
    path("", include("shopward.identity.web.urls")),
    STATIC,
]
