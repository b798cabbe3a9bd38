"""Whatever is sent to the provider, it answers calmly, and never repeats it to a person."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from tests.identity.shops import Shop, customer, signed_in
from tests.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
CALM = {200, 302, 400, 401, 403, 405, 429}
BOLD = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
TEXT = some.text(max_size=30) | some.sampled_from(['"', "\\", "é", "\x00", "%", "a b", "\ud7ff"])
NAMES = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "acr_values",
    "login_hint",
    "response_mode",
    "asked",
)
FORM = (
    "grant_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "client_id",
    "client_secret",
    "scope",
    "token",
    "token_type_hint",
)
HINTS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint")


@pytest.fixture
def shop() -> Shop:
    return Shop.register()


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    return signed_in(customer())


@BOLD
@given(some.dictionaries(some.sampled_from(NAMES), TEXT, max_size=4))
@example({"redirect_uri": 'https://evil.example/"'})
@example({"response_type": 'code"é'})
@example({"client_id": "\x00"})
def test_an_odd_request_is_answered_calmly(
    shop: Shop, visitor: Visitor, changes: dict[str, str]
) -> None:
    for place in ("/oidc/authorize/", "/oidc/returned/"):
        answer = visitor.get(place, {**shop.request(), **changes})
        assert answer.status_code in CALM, changes
    posted = visitor.post("/oidc/authorize/", {**shop.request(), **changes})
    assert posted.status_code in CALM


@BOLD
@given(some.dictionaries(some.sampled_from(FORM), TEXT, max_size=5), TEXT)
@example({"grant_type": '"é'}, "")
@example({"grant_type": "authorization_code", "code": "\x00"}, "")
def test_an_odd_form_of_a_shop_is_answered_calmly(
    shop: Shop, form: dict[str, str], header: str
) -> None:
    pair = f"{shop.name}:{shop.secret}".encode()
    good = f"Basic {base64.b64encode(pair).decode()}"
    odd = header.encode("ascii", "ignore").decode()
    for place in ("/oidc/token/", "/oidc/revoke/", "/oidc/introspect/"):
        for said in (good, f"Basic {odd}", odd):
            answer = Visitor("public").post(place, form, HTTP_AUTHORIZATION=said)
            assert answer.status_code in CALM, (place, form, said)
    bearer = Visitor("public").get("/oidc/userinfo/", HTTP_AUTHORIZATION=f"Bearer {odd}")
    assert bearer.status_code == 401


@BOLD
@given(some.dictionaries(some.sampled_from(HINTS), TEXT, max_size=4))
@example({"id_token_hint": "a.b.c"})
@example({"id_token_hint": "eyJhbGciOiJub25lIn0.e30."})
@example({"id_token_hint": "eyJhbGciOiJSUzI1NiJ9.e30.AAAA"})
@example({"id_token_hint": "e30.e30.e30"})
@example({"id_token_hint": "é.é.é"})
def test_an_odd_sign_out_is_answered_calmly(
    shop: Shop, visitor: Visitor, asked: dict[str, str]
) -> None:
    answer = visitor.get("/oidc/sign-out/", asked)
    assert answer.status_code in CALM, asked


def test_a_page_of_ours_repeats_nothing_that_was_sent(shop: Shop, visitor: Visitor) -> None:
    words = "Call-us-at-0900-12345"
    for changes in ({"redirect_uri": f"https://evil.example/{words}"}, {"client_id": words}):
        page = shop.ask(visitor, **changes)
        assert page.status_code == 400
        assert words not in page.content.decode()
