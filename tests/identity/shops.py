"""Shops of the tests: registered with the provider, and what they do in a sign-in."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.http import HttpResponse

from shopward.identity.assurance import Factor
from shopward.identity.oidc.reading import Look, Seen
from shopward.identity.web.models import Account, Realm
from shopward.identity.web.oidc import registration
from tests.visitor import Visitor

BACK = "https://shop.example/signed-in"
AFTER = "https://shop.example/bye"
SUBJECT = "cus_0123456789abcdefghjkmnpqrst"
FIELDS = ("first_name", "email", "address1", "address2", "city", "vat_id")
LOOKS: list[Look] = []
ANSWERS: list[Seen] = []


def read(look: Look) -> Seen:
    """Stands where the console asks the vault."""
    LOOKS.append(look)
    return ANSWERS.pop() if ANSWERS else Seen({name: f"<{name}>" for name in look.fields}, 7)


def customer(subject: str = SUBJECT) -> Account:
    return Account.objects.create(realm=Realm.CUSTOMER, email=f"{subject}@customer.invalid")


@dataclass
class Shop:
    """One shop and its requests."""

    name: str = "web-shop"
    secret: str = ""
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @classmethod
    def register(cls, name: str = "web-shop", *, public: bool = False, **more: Any) -> Shop:
        said = {
            "redirects": (BACK,),
            "after_sign_out": (AFTER,),
            "fields": FIELDS,
            "role": "shop-sign-in",
            "purpose": "account",
            **more,
        }
        asked = registration.Registration(name=name, public=public, **said)
        return cls(name, registration.add(asked))

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def request(self, **changes: str | None) -> dict[str, str]:
        """The parameters of a good authorization request; None leaves one out."""
        said: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.name,
            "redirect_uri": BACK,
            "scope": "openid email",
            "state": "st-1",
            "nonce": "no-1",
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in said.items() if value is not None}

    def ask(self, visitor: Visitor, **changes: str | None) -> HttpResponse:
        return visitor.get(f"/oidc/authorize/?{urlencode(self.request(**changes))}")

    def code(self, visitor: Visitor, **changes: str | None) -> str:
        return told(self.ask(visitor, **changes))["code"]

    def post(self, place: str, **form: str) -> HttpResponse:
        """A request of the shop's own machine."""
        machine = Visitor("public", REMOTE_ADDR="203.0.113.9")
        if self.secret:
            pair = base64.b64encode(f"{self.name}:{self.secret}".encode()).decode()
            return machine.post(place, form, HTTP_AUTHORIZATION=f"Basic {pair}")
        return machine.post(place, {"client_id": self.name, **form})

    def redeem(self, code: str, **changes: str) -> HttpResponse:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "code_verifier": self.verifier,
        }
        return self.post("/oidc/token/", **{**form, **changes})

    def tokens(self, visitor: Visitor, **changes: str | None) -> dict[str, Any]:
        """All that a whole sign-in gives."""
        answer = self.redeem(self.code(visitor, **changes))
        assert answer.status_code == 200, answer.content
        return body(answer)

    def refresh(self, token: str, **more: str) -> HttpResponse:
        return self.post("/oidc/token/", grant_type="refresh_token", refresh_token=token, **more)

    def userinfo(self, token: str) -> HttpResponse:
        machine = Visitor("public", REMOTE_ADDR="203.0.113.9")
        return machine.get("/oidc/userinfo/", HTTP_AUTHORIZATION=f"Bearer {token}")


def body(answer: HttpResponse) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(answer.content)
    return said


def told(answer: HttpResponse) -> dict[str, str]:
    """What the browser carries back to the shop."""
    assert answer.status_code == 302, answer.content
    place = answer["Location"]
    assert place.split("?")[0] == BACK, place
    return {name: values[0] for name, values in parse_qs(urlsplit(place).query).items()}


def claims(token: str) -> dict[str, Any]:
    """What a signed token says, unverified."""
    part = token.split(".")[1]
    said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return said


def signed_in(account: Account, *factors: Factor) -> Visitor:
    """A browser where the customer is signed in, with a passkey by default."""
    visitor = Visitor("public", REMOTE_ADDR="192.0.2.7")
    visitor.be(account, *factors)
    return visitor
