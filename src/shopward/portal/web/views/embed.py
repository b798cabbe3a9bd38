"""What a shop shows in its own pages: the document for its token, and the script that shows it.

A browser may ask by itself where the shop's page holds the token (a public client); it is told so
for origins of registered shops alone, and sends no cookie.

Source: Fetch §3.2 (CORS); RFC 6750 §2.1, §3.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from shopward import clock
from shopward.portal import digest, embed
from shopward.portal import security as rules
from shopward.portal.web.flows import digests, history, not_me
from shopward.portal.web.house import Shown, house
from shopward.portal.web.views.common import ask, is_open, language

SCRIPT: Final = Path(__file__).parents[1] / "static" / "portal" / "security.js"
PREFLIGHT_S: Final = "600"
SCRIPT_S: Final = 3600


@csrf_exempt
@is_open
@require_http_methods(["GET", "HEAD", "OPTIONS"])
def security(request: HttpRequest) -> HttpResponse:
    """How safe an account is, for a shop's access token with the scope `security`."""
    origin = request.headers.get("Origin", "")
    if request.method == "OPTIONS":
        return _preflight(origin)
    scheme, _, said = request.headers.get("Authorization", "").partition(" ")
    shown = house().shown(said.strip()) if scheme.lower() == "bearer" else None
    answer = _answer(shown)
    answer["Cache-Control"] = "no-store"
    patch_vary_headers(answer, ["Origin", "Authorization"])
    if origin and (origin in shown.origins if shown else house().is_origin(origin)):
        answer["Access-Control-Allow-Origin"] = origin
    return answer


@is_open
@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """The script, for pages of every origin: it is the same for all and holds nothing."""
    del request
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Cache-Control": f"public, max-age={SCRIPT_S}",
    }
    return HttpResponse(_script(), content_type="text/javascript; charset=utf-8", headers=headers)


def _answer(shown: Shown | None) -> HttpResponse:
    if shown is None:
        refused = JsonResponse({"error": "invalid_token"}, status=401)
        refused["WWW-Authenticate"] = f'Bearer error="invalid_token", scope="{embed.SCOPE}"'
        return refused
    asked = ask(lambda: _document(shown))
    if asked.value is None:
        return JsonResponse({"error": "temporarily_unavailable"}, status=503)
    return JsonResponse(asked.value)


def _document(shown: Shown) -> dict[str, object] | None:
    me, policy, now = shown.me, house().policy(), clock.now()
    if policy is None:
        return None
    dispute, choice = not_me.standing(me.subject, now), digests.choice_of(me.subject)
    verdict = rules.judge(
        [one.kind for one in house().ways(me)],
        is_frozen=dispute is not None,
        is_review_due=digest.is_review_due(choice.reviewed, now),
    )
    with house().asking(me) as client:
        lines = history.page(client, policy, me.subject, None, language()).lines
    origin = house().origin()
    pages = {name: origin + reverse(f"portal:{page}") for name, page in PAGES.items()}
    until = dispute.frozen_until if dispute else None
    found = embed.Found(me.subject, verdict, lines, house().devices(me), pages, until)
    return embed.document(found, language(), gettext)


PAGES: Final = {
    "security": "home",
    "activity": "activity",
    "data": "data",
    "consents": "consents",
    "not-me": "not-me",
}


def _preflight(origin: str) -> HttpResponse:
    """A browser asks if it may ask. Which shop it is for is told by the origin alone."""
    answer = HttpResponse(status=204)
    patch_vary_headers(answer, ["Origin"])
    if house().is_origin(origin):
        answer["Access-Control-Allow-Origin"] = origin
        answer["Access-Control-Allow-Methods"] = "GET"
        answer["Access-Control-Allow-Headers"] = "Authorization"
        answer["Access-Control-Max-Age"] = PREFLIGHT_S
    return answer


@cache
def _script() -> bytes:
    return SCRIPT.read_bytes()
