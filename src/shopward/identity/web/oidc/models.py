"""Shops, what a customer's sign-in gave them, and the tokens of it.

- A token is kept as a hash alone (`oidc.tokens`).
- Everything hangs on the row of the customer's session: deleting that row takes grants and tokens
  with it, in the same transaction. Deleting a shop takes all that it was given.
- A token that was used and is not to be used again stays until its grant goes, so that a second use
  is noticed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from allauth.usersessions.models import UserSession
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin
from authlib.oidc.core import AuthorizationCodeMixin
from django.db import models

from shopward import clock
from shopward.identity.oidc import claims, tokens
from shopward.identity.oidc.tokens import Use
from shopward.identity.web import shop
from shopward.identity.web.models import Account

GRANTS: Final = frozenset({"authorization_code", "refresh_token"})


class Client(ClientMixin, models.Model):
    """A shop that customers sign in to. Without a secret it is a public client: an app, a page.

    `fields` is what it may read of a customer, `role` and `purpose` under which line of the policy.
    With `shows_security` it may show her how safe her account is.
    """

    id = models.CharField(primary_key=True, max_length=40)
    title = models.CharField(max_length=100)
    secret = models.CharField(max_length=64, blank=True)
    redirects = models.JSONField(default=list)
    after_sign_out = models.JSONField(default=list)
    fields = models.JSONField(default=list)
    role = models.CharField(max_length=40)
    purpose = models.CharField(max_length=64)
    shows_security = models.BooleanField(default=False)
    made = models.DateTimeField(default=clock.now)

    @property
    def is_public(self) -> bool:
        """Whether it can keep no secret."""
        return not self.secret

    @property
    def scopes(self) -> tuple[str, ...]:
        """What it may ask for, by the policy's present fields."""
        policy = shop.policy()
        known = claims.scopes(policy, self.fields) if policy else (claims.OPENID,)
        return (*known, claims.SECURITY) if self.shows_security else known

    @property
    def origins(self) -> frozenset[str]:
        """Where its pages are, as browsers write it."""
        parts = (urlsplit(one) for one in self.redirects)
        return frozenset(f"{one.scheme}://{one.netloc}" for one in parts)

    @property
    def client_metadata(self) -> dict[str, list[str]]:
        """What Authlib reads of it besides."""
        return {"post_logout_redirect_uris": self.after_sign_out}

    def get_client_id(self) -> str:
        """Its public name."""
        return self.id

    def get_default_redirect_uri(self) -> None:
        """None: the address is always named."""

    def get_allowed_scope(self, scope: str | None) -> str:
        """Those of the asked scopes that it may have."""
        may = self.scopes
        return " ".join(one for one in dict.fromkeys((scope or "").split()) if one in may)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether the address is registered, letter for letter."""
        return redirect_uri in self.redirects

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether this is its secret."""
        return not self.is_public and tokens.is_secret(client_secret, self.secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Whether it shows who it is in this way."""
        del endpoint
        return method == ("none" if self.is_public else "client_secret_basic")

    def check_response_type(self, response_type: str) -> bool:
        """Codes alone."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Codes, and what refreshes them."""
        return grant_type in GRANTS


class Grant(AuthorizationCodeMixin, models.Model):
    """What one sign-in gave one shop: the family of a code and all tokens that came of it."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="grants")
    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    session = models.ForeignKey(UserSession, models.CASCADE, related_name="+")
    scope = models.CharField(max_length=1000)
    redirect = models.CharField(max_length=500)
    nonce = models.CharField(max_length=500, blank=True)
    code_challenge = models.CharField(max_length=128)
    level = models.PositiveSmallIntegerField()
    acr = models.CharField(max_length=10)
    amr = models.JSONField(default=list)
    auth_time = models.DateTimeField()
    made = models.DateTimeField()

    code_challenge_method = "S256"

    def get_redirect_uri(self) -> str:
        """Where the code was sent."""
        return self.redirect

    def get_scope(self) -> str:
        """What was granted."""
        return self.scope

    def get_nonce(self) -> str:
        """What ties the ID token to the shop's request."""
        return self.nonce

    def get_auth_time(self) -> int:
        """When the newest factor was shown, in seconds."""
        return int(self.auth_time.timestamp())

    def get_acr(self) -> str:
        """How surely the customer signed in."""
        return self.acr

    def get_amr(self) -> list[str]:
        """With what."""
        methods: list[str] = self.amr
        return methods


class Token(TokenMixin, models.Model):
    """A code, an access token or a refresh token of a grant."""

    digest = models.CharField(primary_key=True, max_length=64)
    use = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Use])
    grant = models.ForeignKey(Grant, models.CASCADE, related_name="tokens")
    scope = models.CharField(max_length=1000)
    made = models.DateTimeField()
    expires = models.DateTimeField()
    spent = models.DateTimeField(null=True)

    class Meta:
        """What is over is found at once."""

        indexes: ClassVar[list[Any]] = [models.Index("expires", name="oidc_token_expires")]

    def is_good(self, now: datetime) -> bool:
        """Whether it is unused and not over; whether its session lasts is asked elsewhere."""
        return self.spent is None and now < self.expires

    def check_client(self, client: Client) -> bool:
        """Whether it is this shop's."""
        return self.grant.client_id == client.pk

    def get_scope(self) -> str:
        """What it is good for."""
        return self.scope

    def is_expired(self) -> bool:
        """Never here: what is over is not found."""
        return False

    def is_revoked(self) -> bool:
        """Never here, as above."""
        return False
