"""Both sites are closed: every page asks for a complete sign-in unless it says otherwise.

- `is_open`: anybody may ask (sign-in, links of one use, static files).
- `for_binding`: also who came in by a code alone and has to bind a factor first.
- A session that is over is ended before any view sees it. Whoever's session rests is nobody to
  every page but the two `for_resting`: where one factor is shown, and where one signs out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import urlencode

from shopward import clock
from shopward.errors import UnavailableError
from shopward.identity.web import session

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def is_open(view: View) -> View:
    """Marks a view that anybody may ask."""
    view.is_open = True  # type: ignore[attr-defined]
    return view


def for_binding(view: View) -> View:
    """Marks a view that a session without a strong factor may ask."""
    view.for_binding = True  # type: ignore[attr-defined]
    return view


def for_resting(view: View) -> View:
    """Marks a view that a session may ask which has to show a factor again first."""
    view.for_resting = True  # type: ignore[attr-defined]
    return view


class ClosedSiteMiddleware:
    """Keeps the sites closed, and ends sessions that are over."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer; a session that is over is ended first."""
        if request.user.is_authenticated:
            now = clock.now()
            if session.is_resting(request, now):
                request.resting = request.user  # type: ignore[attr-defined]  # asked by `door`
                request.user = AnonymousUser()
            elif not session.is_alive(request, now):
                session.end([request.session.session_key or ""])
                request.session.flush()
                request.user = AnonymousUser()
        return self._get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: object,
        args: object,
        kwargs: object,
    ) -> HttpResponse | None:
        """Sends who may not see this page to where he can sign in."""
        del args, kwargs
        resting = getattr(request, "resting", None)
        if resting is not None and getattr(view, "for_resting", False):
            request.user = resting
            return None
        if getattr(view, "is_open", False):
            return None
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        if session.is_complete(request) or getattr(view, "for_binding", False):
            return None
        return HttpResponseRedirect(resolve_url("identity:factors"))

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Too many sign-ins at once: come back in a moment."""
        if not isinstance(error, UnavailableError):
            return None
        answer = render(request, "identity/busy.html", {"error": error}, status=503)
        answer["Retry-After"] = "5"
        return answer


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    where = request.get_full_path() if request.method == "GET" else "/"
    query = "" if where == "/" else "?" + urlencode({REDIRECT_FIELD_NAME: where})
    return HttpResponseRedirect(resolve_url(session.door(request)) + query)
