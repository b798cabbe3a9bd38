"""The provider's endpoints: parse, call a flow, answer. Errors are JSON, or a page for a person."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from authlib.oauth2 import OAuth2Error
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shopward import clock
from shopward.identity import throttle
from shopward.identity.oidc import asking, claims
from shopward.identity.oidc.signing_keys import ALGORITHM
from shopward.identity.web import client, detour, shop, throttling
from shopward.identity.web.middleware import is_open
from shopward.identity.web.oidc import authorize as authorizing
from shopward.identity.web.oidc import here
from shopward.identity.web.oidc import sign_out as leaving
from shopward.identity.web.oidc import userinfo as reading
from shopward.identity.web.oidc.provider import METHODS, provider

View = Callable[[HttpRequest], HttpResponse]
LIST_S: Final = 3600
"""How long shops may remember the list of keys and this description."""
WAIT_S: Final = 1800


def cached(answer: HttpResponse) -> HttpResponse:
    """May be remembered: it is the same for everybody."""
    answer["Cache-Control"] = f"public, max-age={LIST_S}"
    return answer


def counted(view: View) -> View:
    """Counts failures of shops beside those of people: one table, one limit for a network.

    What succeeds is not counted: secrets, codes and tokens have 256 bits and nobody guesses one, so
    the wrong ones may be counted after they were looked at.
    """

    @wraps(view)
    def asked(request: HttpRequest) -> HttpResponse:
        now, keys = clock.now(), {f"network:{client.network_name(request)}": throttle.NETWORK}
        if throttling.is_paused(keys, now):
            answer: HttpResponse = JsonResponse({"error": "temporarily_unavailable"}, status=429)
            answer["Retry-After"] = str(WAIT_S)
            return answer
        answer = view(request)
        if _is_attempt(request, answer):
            throttling.count(keys, now)
        return answer

    return asked


def form_only(view: View) -> View:
    """Refuses what would stand in logs and histories, and what is said twice (RFC 6749 §3.2)."""

    @wraps(view)
    def asked(request: HttpRequest) -> HttpResponse:
        if request.GET or any(len(said) > 1 for _, said in request.POST.lists()):
            why = "Parameters belong into the form, each once."
            return JsonResponse({"error": "invalid_request", "error_description": why}, status=400)
        return view(request)

    return asked


@is_open
@require_safe
def configuration(request: HttpRequest) -> HttpResponse:
    """What this provider can do. Source: OpenID Connect Discovery 1.0 §3; RFC 8414."""
    del request
    policy = shop.policy()
    return cached(JsonResponse(_description(claims.supported(policy) if policy else ("openid",))))


@is_open
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """The public keys of ID tokens. Source: RFC 7517 §5."""
    del request
    here.signing_keys().signing(clock.now())
    return cached(JsonResponse(here.signing_keys().published()))


@csrf_exempt
@is_open
@require_http_methods(["GET", "HEAD", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """A shop sends a customer. A form that it posts is asked again by GET, with our cookie."""
    if request.method == "POST":
        query = request.POST.urlencode()
        return HttpResponseRedirect(f"{reverse('oidc:authorize')}?{query}")
    return _authorized(request, is_returning=False)


@is_open
@require_safe
def returned(request: HttpRequest) -> HttpResponse:
    """The customer comes back from our sign-in page, and goes on to the shop.

    By a page that moves on, since a browser follows no redirect to another site out of a form whose
    page permits forms to its own site alone (`form-action`).
    """
    detour.arrived(request)
    answer = _authorized(request, is_returning=True)
    place = answer.headers.get("Location", "")
    if not place.startswith(("https:", "http:")):
        return answer
    return render(request, "oidc/go_on.html", {"place": place})


@csrf_exempt
@is_open
@require_POST
@form_only
@counted
@transaction.atomic
def token(request: HttpRequest) -> HttpResponse:
    """A shop gets tokens for a code, or new ones for a refresh token."""
    given: HttpResponse = provider().create_token_response(request)
    return given


@csrf_exempt
@is_open
@require_POST
@form_only
@counted
@transaction.atomic
def revoke(request: HttpRequest) -> HttpResponse:
    """A shop gives a token back."""
    done: HttpResponse = provider().create_endpoint_response("revocation", request)
    return done


@csrf_exempt
@is_open
@require_POST
@form_only
@counted
def introspect(request: HttpRequest) -> HttpResponse:
    """A shop asks what a token is worth."""
    said: HttpResponse = provider().create_endpoint_response("introspection", request)
    return said


@csrf_exempt
@is_open
@require_http_methods(["GET", "POST"])
def userinfo(request: HttpRequest) -> HttpResponse:
    """A shop reads fields, with the token in the header and nowhere else (RFC 6750 §2.1)."""
    scheme, _, said = request.headers.get("authorization", "").partition(" ")
    told = reading.read(said.strip() if scheme.lower() == "bearer" else "", clock.now())
    answer = JsonResponse(told.body, status=told.status)
    if told.challenge is not None:
        parts = ", ".join(f'{name}="{value}"' for name, value in told.challenge.items())
        answer["WWW-Authenticate"] = f"Bearer {parts}"
    if told.entry is not None:
        answer["Shopward-Entry"] = str(told.entry)
    return answer


@is_open
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
def sign_out(request: HttpRequest) -> HttpResponse:
    """A shop, or the customer, asks to be signed out here."""
    try:
        asked = leaving.check(request)
    except OAuth2Error as error:
        return refused(request, error)
    if request.method != "POST" and not leaving.is_known(request, asked):
        return render(request, "oidc/sign_out.html", {"parameters": request.GET.items()})
    leaving.leave(request)
    if asked.redirect_uri is None:
        return render(request, "oidc/signed_out.html")
    return render(request, "oidc/go_on.html", {"place": asked.redirect_uri})


def refused(request: HttpRequest, error: OAuth2Error) -> HttpResponse:
    """The page for a request that cannot go back to any shop; it repeats nothing of it."""
    return render(request, "oidc/refused.html", {"error": error.error}, status=400)


def _authorized(request: HttpRequest, *, is_returning: bool) -> HttpResponse:
    since = authorizing.since_of(request, clock.now()) if is_returning else None
    try:
        return authorizing.answer(request, since)
    except OAuth2Error as error:
        return refused(request, error)


def _is_attempt(request: HttpRequest, answer: HttpResponse) -> bool:
    """Whether somebody tried a secret or, without one, a code or token that is none."""
    said = answer.content
    if b'"invalid_client"' in said:
        return True
    return b'"invalid_grant"' in said and "authorization" not in request.headers


def _description(scopes: tuple[str, ...]) -> dict[str, Any]:
    issuer = here.issuer()

    def at(name: str) -> str:
        return issuer + reverse(f"oidc:{name}")

    return {
        "issuer": issuer,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "userinfo_endpoint": at("userinfo"),
        "jwks_uri": at("keys"),
        "revocation_endpoint": at("revoke"),
        "introspection_endpoint": at("introspect"),
        "end_session_endpoint": at("sign-out"),
        "scopes_supported": list(scopes),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "acr_values_supported": list(asking.ACR),
        "prompt_values_supported": ["none", "login", "select_account"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": METHODS,
        "revocation_endpoint_auth_methods_supported": METHODS,
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "amr", "sid"],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
    }
