"""A session cookie of its own for each site, signed, so that neither opens the other.

The cookie is `<key>:<signature>`; the signature is made with the site's name. A session key read
from the database opens nothing without the secret key, and a customer's cookie nothing of staff.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse

from shopward.console.sites import Site, site_of

PURPOSE: Final = "shopward.session"


def signed(site: Site, key: str) -> str:
    """What the cookie of a session says. Secret."""
    return _signer(site).sign(key)


class SiteSessionMiddleware(SessionMiddleware):
    """Django's sessions under the cookie of the site that was asked."""

    def process_request(self, request: HttpRequest) -> None:
        """The session of the site's cookie; a cookie that is not signed for the site has none."""
        name = settings.SESSION_COOKIE_NAME
        request.COOKIES.pop(name, None)
        site = site_of(request)
        try:
            key = _signer(site).unsign(request.COOKIES.get(site.cookie, ""))
        except BadSignature:
            key = None
        if key is not None:
            request.COOKIES[name] = key
        super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """What Django decided about the cookie, told under the site's name.

        A cookie is taken away where this very request ended its session. One that merely points to
        nothing is left: the session may have got its new id in an answer that a picture of the
        page, asked for with the old one, would overtake and undo.
        """
        answer = super().process_response(request, response)
        morsel = answer.cookies.pop(settings.SESSION_COOKIE_NAME, None)
        if morsel is not None and (morsel.value or request.session.modified):
            site = site_of(request)
            value = signed(site, morsel.value) if morsel.value else ""
            answer.cookies[site.cookie] = value
            told = answer.cookies[site.cookie]
            told.update({name: morsel[name] for name in morsel})
            told["secure"] = told["httponly"] = True
        return answer


def _signer(site: Site) -> Signer:
    return Signer(salt=f"{PURPOSE}.{site.name}")
