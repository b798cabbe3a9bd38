"""What both maps of URLs share: static files, the language, and the pages that say no."""

from __future__ import annotations

from typing import Final

from django.urls import path

from shopward.console import static_files
from shopward.console.views import language, refusals
from shopward.identity.web.middleware import is_open

SHARED: Final = [
    path("static/<str:digest>/<path:path>", is_open(static_files.serve)),
    path("language/", is_open(language.choose), name="language"),
]

handler400 = refusals.bad_request
handler403 = refusals.forbidden
handler404 = refusals.not_found
handler500 = refusals.broken
