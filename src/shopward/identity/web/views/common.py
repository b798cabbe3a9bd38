"""What the pages share: who asks, where to go next, and the way to a fresh proof."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any, Final

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from shopward import clock
from shopward.identity.web import detour, session, shop
from shopward.identity.web.models import Account, Realm

REFUSED: Final = 403
BEAT_S: Final = 0.5
View = Callable[..., HttpResponse]


def me(request: HttpRequest) -> Account:
    """Who is signed in; the middleware let nobody else through."""
    account = request.user
    if not isinstance(account, Account):
        raise TypeError("nobody is signed in")
    return account


def wanted(request: HttpRequest) -> str:
    """The page that was asked for before; empty if it is none of this site."""
    said = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, "")
    good = url_has_allowed_host_and_scheme(said, {request.get_host()}, require_https=True)
    return said if good and said.startswith("/") else ""


def to_landing(request: HttpRequest, place: str = "") -> HttpResponseRedirect:
    """To the page that was wanted, now or some pages ago; else to where a sign-in leads."""
    kept = detour.arrived(request)
    return HttpResponseRedirect(place or kept or landing(request))


def to_sign_in(request: HttpRequest) -> HttpResponseRedirect:
    """To the beginning, and from there to the page that was wanted."""
    kept = request.session.get(session.PENDING) or {}
    place = kept.get("next") or detour.wanted(request)
    query = "?" + urlencode({REDIRECT_FIELD_NAME: place}) if place else ""
    return HttpResponseRedirect(resolve_url("identity:sign-in") + query)


def landing(request: HttpRequest) -> str:
    """The page after a sign-in that wanted none: staff's overview, a customer's security."""
    if shop.site_of(request).realm == Realm.STAFF:
        return "/"
    with suppress(NoReverseMatch):
        return reverse("portal:home")
    return resolve_url("identity:factors")


def go(name: str, *values: Any) -> HttpResponseRedirect:  # noqa: ANN401 - parts of an address
    """To another page, by GET."""
    return HttpResponseRedirect(resolve_url(f"identity:{name}", *values))


def page(request: HttpRequest, name: str, status: int = 200, **values: object) -> HttpResponse:
    """A page of this room, in the words of the realm where it has its own."""
    realm = shop.site_of(request).realm
    names = [f"identity/{realm}/{name}.html", f"identity/{name}.html"]
    return render(request, names, values, status=status)


def steady(view: View) -> View:
    """Lets every answer to a form leave on a beat, so that its time tells nobody who is known."""

    @wraps(view)
    def asked(request: HttpRequest, *given: Any, **more: Any) -> HttpResponse:  # noqa: ANN401
        began = clock.monotonic_s()
        answer = view(request, *given, **more)
        if request.method == "POST":
            wait_for_beat(began)
        return answer

    return asked


def wait_for_beat(began: float) -> None:
    """Waits until whole beats have gone by since a moment of `clock.monotonic_s`."""
    time.sleep(BEAT_S - (clock.monotonic_s() - began) % BEAT_S)


def fresh(view: View) -> View:
    """Asks for a factor again before the page, if the last proof is a while ago."""

    @wraps(view)
    def asked(request: HttpRequest, *given: Any, **more: Any) -> HttpResponse:  # noqa: ANN401
        if session.is_fresh(request, clock.now()):
            return view(request, *given, **more)
        place = request.get_full_path() if request.method == "GET" else request.path
        query = urlencode({REDIRECT_FIELD_NAME: place})
        return HttpResponseRedirect(f"{resolve_url('identity:prove')}?{query}")

    return asked
