"""Pages that say no: not found, not allowed, expired, broken. Each says what to do next."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

SORRY: Final = "Something unexpected happened. Try again; if it stays, tell whoever runs Shopward."


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
    """
    try:
        return render(request, "console/refusal.html", {"what": "broken"}, status=500)
    except Exception:  # noqa: BLE001 - the page's frame needs what is broken, such as the database
        return HttpResponse(SORRY, status=500, content_type="text/plain; charset=utf-8")
