"""A shop sends a customer here: who asks is checked, then whether the session is enough.

    /oidc/authorize/?…            the shop's request
    /sign-in/ or /prove/          only if the session is not enough; `next` is the address below
    /oidc/returned/?…&asked=…     the same request, and since when a factor is asked for, signed

- What is wrong with shop or address is told to the person; everything else goes back to the shop.
- `login_hint` is given on to the sign-in page's field, looked up by nobody and kept nowhere.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from shopward import clock
from shopward.identity.oidc import asking
from shopward.identity.oidc.asking import Demand, Step
from shopward.identity.web import detour, session
from shopward.identity.web.models import Account
from shopward.identity.web.oidc.provider import Asked, CodeGrant, provider

ASKED: Final = "asked"
HINT: Final = "login_hint"
SALT: Final = "shopward.oidc.asked"
ASKED_LIFE: Final = timedelta(minutes=15)
MOST_CHARS: Final = 500
"""Of `state`, `nonce` and `login_hint`."""
_PLAIN: Final = re.compile(r"[ !#-\[\]-~]*")
"""What an error's description may hold. Source: RFC 6749 §4.1.2.1."""
REFUSED_PARAMETERS: Final = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A request whose shop, address, scope and challenge are good."""

    asked: Asked
    grant: CodeGrant
    redirect: str
    demand: Demand


def answer(request: HttpRequest, since: datetime | None) -> HttpResponse:
    """What the browser is told: back to the shop, or first to a page of ours.

    Args:
        request: The authorization request, by GET.
        since: When a factor was asked for, for this request; None when none was.

    Raises:
        OAuth2Error: Shop or address are wrong; the person is told.
    """
    try:
        checked = check(request)
    except OAuth2Error as error:
        if not error.redirect_uri:
            raise
        return _to_shop(request, error)
    account, now = _person(request), clock.now()
    if account is not None and not session.is_complete(request):
        return _to_binding(request, checked)
    proof = session.proof(request) if account is not None else None
    there = asking.Session(proof.level, proof.auth_time) if proof is not None else None
    step, why = asking.judge(checked.demand, there, since, now)
    if step is Step.REFUSE:
        return _to_shop(request, OAuth2Error(error=why, redirect_uri=checked.redirect))
    if step is not Step.GO or account is None:
        return _to_page(request, step, now)
    with transaction.atomic():
        given: HttpResponse = provider().create_authorization_response(
            checked.asked, grant_user=account, grant=checked.grant
        )
    return given


def check(request: HttpRequest) -> Checked:
    """The request, once it is known to be one.

    Raises:
        OAuth2Error: It is not; `redirect_uri` is set where the shop may be told.
    """
    asked = provider().create_oauth2_request(request)
    _refuse_unspeakable(asked.payload.data)
    grant = provider().get_authorization_grant(asked)
    grant.validate_no_multiple_request_parameter(asked)
    redirect = grant.validate_authorization_request()
    said = asked.payload.data
    try:
        demand = asking.parse(said)
        _refuse_odd(request, said, asked.scope)
    except ValueError as fault:
        raise InvalidRequestError(
            f"'{fault}' has no meaning here.", redirect_uri=redirect
        ) from None
    except OAuth2Error as error:
        error.redirect_uri = redirect
        raise
    return Checked(asked, grant, redirect, demand)


def since_of(request: HttpRequest, now: datetime) -> datetime | None:
    """When a factor was asked for, as the address we made says; None for any other."""
    try:
        said = signing.loads(request.GET.get(ASKED, ""), salt=SALT)
        since = clock.from_ms(int(said["at"]))
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return None
    is_for = said.get("of") == _digest(_query(request))
    return since if is_for and timedelta() <= now - since < ASKED_LIFE else None


def _refuse_unspeakable(said: dict[str, str]) -> None:
    """Authlib repeats these in its errors, and breaks on what an error may not hold."""
    for name in ("client_id", "redirect_uri", "response_type"):
        if not _PLAIN.fullmatch(said.get(name, "")):
            raise InvalidRequestError(f"'{name}' is not plain text.")


def _refuse_odd(request: HttpRequest, said: dict[str, str], scope: str) -> None:
    if "openid" not in scope.split():
        raise OAuth2Error(error="invalid_scope", description="'openid' is needed.")
    for name, error in REFUSED_PARAMETERS.items():
        if name in said:
            raise OAuth2Error(error=error)
    if said.get("response_mode", "query") != "query":
        raise ValueError("response_mode")
    for name, values in request.GET.lists():
        if len(values) > 1 or (name in {"state", "nonce", HINT} and len(values[0]) > MOST_CHARS):
            raise ValueError(name if name.isidentifier() and name.isascii() else "a parameter")


def _person(request: HttpRequest) -> Account | None:
    """The customer who is signed in in this browser."""
    account = request.user
    if not isinstance(account, Account) or not account.subject:
        return None
    return account if session.is_alive(request, clock.now()) else None


def _to_page(request: HttpRequest, step: Step, now: datetime) -> HttpResponse:
    """To where the customer signs in or shows a factor again, and from there back to here."""
    given = {REDIRECT_FIELD_NAME: _back(request, now)}
    hint = request.GET.get(HINT)
    if step is Step.SIGN_IN and hint:
        given[HINT] = hint
    place = reverse(session.door(request) if step is Step.SIGN_IN else "identity:prove")
    return HttpResponseRedirect(f"{place}?{urlencode(given)}")


def _to_binding(request: HttpRequest, checked: Checked) -> HttpResponse:
    """Whoever came in by a code alone sets up a passkey or a password first."""
    if "none" in checked.demand.prompts:
        error = OAuth2Error(error=asking.LOGIN_REQUIRED, redirect_uri=checked.redirect)
        return _to_shop(request, error)
    detour.keep_wanted(request, _back(request, clock.now()))
    return HttpResponseRedirect(reverse("identity:factors"))


def _back(request: HttpRequest, now: datetime) -> str:
    """The address of the same request that says since when a factor is asked for."""
    query = _query(request)
    told = {"at": clock.to_ms(now), "of": _digest(query)}
    query[ASKED] = signing.dumps(told, salt=SALT)
    return f"{reverse('oidc:returned')}?{query.urlencode()}"


def _to_shop(request: HttpRequest, error: OAuth2Error) -> HttpResponse:
    error.state = request.GET.get("state")
    told: HttpResponse = provider().handle_error_response(None, error)
    return told


def _query(request: HttpRequest) -> QueryDict:
    """The shop's request without what we added, and without the hint."""
    query = request.GET.copy()
    for name in (ASKED, HINT):
        query.pop(name, None)
    return query


def _digest(query: QueryDict) -> str:
    return hashlib.sha256(query.urlencode().encode()).hexdigest()
