"""A shop asks to sign its customer out: at once where it shows her ID token, else she is asked.

Source: OpenID Connect RP-Initiated Logout 1.0 §2, §6.
"""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from authlib.oidc.rpinitiated import EndSessionRequest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest

from shopward.events import Kind
from shopward.identity.web import outside, session
from shopward.identity.web.models import Account
from shopward.identity.web.oidc import grants
from shopward.identity.web.oidc.provider import provider


def check(request: HttpRequest) -> EndSessionRequest:
    """What is asked, once it is known to be sound.

    Raises:
        OAuth2Error: The ID token is none of ours, or of another shop.
    """
    return provider().validate_endpoint_request("end_session", request)


def is_known(request: HttpRequest, asked: EndSessionRequest) -> bool:
    """Whether the ID token is of this browser's own session, or nobody is signed in here."""
    row, told = _row(request), asked.id_token_claims or {}
    if row is None:
        return True
    mine = row.user.subject, grants.session_name(row)
    return mine == (told.get("sub"), told.get("sid"))


def leave(request: HttpRequest) -> None:
    """Ends the session of this browser, and with it all that shops were given by it."""
    row = _row(request)
    if row is None:
        return
    with transaction.atomic():
        outside.record(Kind.OIDC_SIGNED_OUT, row.user)
        session.end([row.session_key])
    request.session.flush()
    request.user = AnonymousUser()


def _row(request: HttpRequest) -> UserSession | None:
    if not isinstance(request.user, Account):
        return None
    rows = UserSession.objects.select_related("user")
    return rows.filter(session_key=request.session.session_key, user=request.user).first()
