"""The room's pages on the public site."""

from __future__ import annotations

from django.urls import path

from shopward.portal.web.views import open as for_all

app_name = "portal"
urlpatterns = [
    path("guides/", for_all.guides, name="guides"),
    path("guides/<slug:slug>/", for_all.guide, name="guide"),
    path("verify/", for_all.verify, name="verify"),
]
