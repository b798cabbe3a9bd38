"""“This was not me” ends what shops were given, whoever had signed in to them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from pytest_django import Settings as SettingsWrapper

from shopward import clock
from shopward.identity.web.oidc.models import Grant
from shopward.portal import not_me as rules
from shopward.portal.web.flows import links, not_me
from shopward.settings import Settings
from tests.identity.shops import Shop, body
from tests.portal.conftest import Customer
from tests.visitor import Visitor


@pytest.fixture
def web_shop(shop: Settings, settings: SettingsWrapper, tmp_path: Path) -> Shop:
    """A shop that customers sign in to."""
    identity = msgspec.structs.replace(shop.identity, oidc_keys=tmp_path / "oidc-keys")
    settings.SHOPWARD = msgspec.structs.replace(shop, identity=identity)
    return Shop.register(fields=("first_name", "city"))


def test_a_shop_reads_nothing_any_more(robin: Customer, web_shop: Shop) -> None:
    given = web_shop.tokens(robin.browser, scope="openid profile")
    waiting = web_shop.code(robin.browser)
    assert body(web_shop.userinfo(given["access_token"]))["given_name"] == "Robin"

    now = clock.now()
    link = links.make(not_me.USE, links.Link(robin.subject, now + rules.LINK_LIFE, now))
    assert Visitor("public", REMOTE_ADDR="192.0.2.99").post(f"/not-me/{link}/").status_code == 200

    assert web_shop.userinfo(given["access_token"]).status_code == 401
    assert body(web_shop.refresh(given["refresh_token"]))["error"] == "invalid_grant"
    assert body(web_shop.redeem(waiting))["error"] == "invalid_grant"
    assert not Grant.objects.exists()


def test_a_sign_in_made_while_it_stands_reads_nothing_either(
    robin: Customer, web_shop: Shop
) -> None:
    now = clock.now()
    link = links.make(not_me.USE, links.Link(robin.subject, now + rules.LINK_LIFE, now))
    assert Visitor("public", REMOTE_ADDR="192.0.2.99").post(f"/not-me/{link}/").status_code == 200
    robin.sign_in()
    given = web_shop.tokens(robin.browser, scope="openid profile")
    answer = web_shop.userinfo(given["access_token"])
    assert answer.status_code == 403
    assert "subject-frozen" in body(answer)["error_description"]
