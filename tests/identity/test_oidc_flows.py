"""The provider behind the real pages: sign-up, sign-in, proof, and all that ends a sign-in."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from shopward.identity.assurance import Factor
from shopward.identity.web.models import Account
from shopward.identity.web.oidc.models import Grant
from tests.identity import customers
from tests.identity.customers import LONG
from tests.identity.people import CHROME, Clock, app_key, code_of
from tests.identity.shops import BACK, Shop, body, claims
from tests.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def shop() -> Shop:
    return Shop.register()


def next_of(answer: Any, page: str) -> str:
    """Where a page of ours sends her afterwards."""
    parts = urlsplit(answer["Location"])
    assert parts.path == page, answer["Location"]
    return parse_qs(parts.query)["next"][0]


def arrived(shop: Shop, visitor: Visitor, back: str) -> dict[str, Any]:
    """The tokens of whoever came back to the shop from our page."""
    page = visitor.get(back)
    assert page.status_code == 200, page["Location"]
    code = re.search(rf"url={re.escape(BACK)}\?code=([\w-]+)", page.content.decode())
    assert code is not None, page.content.decode()
    return body(shop.redeem(code[1]))


def test_a_customer_signs_in_on_the_way_to_the_shop(shop: Shop, time: Clock) -> None:
    customers.with_password()
    visitor = customers.visitor(CHROME)
    back = next_of(shop.ask(visitor), "/sign-in/")
    done = customers.sign_in(visitor, next=back)
    assert (done.status_code, done["Location"]) == (302, back)
    said = claims(arrived(shop, visitor, back)["id_token"])
    assert said["sub"] == customers.account().subject
    assert (said["acr"], said["amr"]) == ("aal1", ["pwd"])


def test_a_hint_stands_in_the_field_whoever_it_names(shop: Shop) -> None:
    customers.with_password()
    pages = []
    for hint in (customers.ADA, "nobody@mail.example"):
        answer = shop.ask(customers.visitor(CHROME), login_hint=hint)
        page = customers.visitor(CHROME).get(answer["Location"]).content.decode()
        assert f'value="{hint}"' in page
        pages.append(len(page.replace(hint, "")))
    assert abs(pages[0] - pages[1]) < 8


def test_somebody_new_signs_up_on_the_way_to_the_shop(shop: Shop, time: Clock) -> None:
    visitor = customers.visitor()
    page = visitor.get(shop.ask(visitor)["Location"]).content.decode()
    link = re.search(r'href="(/sign-up/\?next=[^"]+)"', page)
    assert link is not None
    visitor.get(link[1])
    customers.confirmed(browser=visitor)
    done = visitor.post("/sign-up/password/", {"password": LONG})
    assert done["Location"].startswith("/oidc/returned/?")
    given = arrived(shop, visitor, done["Location"])
    assert claims(given["id_token"])["sub"] == customers.account().subject
    assert visitor.get("/sign-in/")["Location"] != done["Location"], "she is sent there once"


def test_whoever_came_in_by_a_code_alone_is_not_signed_in_to_a_shop(shop: Shop) -> None:
    visitor = customers.confirmed()
    assert shop.ask(visitor)["Location"] == "/account/ways/"
    silent = shop.ask(visitor, prompt="none")["Location"]
    assert "error=login_required" in silent
    assert not Grant.objects.exists()
    done = visitor.post("/sign-up/password/", {"password": LONG})
    assert arrived(shop, visitor, done["Location"])


def test_a_proof_is_shown_again_for_the_shop(shop: Shop, time: Clock) -> None:
    visitor, key = customers.with_passkey()
    first = claims(shop.tokens(visitor)["id_token"])
    time.move(minutes=10)
    back = next_of(shop.ask(visitor, max_age="300"), "/prove/")
    page = visitor.get(f"/prove/?next={back}")
    time.move(seconds=5)
    done = visitor.post("/prove/", {"credential": key.get(page), "next": back})
    assert done["Location"] == back
    second = claims(arrived(shop, visitor, back)["id_token"])
    assert second["auth_time"] == first["auth_time"] + 605
    assert second["sid"] == first["sid"]


# What ends a sign-in: with the next request of the shop


def sign_out(visitor: Visitor, other: Visitor) -> None:
    assert visitor.post("/sign-out/").status_code == 302


def change_password(visitor: Visitor, other: Visitor) -> None:
    answer = visitor.post("/account/password/", {"password": "seven lanterns under glass"})
    assert answer.status_code == 302, answer.content.decode()


def change_password_elsewhere(visitor: Visitor, other: Visitor) -> None:
    change_password(other, visitor)


def add_an_app(visitor: Visitor, other: Visitor) -> None:
    secret = app_key(visitor.get("/account/app/"))
    answer = visitor.post("/account/app/", {"code": code_of(secret)})
    assert answer.status_code == 302, answer.content.decode()


def end_the_others(visitor: Visitor, other: Visitor) -> None:
    assert other.post("/account/devices/end-others/").status_code == 302


def close(visitor: Visitor, other: Visitor) -> None:
    Account.objects.update(is_active=False)


@pytest.mark.parametrize(
    "end",
    [sign_out, change_password, change_password_elsewhere, add_an_app, end_the_others, close],
)
def test_what_a_sign_in_gave_ends_with_it(shop: Shop, time: Clock, end: Any) -> None:
    visitor = customers.with_password()
    other = customers.visitor(CHROME)
    customers.sign_in(other)
    given, waiting = shop.tokens(visitor), shop.code(visitor)
    assert shop.userinfo(given["access_token"]).status_code == 200
    end(visitor, other)
    assert shop.userinfo(given["access_token"]).status_code == 401
    assert body(shop.refresh(given["refresh_token"]))["error"] == "invalid_grant"
    assert body(shop.redeem(waiting))["error"] == "invalid_grant"
    assert not Grant.objects.filter(account__is_active=True).exists()


def test_signing_out_from_the_shop_is_signing_out_here(shop: Shop, time: Clock) -> None:
    visitor = customers.with_password()
    hint = shop.tokens(visitor)["id_token"]
    visitor.get("/oidc/sign-out/", {"id_token_hint": hint})
    assert visitor.get("/account/devices/")["Location"].startswith("/sign-in/")


def test_a_session_of_a_passkey_says_so(shop: Shop, time: Clock) -> None:
    visitor, _ = customers.with_passkey()
    said = claims(shop.tokens(visitor)["id_token"])
    assert said["acr"] in {"aal2", "aal3"}
    assert "user" in said["amr"]
    assert Factor.PASSWORD not in said["amr"]
