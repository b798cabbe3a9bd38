"""After a theft of the key that signs ID tokens: another one at once, and nothing given lasts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError
from joserfc.jwk import KeySet

from shopward.console import shops
from shopward.events import Kind
from shopward.identity.oidc.signing_keys import SigningKeys
from shopward.identity.web.oidc.models import Grant
from tests.identity import customers, notebook
from tests.identity.shops import Shop, body
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)


@pytest.fixture
def keys(house: Any, tmp_path: Path) -> SigningKeys:
    folder = tmp_path / "keys"
    house(oidc_keys=folder)
    made = SigningKeys(folder)
    made.add(datetime.now(UTC) - timedelta(days=2))
    made.add(datetime.now(UTC))
    return made


def published() -> KeySet:
    answer = Visitor("public").get("/oidc/keys/")
    return KeySet.import_key_set(json.loads(answer.content))


def test_what_the_stolen_key_signed_is_believed_by_nobody_who_fetches_the_list(
    keys: SigningKeys,
) -> None:
    browser = customers.with_password()
    stolen = keys.signing(datetime.now(UTC))
    given = Shop.register().tokens(browser)["id_token"]
    before = published()
    assert jwt.decode(given, before).claims["sub"] == customers.account().subject
    forged = jwt.encode({"alg": "RS256", "kid": stolen.kid}, {"sub": "cus_" + "0" * 27}, stolen)

    said = shops.replace_keys()

    after = published()
    assert [one.kid for one in after.keys] == [said["key_id"]]
    assert said["key_id"] not in {one.kid for one in before.keys}
    assert said["removed keys"] == "2"
    for token in (given, forged):
        with pytest.raises((BadSignatureError, InvalidKeyIdError, ValueError)):
            jwt.decode(token, after)


def test_what_every_shop_was_given_ends_and_a_new_sign_in_works_at_once(keys: SigningKeys) -> None:
    browser = customers.with_password()
    first, second = Shop.register("first-shop"), Shop.register("second-shop")
    given = [one.tokens(browser) for one in (first, second)]
    waiting = first.code(browser)

    assert shops.replace_keys()["ended sign-ins"] == "3"

    assert not Grant.objects.exists()
    for shop, tokens in zip((first, second), given, strict=True):
        assert shop.userinfo(tokens["access_token"]).status_code == 401
        assert body(shop.refresh(tokens["refresh_token"]))["error"] == "invalid_grant"
    assert body(first.redeem(waiting))["error"] == "invalid_grant"
    assert Kind.OIDC_KEYS_REPLACED in [event.kind for event in notebook.EVENTS]
    anew = first.tokens(browser)["id_token"]
    assert jwt.decode(anew, published()).claims["sub"] == customers.account().subject


def test_it_can_be_done_twice_in_one_moment(tmp_path: Path) -> None:
    keys = SigningKeys(tmp_path)
    assert keys.replace(NOW) == 0
    first = keys.signing(NOW).kid
    assert keys.replace(NOW) == 1
    assert keys.signing(NOW).kid != first
    assert [signs for _, _, signs in keys.listed(NOW)] == [True]


def test_the_list_says_which_one_signs(keys: SigningKeys) -> None:
    assert [one["state"] for one in shops.listed_keys()] == ["signs", "published"]
