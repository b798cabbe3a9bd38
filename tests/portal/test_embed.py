"""What a shop shows in its own pages: the document for its token, and who may ask from where."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.conf import settings as django
from django.http import HttpResponse
from pytest_django import Settings as SettingsWrapper

from shopward.settings import Settings
from tests.identity.shops import BACK, Shop, body
from tests.portal.conftest import Customer, work
from tests.visitor import Visitor

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "src/shopward/portal/web/static/portal/security.js"
PATH = "/embed/security/"
ALLOW = "Access-Control-Allow-Origin"


@pytest.fixture
def web_shop(shop: Settings, settings: SettingsWrapper, tmp_path: Path) -> Shop:
    """A shop that may show it."""
    identity = msgspec.structs.replace(shop.identity, oidc_keys=tmp_path / "oidc-keys")
    settings.SHOPWARD = msgspec.structs.replace(shop, identity=identity)
    return Shop.register(fields=("first_name",), security=True)


def ask(token: str, **more: Any) -> HttpResponse:
    return Visitor("public").get(PATH, HTTP_AUTHORIZATION=f"Bearer {token}", **more)


def token_of(shop: Shop, robin: Customer, scope: str = "openid security") -> str:
    return str(shop.tokens(robin.browser, scope=scope)["access_token"])


def origin_of(address: str) -> str:
    return "/".join(address.split("/")[:3])


def test_it_says_how_safe_the_account_is_what_happened_and_where_to_go(
    robin: Customer, web_shop: Shop
) -> None:
    robin.courier_looks("city")
    said = body(ask(token_of(web_shop, robin)))

    assert said["format"] == "shopward-security/v1"
    assert said["sub"] == robin.subject
    assert said["verdict"]["step"] == "add-passkey"
    assert said["activity"][0]["said"] == "Acme Courier saw your city to deliver your order (" + (
        robin.order.replace("order:", "shipment ") + ")."
    )
    assert said["devices"][0]["name"]
    links = {one["name"]: one["href"] for one in said["links"]}
    assert links["not-me"] == django.SITES["public"].origin + "/account/not-me/"
    assert len(said["activity"]) <= 5
    assert robin.email not in str(said)
    assert "Riga-Canary" not in str(said)


def test_it_speaks_the_readers_language(robin: Customer, web_shop: Shop) -> None:
    said = body(ask(token_of(web_shop, robin), HTTP_ACCEPT_LANGUAGE="de"))

    assert said["language"] == "de"


def test_it_says_that_all_is_locked(robin: Customer, web_shop: Shop) -> None:
    robin.post("/account/not-me/", {"days": "1"})
    robin.sign_in()
    said = body(ask(token_of(web_shop, robin)))

    assert said["verdict"]["step"] == "unlock"
    assert said["locked_until"] is not None


def test_the_token_ends_with_the_session(robin: Customer, web_shop: Shop) -> None:
    token = token_of(web_shop, robin)
    assert ask(token).status_code == 200
    robin.post("/account/not-me/", {"days": "1"})

    assert ask(token).status_code == 401


@pytest.mark.parametrize("what", ["another scope", "no token", "a made up one", "in the address"])
def test_without_a_token_for_just_this_nothing_is_told(
    robin: Customer, web_shop: Shop, what: str
) -> None:
    answers = {
        "another scope": lambda: ask(token_of(web_shop, robin, "openid profile")),
        "no token": lambda: Visitor("public").get(PATH),
        "a made up one": lambda: ask("x" * 43),
        "in the address": lambda: Visitor("public").get(
            PATH, {"access_token": token_of(web_shop, robin)}
        ),
    }
    answer = answers[what]()

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer error="invalid_token", scope="security"'
    assert b"cus_" not in answer.content


def test_a_shop_that_may_not_gets_no_such_scope(robin: Customer, web_shop: Shop) -> None:
    plain = Shop.register("plain-shop", fields=("first_name",))
    given = plain.tokens(robin.browser, scope="openid security")

    assert given["scope"] == "openid"
    assert ask(given["access_token"]).status_code == 401


def test_her_own_session_at_our_site_is_no_token(robin: Customer, web_shop: Shop) -> None:
    assert robin.get(PATH).status_code == 401


def test_pages_of_the_shop_may_ask_from_the_browser_and_no_others(
    robin: Customer, web_shop: Shop
) -> None:
    token, own = token_of(web_shop, robin), origin_of(BACK)
    Shop.register("other-shop", security=True, redirects=("https://other.example/in",))
    visitor = Visitor("public")

    assert ask(token, HTTP_ORIGIN=own)[ALLOW] == own
    for foreign in ("https://evil.example", "https://other.example", "null", f"{own}.evil.example"):
        assert ALLOW not in ask(token, HTTP_ORIGIN=foreign).headers
    assert visitor.options(PATH, HTTP_ORIGIN=own)[ALLOW] == own
    assert ALLOW not in visitor.options(PATH, HTTP_ORIGIN="https://evil.example").headers
    answer = ask(token, HTTP_ORIGIN=own)
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert {"Origin", "Authorization"} <= set(answer["Vary"].split(", "))
    assert answer["Cache-Control"] == "no-store"


def test_while_the_vault_is_away_it_says_so(
    robin: Customer, web_shop: Shop, settings: SettingsWrapper
) -> None:
    token, house = token_of(web_shop, robin), django.SHOPWARD
    gone = msgspec.structs.replace(house.listen, socket=house.home / "gone.sock")
    settings.SHOPWARD = msgspec.structs.replace(house, listen=gone)

    assert ask(token).status_code == 503
    settings.SHOPWARD = house
    work()


def test_the_script_is_for_every_page_and_its_hash_stands_where_shops_read_it() -> None:
    answer = Visitor("public").get("/embed/security.js")
    digest = base64.b64encode(hashlib.sha384(answer.content).digest()).decode()

    assert answer.content == SCRIPT.read_bytes()
    assert answer[ALLOW] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    for place in ("docs/operations/openid.md", "examples/oidc_client/shop.py"):
        assert f"sha384-{digest}" in (ROOT / place).read_text("utf-8"), (place, digest)
