"""A browser's requests to one of the two sites, without a socket."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpResponse
from django.test import Client

from shopward.console.sessions import signed
from shopward.console.sites import SCOPE_KEY, Site


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

    def be(self, account: AbstractBaseUser) -> None:
        """Signed in, without the sign-in form."""
        self.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        key = self.cookies.pop(settings.SESSION_COOKIE_NAME).value
        self.cookies[self.site.cookie] = signed(self.site, key)
