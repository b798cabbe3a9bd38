"""A browser's requests to one of the two sites, without a socket."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpResponse
from django.test import Client, RequestFactory

from shopward import clock
from shopward.console.sessions import signed
from shopward.console.sites import SCOPE_KEY, Site
from shopward.identity.assurance import Factor, Shown
from shopward.identity.web import session
from shopward.identity.web.models import Account


class Visitor(Client):
    """Asks one site over https, as its listener would."""

    def __init__(self, name: str, **more: Any) -> None:
        self.site: Site = settings.SITES[name]
        super().__init__(headers={"host": self.site.origin.removeprefix("https://")}, **more)

    def generic(self, *given: Any, **more: Any) -> HttpResponse:
        """Every request, whatever its method."""
        answer: HttpResponse = super().generic(
            *given, **more | {"secure": True, SCOPE_KEY: self.site.name}
        )
        return answer

    def be(self, account: Account, *factors: Factor) -> None:
        """Signed in as the flows would, without the sign-in form; with a passkey by default."""
        request = RequestFactory(REMOTE_ADDR="127.0.0.1").get("/")
        request.session = SessionStore()
        seen = [Shown(one, clock.now()) for one in factors or (Factor.PASSKEY,)]
        session.begin(request, account, seen)
        self.cookies[self.site.cookie] = signed(self.site, request.session.session_key or "")
