"""The public site's map of URLs; nothing of the other site is in it."""

from __future__ import annotations

from django.urls import include, path

from shopward.console.urls import SHARED, handler400, handler403, handler404, handler500
from shopward.console.views import public

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("", public.home, name="home"),
    path("", include("shopward.identity.web.urls_customer")),
    path("", include("shopward.portal.web.urls")),
    path("", include("shopward.identity.web.oidc.urls")),
    *SHARED,
]
