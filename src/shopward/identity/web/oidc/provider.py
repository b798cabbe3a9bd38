"""The provider's protocol: Authlib's grants and endpoints over our tables.

What Authlib leaves open is closed here:

- PKCE is asked of everybody, under S256; `plain`, which it takes by default, is refused.
- A code or a refresh token that comes a second time ends all that its sign-in gave.
- Every answer to an authorization request says who answers (`iss`).
- Codes and tokens are hashes in the database, and good only while the customer's session lasts.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, Final

from authlib.common.urls import add_params_to_uri
from authlib.integrations.django_oauth2.requests import DjangoOAuth2Request
from authlib.oauth2.rfc6749 import AuthorizationServer, InvalidClientError, InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oidc.core.grants import OpenIDCode
from authlib.oidc.rpinitiated import EndSessionEndpoint
from django.http import HttpRequest, HttpResponse, JsonResponse
from joserfc.jwk import KeySet, RSAKey

from shopward import clock
from shopward.identity.oidc import tokens
from shopward.identity.oidc.signing_keys import ALGORITHM
from shopward.identity.oidc.tokens import Use
from shopward.identity.web import session
from shopward.identity.web.models import Account
from shopward.identity.web.oidc import grants, here
from shopward.identity.web.oidc.models import Client, Grant, Token

METHODS: Final = ["none", "client_secret_basic"]


class Asked(DjangoOAuth2Request):
    """A request as Authlib reads it, with Django's beside it."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.http = request


class Provider(AuthorizationServer):
    """Authlib's server, asked by Django's requests and answering with Django's answers."""

    def query_client(self, client_id: str) -> Client | None:
        """The shop of this name."""
        return Client.objects.filter(pk=client_id).first()

    def authenticate_client(self, request: Asked, methods: list[str], endpoint: str = "") -> Client:
        """The shop that asks.

        Raises:
            InvalidClientError: It does not show who it is; also by a header that is malformed, of
                which Authlib makes an error of ours.
        """
        try:
            found: Client = super().authenticate_client(request, methods, endpoint)
        except ValueError:
            why = "The header cannot be read."
            raise InvalidClientError(status_code=401, description=why) from None
        return found

    def save_token(self, token: dict[str, Any], request: Asked) -> None:
        """Keeps the hashes of what is given, in the family it belongs to."""
        came_of = request.refresh_token
        grant: Grant = came_of.grant if came_of else request.authorization_code
        now, scope = clock.now(), token.get("scope", "")
        ends = grants.ends(grant)
        access_ends = min(now + tokens.ACCESS_LIFE, ends)
        grants.keep(
            grant, Use.ACCESS, token["access_token"], scope=scope, expires=access_ends, now=now
        )
        grants.keep(
            grant, Use.REFRESH, token["refresh_token"], scope=grant.scope, expires=ends, now=now
        )

    def create_oauth2_request(self, request: HttpRequest) -> Asked:
        """The request as Authlib reads it."""
        return Asked(request)

    def handle_response(self, status: int, body: Any, headers: list[Any]) -> HttpResponse:  # noqa: ANN401
        """The answer; one that sends a browser back names the issuer (RFC 9207)."""
        answer = HttpResponse() if body == "" else JsonResponse(body)
        answer.status_code = status
        for name, value in headers:
            answer[name] = (
                add_params_to_uri(value, [("iss", here.issuer())]) if name == "Location" else value
            )
        return answer

    def send_signal(self, name: str, *args: object, **more: object) -> None:
        """Nobody listens."""


class Pkce(CodeChallenge):
    """PKCE for everybody, and S256 alone. Source: RFC 7636; RFC 9700 §2.1.1."""

    SUPPORTED_CODE_CHALLENGE_METHOD: Final = ["S256"]
    CODE_CHALLENGE_METHODS: Final = {"S256": CodeChallenge.CODE_CHALLENGE_METHODS["S256"]}

    def validate_code_challenge(self, grant: Any, redirect_uri: str | None) -> None:  # noqa: ANN401
        """Refuses a request without a challenge, and a challenge that is its own answer.

        Raises:
            InvalidRequestError: There is none, or it is `plain`, which is also what a missing
                method means.
        """
        said = grant.request.payload.data
        if not said.get("code_challenge") or said.get("code_challenge_method") != "S256":
            raise InvalidRequestError("'code_challenge' with the method S256 is needed.")
        super().validate_code_challenge(grant, redirect_uri)


class CodeGrant(AuthorizationCodeGrant):
    """Codes: of one use, for one shop and one address, a minute long."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def generate_authorization_code(self) -> str:
        """A fresh one. Secret."""
        return tokens.new()

    def save_authorization_code(self, code: str, request: Asked) -> None:
        """Keeps its hash, with what the session is good for."""
        said = {**request.payload.data, "scope": request.scope}
        grants.begin(request.http, request.user, request.client, said, code)

    def query_authorization_code(self, code: str, client: Client) -> Grant | None:
        """The grant of a good code of this shop; the code is spent by asking.

        A code that was spent before ends its grant.
        """
        row, now = grants.find(Use.CODE, code), clock.now()
        if row is None or not row.check_client(client):
            return None
        if row.spent is not None:
            grants.replayed(row)
            return None
        is_alive = grants.is_alive(row, now)
        grants.spend(row, now)
        return row.grant if is_alive else None

    def delete_authorization_code(self, authorization_code: Grant) -> None:
        """Nothing: it was spent when it was asked for."""

    def authenticate_user(self, authorization_code: Grant) -> Account:
        """Whose sign-in it is."""
        return authorization_code.account


class RefreshGrant(RefreshTokenGrant):
    """Refresh tokens: of one use; the next one belongs to the same family."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        """A good one of this shop; one that was used before ends its family."""
        row, now = grants.find(Use.REFRESH, refresh_token), clock.now()
        if row is None or not row.check_client(self.request.client):
            return None
        if row.spent is not None:
            grants.replayed(row)
            return None
        if not grants.is_alive(row, now):
            return None
        session.touch(row.grant.session, now)
        return row

    def authenticate_user(self, refresh_token: Token) -> Account:
        """Whose sign-in it is."""
        return refresh_token.grant.account

    def revoke_old_credential(self, refresh_token: Token) -> None:
        """It is used up."""
        grants.spend(refresh_token, clock.now())


class IdToken(OpenIDCode):
    """The ID token: who signed in, how surely, when, and in which session."""

    def exists_nonce(self, nonce: str, request: Asked) -> bool:
        """Never: whether it comes again is the shop's to say, which alone knows its requests."""
        del nonce, request
        return False

    def resolve_client_private_key(self, client: Client) -> RSAKey:
        """The key that signs now. Secret."""
        del client
        return here.signing_keys().signing(clock.now())

    def get_client_algorithm(self, client: Client) -> str:
        """The one that every shop must know."""
        del client
        return ALGORITHM

    def get_encode_header(self, client: Client) -> dict[str, str]:
        """Names the key."""
        kid = self.resolve_client_private_key(client).kid
        return {"alg": ALGORITHM, "typ": "JWT", "kid": kid or ""}

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        """Who says so, to whom, and for how long."""
        now = int(clock.now().timestamp())
        life = int(tokens.ACCESS_LIFE.total_seconds())
        return {"iss": here.issuer(), "aud": client.pk, "iat": now, "exp": now + life}

    def get_authorization_code_claims(self, authorization_code: Grant) -> dict[str, Any]:
        """What is known of the sign-in."""
        known: dict[str, Any] = super().get_authorization_code_claims(authorization_code)
        return {**known, "sid": grants.session_id(authorization_code)}

    def generate_user_info(self, user: Account, scope: str) -> dict[str, str]:
        """The customer's token: fields are read where a receipt is given, not here."""
        del scope
        return {"sub": user.subject}


class Revocation(RevocationEndpoint):
    """A shop gives back what it has: a refresh token with its whole family."""

    CLIENT_AUTH_METHODS = METHODS

    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:
        """The row, whatever it was said to be."""
        del token_type_hint
        return grants.find(Use.REFRESH, token_string) or grants.find(Use.ACCESS, token_string)

    def revoke_token(self, token: Token, request: Asked) -> None:
        """Ends it."""
        del request
        if token.use == Use.REFRESH:
            token.grant.delete()
        else:
            token.delete()


class Introspection(IntrospectionEndpoint):
    """A shop asks what a token of its own is worth, without a look at any field."""

    CLIENT_AUTH_METHODS: Final = ["client_secret_basic"]

    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:
        """The row of a good token."""
        del token_type_hint
        row = grants.find(Use.ACCESS, token_string) or grants.find(Use.REFRESH, token_string)
        return row if row is not None and grants.is_alive(row, clock.now()) else None

    def check_permission(self, token: Token, client: Client, request: Asked) -> bool:
        """Its own alone."""
        del request
        return token.check_client(client)

    def introspect_token(self, token: Token) -> dict[str, Any]:
        """What it is worth."""
        return described(token)


class EndSession(EndSessionEndpoint):
    """A shop asks to sign its customer out."""

    def get_server_jwks(self) -> KeySet:
        """The keys that ID tokens are signed with."""
        return here.signing_keys().all()

    def get_algorithms(self) -> list[str]:
        """Ours alone."""
        return [ALGORITHM]


def described(row: Token) -> dict[str, Any]:
    """What a token says: whose it is, what for, until when, and how surely she signed in."""
    grant = row.grant
    return {
        "active": True,
        "iss": here.issuer(),
        "client_id": grant.client_id,
        "sub": grant.account.subject,
        "scope": row.scope,
        "token_type": "Bearer",
        "iat": _seconds(row.made),
        "exp": _seconds(row.expires),
        "acr": grant.acr,
        "amr": grant.amr,
        "auth_time": grant.get_auth_time(),
        "sid": grants.session_id(grant),
    }


@cache
def provider() -> Provider:
    """The provider, put together once."""
    made = Provider()
    life = int(tokens.ACCESS_LIFE.total_seconds())
    generate = BearerTokenGenerator(_new, _new, life)
    made.register_token_generator("default", generate)
    made.register_grant(CodeGrant, [Pkce(required=True), IdToken()])
    made.register_grant(RefreshGrant)
    for endpoint in (Revocation, Introspection, EndSession):
        made.register_endpoint(endpoint)
    return made


def _new(**known: object) -> str:
    del known
    return tokens.new()


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
