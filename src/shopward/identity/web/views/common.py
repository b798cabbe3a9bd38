"""What the pages share: who asks, where to go next, and the way to a fresh proof."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from shopward import clock
from shopward.identity.web import session
from shopward.identity.web.models import Account

REFUSED: Final = 403
View = Callable[..., HttpResponse]


def me(request: HttpRequest) -> Account:
    """Who is signed in; the middleware let nobody else through."""
    account = request.user
    if not isinstance(account, Account):
        raise TypeError("nobody is signed in")
    return account


def wanted(request: HttpRequest) -> str:
    """The page that was asked for before; the first page if it is none of this site."""
    said = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, "")
    good = url_has_allowed_host_and_scheme(said, {request.get_host()}, require_https=True)
    return said if good and said.startswith("/") else "/"


def go(name: str, *values: Any) -> HttpResponseRedirect:  # noqa: ANN401 - parts of an address
    """To another page, by GET."""
    return HttpResponseRedirect(resolve_url(f"identity:{name}", *values))


def page(request: HttpRequest, name: str, status: int = 200, **values: object) -> HttpResponse:
    """A page of this room."""
    return render(request, f"identity/{name}.html", values, status=status)


def fresh(view: View) -> View:
    """Asks for a factor again before the page, if the last proof is a while ago."""

    @wraps(view)
    def asked(request: HttpRequest, *given: Any, **more: Any) -> HttpResponse:  # noqa: ANN401
        if session.is_fresh(request, clock.now()):
            return view(request, *given, **more)
        query = urlencode({REDIRECT_FIELD_NAME: request.path})
        return HttpResponseRedirect(f"{resolve_url('identity:prove')}?{query}")

    return asked
