"""What stands around every page: which site it is, what browsers may do with it, who may see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.contrib.auth import logout
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from shopward.console.sites import SCOPE_KEY, Site, known_sites, site_of

Answer = Callable[[HttpRequest], HttpResponseBase]

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; upgrade-insecure-requests"
)
TRUSTED_TYPES: Final = "; require-trusted-types-for 'script'; trusted-types 'none'"
"""For the public site, whose pages run no script that writes HTML."""
PERMISSIONS: Final = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "microphone=(), payment=(), usb=(), publickey-credentials-create=(self), "
    "publickey-credentials-get=(self)"
)
HEADERS: Final = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS,
}
NO_STORE: Final = "no-store"


class SiteMiddleware:
    """Says which site a request is for, by its listener; another site's host is refused.

    A request that came through no listener of ours is for no site, and is refused.
    """

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer of the site's own map of URLs."""
        site = self._site(request)
        if site is None:
            return _refused(421, "This address serves no such site.")
        request.shopward_site = site  # type: ignore[attr-defined]
        request.urlconf = site.urlconf
        return self._get_response(request)

    def _site(self, request: HttpRequest) -> Site | None:
        said = getattr(request, "scope", request.META).get(SCOPE_KEY)
        site = known_sites().get(str(said))
        try:
            host = request.get_host()
        except DisallowedHost:
            return None
        return site if site is not None and f"https://{host}" == site.origin else None


class HeadersMiddleware:
    """What browsers are told about every answer: no foreign content, no frame, no cache."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer with its headers; a view may have set stricter ones."""
        answer = self._get_response(request)
        extra = "" if site_of(request).is_staff else TRUSTED_TYPES
        answer.headers.setdefault("Content-Security-Policy", POLICY + extra)
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        answer.headers.setdefault("Cache-Control", NO_STORE)
        return answer


class RealmMiddleware:
    """An account of the other realm is nobody here, whatever its session says."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, after a foreign account was signed out."""
        user = request.user
        if user.is_authenticated and user.realm != site_of(request).realm:
            logout(request)
        return self._get_response(request)


def _refused(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
