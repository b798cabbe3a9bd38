"""A shop reads fields with a customer's token: what is asked of the vault, and what it is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shopward import clock
from shopward.identity.assurance import Factor
from shopward.identity.oidc.reading import Seen
from shopward.identity.web.models import Account
from tests.identity import shops
from tests.identity.people import Clock
from tests.identity.shops import SUBJECT, Shop, body, customer, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]


@pytest.fixture(autouse=True)
def forgotten() -> None:
    shops.LOOKS.clear()
    shops.ANSWERS.clear()


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def mara(time: Clock) -> Account:
    return customer()


@pytest.fixture
def shop() -> Shop:
    return Shop.register()


def test_a_look_carries_how_surely_and_when_the_customer_signed_in(
    shop: Shop, mara: Account, time: Clock
) -> None:
    given = shop.tokens(signed_in(mara, Factor.PASSWORD, Factor.TOTP))
    time.move(minutes=4)
    shop.userinfo(given["access_token"])
    look = shops.LOOKS[-1]
    assert (look.level, look.auth_time) == (2, clock.now() - timedelta(minutes=4))
    assert (look.shop, look.role, look.purpose) == ("web-shop", "shop-sign-in", "account")
    assert (look.subject, look.fields) == (SUBJECT, ("email",))
    assert len(look.session) == 32


def test_a_refresh_makes_no_sign_in_younger_or_stronger(
    shop: Shop, mara: Account, time: Clock
) -> None:
    visitor = signed_in(mara, Factor.PASSWORD)
    given = shop.tokens(visitor)
    time.move(minutes=10)
    fresh = body(shop.refresh(given["refresh_token"]))
    shop.userinfo(fresh["access_token"])
    look = shops.LOOKS[-1]
    assert (look.level, look.auth_time) == (1, clock.now() - timedelta(minutes=10))


def test_fields_are_told_under_their_standard_claims(shop: Shop, mara: Account) -> None:
    given = shop.tokens(signed_in(mara), scope="openid profile email address field:vat_id")
    answer = shop.userinfo(given["access_token"])
    assert answer["Shopward-Entry"] == "7"
    assert body(answer) == {
        "sub": SUBJECT,
        "given_name": "<first_name>",
        "email": "<email>",
        "address": {"street_address": "<address1>\n<address2>", "locality": "<city>"},
        "fields": {"vat_id": "<vat_id>"},
    }


def test_a_field_that_holds_nothing_is_left_out(shop: Shop, mara: Account) -> None:
    given = shop.tokens(signed_in(mara))
    shops.ANSWERS.append(Seen({"email": None}, 8))
    assert body(shop.userinfo(given["access_token"])) == {"sub": SUBJECT}


def test_without_a_field_in_the_scope_the_vault_is_not_asked(shop: Shop, mara: Account) -> None:
    given = shop.tokens(signed_in(mara), scope="openid")
    assert body(shop.userinfo(given["access_token"])) == {"sub": SUBJECT}
    assert not shops.LOOKS


@pytest.mark.parametrize("reason", ["assurance-too-low", "sign-in-too-old"])
def test_a_refusal_that_a_better_sign_in_ends_says_what_would_do(
    shop: Shop, mara: Account, reason: str
) -> None:
    given = shop.tokens(signed_in(mara), scope="openid field:vat_id")
    shops.ANSWERS.append(Seen(refused=reason, entry=9))
    answer = shop.userinfo(given["access_token"])
    assert answer.status_code == 401
    challenge = answer["WWW-Authenticate"]
    assert 'error="insufficient_user_authentication"' in challenge
    assert 'acr_values="aal2"' in challenge
    assert 'max_age="900"' in challenge
    assert answer["Shopward-Entry"] == "9"


def test_any_other_refusal_is_told_with_its_reason(shop: Shop, mara: Account) -> None:
    given = shop.tokens(signed_in(mara))
    shops.ANSWERS.append(Seen(refused="subject-frozen", entry=9))
    answer = shop.userinfo(given["access_token"])
    assert (answer.status_code, body(answer)["error"]) == (403, "access_denied")
    assert "subject-frozen" in body(answer)["error_description"]


def test_a_vault_that_is_away_is_told_as_such(shop: Shop, mara: Account) -> None:
    given = shop.tokens(signed_in(mara))
    shops.ANSWERS.append(Seen(refused="away"))
    assert shop.userinfo(given["access_token"]).status_code == 503


@pytest.mark.parametrize("header", ["", "Basic eDp5", "Bearer", "Bearer nonsense"])
def test_without_a_good_token_nothing_is_read(shop: Shop, header: str) -> None:
    machine = shops.Visitor("public")
    answer = machine.get("/oidc/userinfo/", HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer ")
    assert not shops.LOOKS
