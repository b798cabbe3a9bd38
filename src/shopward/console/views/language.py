"""The reader's language, kept in a cookie of this site."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

YEAR_S = 31_536_000


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Sets it and goes back."""
    there = request.POST.get("next", "/")
    if not there.startswith("/") or not url_has_allowed_host_and_scheme(there, None):
        there = "/"
    answer, chosen = HttpResponseRedirect(there), request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=YEAR_S,
            secure=True,
            httponly=True,
            samesite="Lax",
        )
    return answer
