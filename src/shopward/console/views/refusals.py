"""Pages that say no: not found, not allowed, expired, broken. Each says what to do next."""

from __future__ import annotations

import sys
from typing import Final

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

SORRY: Final = "Something unexpected happened. Try again; if it stays, tell whoever runs Shopward."

AWAY: Final = (
    "The database of accounts does not answer. Nothing was changed; try again in a moment."
)
SOON_S: Final = "5"


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - told to nobody
    """A form that was open too long, or that another site sent."""
    return render(request, "console/refusal.html", {"what": "csrf"}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """A request that cannot be understood."""
    return render(request, "console/refusal.html", {"what": "bad"}, status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """A page that this account may not see."""
    return render(request, "console/refusal.html", {"what": "forbidden"}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """A page that is not there."""
    return render(request, "console/refusal.html", {"what": "missing"}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Something nobody expected; when even this page cannot be made, a sentence.

    Nothing may leave here: the server around it would write the exception's text to the log.
    A server of PostgreSQL that is away is no fault of the page: that is told as 503, without the
    page's frame. SQLite's errors of that kind are of any kind, a damaged file among them.
    """
    is_away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    if is_away and connection.vendor == "postgresql":
        said = HttpResponse(AWAY, status=503, content_type="text/plain; charset=utf-8")
        said["Retry-After"] = SOON_S
        return said
    try:
        return render(request, "console/refusal.html", {"what": "broken"}, status=500)
    except Exception:  # noqa: BLE001 - the page's frame needs what is broken, such as the database
        return HttpResponse(SORRY, status=500, content_type="text/plain; charset=utf-8")
