"""What both maps of URLs share: static files, and the pages that say no."""

from __future__ import annotations

from typing import Final

from django.urls import path

from shopward.console import static_files
from shopward.console.views import refusals

static_files.serve.is_open = True  # type: ignore[attr-defined]  # the sign-in page has a style too
STATIC: Final = path("static/<str:digest>/<path:path>", static_files.serve)

handler400 = refusals.bad_request
handler403 = refusals.forbidden
handler404 = refusals.not_found
handler500 = refusals.broken
