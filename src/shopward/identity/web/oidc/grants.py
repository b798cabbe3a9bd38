"""The life of what a sign-in gave a shop: made, found, spent, ended."""

from __future__ import annotations

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from shopward import clock
from shopward.events import Kind
from shopward.identity.oidc import claims, tokens
from shopward.identity.oidc.tokens import Use
from shopward.identity.web import outside, session
from shopward.identity.web.models import Account
from shopward.identity.web.oidc.models import Client, Grant, Token


def begin(
    request: HttpRequest, account: Account, client: Client, said: dict[str, str], code: str
) -> None:
    """Gives a shop what the session in this request is good for, against a code.

    Args:
        request: The browser's, signed in.
        account: Who is signed in there.
        client: The shop.
        said: `scope` as granted, `redirect_uri`, `code_challenge` and perhaps `nonce`.
        code: Secret.

    Raises:
        UserSession.DoesNotExist: The session was ended meanwhile.
    """
    now, proof = clock.now(), session.proof(request)
    row = UserSession.objects.get(session_key=request.session.session_key, user=account)
    if proof is None:
        raise UserSession.DoesNotExist
    grant = Grant.objects.create(
        client=client,
        account=account,
        session=row,
        scope=said["scope"],
        redirect=said["redirect_uri"],
        nonce=said.get("nonce", ""),
        code_challenge=said["code_challenge"],
        level=proof.level,
        acr=proof.acr,
        amr=list(proof.amr),
        auth_time=proof.auth_time,
        made=now,
    )
    outside.record(Kind.OIDC_SIGNED_IN, account, shop=client.pk, acr=proof.acr)
    ends = now + tokens.CODE_LIFE
    keep(grant, Use.CODE, code, scope=grant.scope, expires=ends, now=now)


def keep(
    grant: Grant, use: Use, token: str, *, scope: str, expires: datetime, now: datetime
) -> None:
    """Keeps the hash of a code or token, and forgets access tokens that are over.

    A spent code or refresh token stays as long as its grant, so that a second use is noticed; and a
    grant as long as its session, a day at most.
    """
    Token.objects.create(
        digest=tokens.digest(use, token),
        use=use,
        grant=grant,
        scope=scope,
        made=now,
        expires=expires,
    )
    Token.objects.filter(use=Use.ACCESS, expires__lte=now).delete()


def find(use: Use, token: str) -> Token | None:
    """The row of a code or token, whatever its state."""
    rows = Token.objects.select_related("grant__client", "grant__account", "grant__session__user")
    return rows.filter(digest=tokens.digest(use, token), use=use).first()


def is_alive(row: Token, now: datetime) -> bool:
    """Whether a token is good and the session it hangs on still lasts."""
    grant = row.grant
    return row.is_good(now) and grant.account.is_active and session.lasts(grant.session, now)


def shows_security(token: str, now: datetime) -> Grant | None:
    """The grant of an access token that lets a shop show how safe the account is."""
    row = find(Use.ACCESS, token) if token else None
    if row is None or not is_alive(row, now):
        return None
    is_granted = claims.SECURITY in row.scope.split()
    return row.grant if is_granted and row.grant.client.shows_security else None


def ends(grant: Grant) -> datetime:
    """When the last token of a grant is over: with its session, whatever happens in it."""
    return session.whole_end(grant.session)


def spend(row: Token, now: datetime) -> None:
    """Uses a code or a refresh token up."""
    Token.objects.filter(pk=row.pk).update(spent=now)
    row.spent = now


def replayed(row: Token) -> None:
    """Something of one use came a second time: all that its grant gave is worth nothing now."""
    grant, kind = row.grant, Kind.OIDC_REPLAYED
    outside.record(kind, grant.account, by="oidc", shop=grant.client_id, what=row.use)
    grant.delete()


def session_id(grant: Grant) -> str:
    """The session's name for shops, `sid`: the same for as long as it lasts, and opens nothing."""
    return session_name(grant.session)


def session_name(row: UserSession) -> str:
    """As `session_id`, of a session's row; 32 hex digits."""
    return str(salted_hmac("shopward.oidc.sid", str(row.pk), algorithm="sha256").hexdigest()[:32])


def end_all(sender: object, account: Account, **more: object) -> None:
    """Ends all that every shop was given by this account, the running session's too."""
    del sender, more
    Grant.objects.filter(account=account).delete()
