"""Answers 503 where a page cannot be made without the vault: a search, a save."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from shopward_client.django.page import LOG
from shopward_client.errors import ShopwardError, UnavailableError

_WORDS = "Customer data cannot be reached just now. Nothing was changed. Please try again shortly."


class VaultMiddleware:
    """Place it last in `MIDDLEWARE`; other errors pass through."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self._get_response(request)

    def process_exception(self, _request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Say so in words where the vault is away; None leaves any other error to Django."""
        if not isinstance(error, ShopwardError) or not isinstance(error, UnavailableError):
            return None
        LOG.error("a page was answered with 503 (%s)", error.code)
        answer = HttpResponse(_WORDS, status=503, content_type="text/plain; charset=utf-8")
        answer.headers["Retry-After"] = "10"
        return answer
