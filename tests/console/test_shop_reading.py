"""A shop reads fields through a real vault: what it is given depends on the customer's sign-in."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory
from pytest_django import Settings as SettingsWrapper

from shopward import clock
from shopward.console.sessions import signed
from shopward.identity import secret_file
from shopward.identity.assurance import Factor, Shown
from shopward.identity.web import keys, session
from shopward.settings import IdentitySettings, Settings
from tests.identity.shops import Shop, body, customer
from tests.scenarios.plane import DataPlane
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db
FIELDS = {"first_name": "Mara", "email": "mara@example.org", "vat_id": "DE123456789"}
SCOPE = "openid profile field:vat_id"


@pytest.fixture
def site(joined: Settings, plane: DataPlane, settings: SettingsWrapper, tmp_path: Path) -> Settings:
    """A control plane that knows the running data plane and its policy."""
    identity = IdentitySettings(secret=tmp_path / "identity.key", oidc_keys=tmp_path / "oidc-keys")
    made = msgspec.structs.replace(joined, identity=identity, policy=plane.home / "policy.toml")
    settings.SHOPWARD = made
    secret_file.ensure(identity.secret)
    keys.keys.cache_clear()
    return made


@pytest.fixture
def shop(site: Settings) -> Shop:
    return Shop.register(fields=("first_name", "email", "vat_id"))


@pytest.fixture
def subject(plane: DataPlane) -> str:
    backend = plane.caller("shop-backend")
    return _stored(plane, backend)


def _stored(plane: DataPlane, backend: Any) -> str:
    fields = {**FIELDS, "email": f"mara{plane.size()}@example.org"}
    return str(backend.store(fields).subject)


def signed_in(subject: str, *seen: tuple[Factor, int]) -> Visitor:
    """A browser where the customer showed these factors, so many seconds ago."""
    visitor, now = Visitor("public"), clock.now()
    request = RequestFactory(REMOTE_ADDR="192.0.2.7").get("/")
    request.session = SessionStore()
    shown = [Shown(factor, now - timedelta(seconds=age)) for factor, age in seen]
    session.begin(request, customer(subject), shown)
    visitor.cookies[visitor.site.cookie] = signed(visitor.site, request.session.session_key or "")
    return visitor


def ask(shop: Shop, visitor: Visitor, scope: str = SCOPE) -> Any:
    return shop.userinfo(shop.tokens(visitor, scope=scope)["access_token"])


def test_a_fresh_strong_sign_in_opens_what_the_policy_asks_one_for(
    shop: Shop, subject: str, plane: DataPlane
) -> None:
    answer = ask(shop, signed_in(subject, (Factor.PASSKEY, 60)))
    assert answer.status_code == 200
    assert body(answer) == {
        "sub": subject,
        "given_name": "Mara",
        "fields": {"vat_id": "DE123456789"},
    }
    entry = plane.entry(plane.caller("auditor"), int(answer["Shopward-Entry"]))
    assert entry["actor"] == "oidc:web-shop"
    assert (entry["role"], entry["purpose"]) == ("shop-sign-in", "account")
    assert (entry["subject"], entry["assurance"]) == (subject, 2)
    assert entry["fields"] == ["first_name", "vat_id"]


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        ((Factor.PASSWORD, 60), "assurance-too-low"),
        ((Factor.PASSKEY, 901), "sign-in-too-old"),
    ],
)
def test_a_weak_or_stale_sign_in_is_refused_by_the_vault(
    shop: Shop, subject: str, plane: DataPlane, seen: tuple[Factor, int], reason: str
) -> None:
    answer = ask(shop, signed_in(subject, seen))
    assert answer.status_code == 401
    assert 'acr_values="aal2", max_age="900"' in answer["WWW-Authenticate"]
    entry = plane.entry(plane.caller("auditor"), int(answer["Shopward-Entry"]))
    assert (entry["decision"], entry["reason"]) == ("deny", reason)
    assert "DE123456789" not in json.dumps(entry) + answer.content.decode()


def test_the_weak_sign_in_still_reads_what_asks_for_no_more(shop: Shop, subject: str) -> None:
    weak = signed_in(subject, (Factor.PASSWORD, 3000))
    assert body(ask(shop, weak, "openid profile"))["given_name"] == "Mara"


def test_a_refresh_does_not_help_a_stale_sign_in(shop: Shop, subject: str) -> None:
    given = shop.tokens(signed_in(subject, (Factor.PASSKEY, 901)), scope=SCOPE)
    fresh = body(shop.refresh(given["refresh_token"]))
    assert shop.userinfo(fresh["access_token"]).status_code == 401


def test_a_frozen_customer_is_read_by_no_shop(shop: Shop, subject: str, plane: DataPlane) -> None:
    given = shop.tokens(signed_in(subject, (Factor.PASSKEY, 1)))
    until = clock.now() + timedelta(hours=24)
    plane.operator().freeze(subject=subject, reason="not-me", until=until)
    answer = shop.userinfo(given["access_token"])
    assert answer.status_code == 403
    assert "subject-frozen" in body(answer)["error_description"]


def test_a_vault_that_is_gone_is_told_as_away(
    shop: Shop, subject: str, site: Settings, settings: SettingsWrapper
) -> None:
    given = shop.tokens(signed_in(subject, (Factor.PASSKEY, 1)))
    gone = msgspec.structs.replace(site.listen, socket=site.home / "none.sock")
    settings.SHOPWARD = msgspec.structs.replace(site, listen=gone)
    answer = shop.userinfo(given["access_token"])
    assert answer.status_code == 503
