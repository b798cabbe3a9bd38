"""The OpenID provider: a whole sign-in, and every way in which it is refused."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from shopward import clock
from shopward.events import Kind
from shopward.identity.assurance import Factor
from shopward.identity.web import session
from shopward.identity.web.models import Account, Throttle
from shopward.identity.web.oidc import registration
from shopward.identity.web.oidc.models import Grant, Token
from tests.identity import notebook
from tests.identity.people import Clock, person
from tests.identity.shops import (
    AFTER,
    BACK,
    SUBJECT,
    Shop,
    body,
    claims,
    customer,
    signed_in,
    told,
)
from tests.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
ISSUER = "https://shopward.localhost:8443"


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def mara(time: Clock) -> Account:
    return customer()


@pytest.fixture
def shop() -> Shop:
    return Shop.register()


def error(answer: Any) -> str:
    """What the shop is told went wrong."""
    return str(body(answer)["error"])


# The whole way


def test_a_customer_signs_in_to_the_shop(shop: Shop, mara: Account, time: Clock) -> None:
    answer = told(shop.ask(signed_in(mara)))
    assert answer["state"] == "st-1"
    assert answer["iss"] == ISSUER
    given = shop.redeem(answer["code"])
    assert given.status_code == 200
    assert given["Cache-Control"] == "no-store"
    said = body(given)
    assert {said["token_type"], said["expires_in"], said["scope"]} == {
        "Bearer",
        300,
        "openid email",
    }
    keys = KeySet.import_key_set(body(Visitor("public").get("/oidc/keys/")))
    token = jwt.decode(said["id_token"], keys, algorithms=["RS256"])
    now = int(clock.now().timestamp())
    assert token.claims == token.claims | {
        "iss": ISSUER,
        "aud": "web-shop",
        "sub": SUBJECT,
        "nonce": "no-1",
        "acr": "aal2",
        "amr": ["mfa", "swk", "user"],
        "auth_time": now,
        "iat": now,
        "exp": now + 300,
    }
    assert re.fullmatch("[0-9a-f]{32}", token.claims["sid"])
    kinds = [one.kind for one in notebook.EVENTS]
    assert kinds == [Kind.OIDC_CLIENT_ADDED, Kind.OIDC_SIGNED_IN]


def test_the_description_names_what_works(shop: Shop) -> None:
    public = Visitor("public")
    said = body(public.get("/.well-known/openid-configuration"))
    assert said["issuer"] == ISSUER
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert said["authorization_response_iss_parameter_supported"] is True
    assert {"openid", "profile", "email", "phone", "address", "field:vat_id"} <= set(
        said["scopes_supported"]
    )
    for name, place in said.items():
        if name.endswith(("_endpoint", "_uri")):
            path = place.removeprefix(ISSUER)
            assert public.get(path).status_code != 404, name


def test_published_keys_hold_no_secret_half(shop: Shop) -> None:
    for key in body(Visitor("public").get("/oidc/keys/"))["keys"]:
        assert set(key) == {"kty", "n", "e", "kid", "alg", "use"}


def test_nothing_that_opens_anything_is_kept_in_clear(shop: Shop, mara: Account) -> None:
    visitor = signed_in(mara)
    code = shop.code(visitor)
    given = body(shop.redeem(code))
    kept = " ".join(str(row) for row in [*Token.objects.values(), *Grant.objects.values()])
    for secret in (code, given["access_token"], given["refresh_token"], shop.secret):
        assert secret not in kept
    assert {one.secret for one in registration.all_()}.isdisjoint({shop.secret})


def test_a_public_client_needs_no_secret_but_its_verifier(mara: Account) -> None:
    app = Shop.register("app", public=True)
    code = app.code(signed_in(mara))
    assert app.redeem(code).status_code == 200


# PKCE


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": "short"},
    ],
)
def test_without_a_challenge_under_s256_no_code_is_given(
    shop: Shop, mara: Account, changes: dict[str, str | None]
) -> None:
    answer = told(shop.ask(signed_in(mara), **changes))
    assert answer["error"] == "invalid_request"
    assert answer["iss"] == ISSUER
    assert not Grant.objects.exists()


@pytest.mark.parametrize("verifier", ["", "a" * 43])
def test_a_code_without_its_verifier_gives_nothing_and_is_spent(
    shop: Shop, mara: Account, verifier: str
) -> None:
    code = shop.code(signed_in(mara))
    assert shop.redeem(code, code_verifier=verifier).status_code == 400
    assert error(shop.redeem(code)) == "invalid_grant"


# Addresses and shops


@pytest.mark.parametrize(
    "place",
    [
        BACK + "/",
        BACK + "?more=1",
        BACK + "#part",
        BACK.replace("https", "http"),
        BACK.upper(),
        "https://shop.example:443/signed-in",
        "https://shop.example/signed-in/../evil",
        "https://evil.example/signed-in",
        "javascript:alert(1)",
        "",
    ],
)
def test_no_browser_is_sent_to_an_address_that_is_not_registered_letter_for_letter(
    shop: Shop, mara: Account, place: str
) -> None:
    answer = shop.ask(signed_in(mara), redirect_uri=place)
    assert answer.status_code == 400
    assert "Location" not in answer
    assert not Grant.objects.exists()


def test_without_an_address_nobody_is_sent_anywhere(shop: Shop, mara: Account) -> None:
    assert shop.ask(signed_in(mara), redirect_uri=None).status_code == 400


def test_an_unknown_shop_is_told_to_the_person(mara: Account) -> None:
    page = Shop("nobody").ask(signed_in(mara))
    assert page.status_code == 400
    assert "invalid_client" in page.content.decode()


def test_the_address_is_the_same_when_the_code_is_redeemed(shop: Shop, mara: Account) -> None:
    code = shop.code(signed_in(mara))
    assert error(shop.redeem(code, redirect_uri=AFTER)) == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "perhaps"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"request_uri": "https://shop.example/r"}, "request_uri_not_supported"),
        ({"nonce": "n" * 501}, "invalid_request"),
    ],
)
def test_what_the_shop_asks_wrongly_goes_back_to_the_shop(
    shop: Shop, mara: Account, changes: dict[str, str | None], named: str
) -> None:
    answer = told(shop.ask(signed_in(mara), **changes))
    assert answer["error"] == named
    assert answer["state"] == "st-1"
    assert answer["iss"] == ISSUER


def test_a_parameter_that_is_said_twice_is_refused(shop: Shop, mara: Account) -> None:
    visitor = signed_in(mara)
    place = shop.ask(visitor).wsgi_request.get_full_path()
    for more in ("&state=other", "&nonce=other", "&scope=openid", "&max_age=1&max_age=2"):
        answer = visitor.get(place + more)
        assert answer.status_code == 400 or "error" in told(answer)
    assert visitor.get(f"{place}&redirect_uri=https://evil.example/").status_code == 400
    assert Grant.objects.count() == 1


def test_a_shop_gets_only_scopes_of_its_own_fields(shop: Shop, mara: Account) -> None:
    given = shop.tokens(signed_in(mara), scope="openid email phone offline_access field:note")
    assert given["scope"] == "openid email"


def test_a_posted_request_is_asked_again_with_the_cookie(shop: Shop, mara: Account) -> None:
    foreign = Visitor("public", enforce_csrf_checks=True)
    answer = foreign.post("/oidc/authorize/", shop.request())
    assert answer.status_code == 302
    assert answer["Location"].startswith("/oidc/authorize/?")
    assert "code" in told(signed_in(mara).get(answer["Location"]))


# One use


def test_a_code_that_comes_again_ends_what_it_gave(shop: Shop, mara: Account) -> None:
    code = shop.code(signed_in(mara))
    given = body(shop.redeem(code))
    assert shop.userinfo(given["access_token"]).status_code == 200
    assert error(shop.redeem(code)) == "invalid_grant"
    assert shop.userinfo(given["access_token"]).status_code == 401
    assert error(shop.refresh(given["refresh_token"])) == "invalid_grant"
    assert notebook.EVENTS[-1].kind is Kind.OIDC_REPLAYED


def test_a_refresh_token_that_comes_again_ends_its_family(shop: Shop, mara: Account) -> None:
    first = shop.tokens(signed_in(mara))
    second = body(shop.refresh(first["refresh_token"]))
    third = body(shop.refresh(second["refresh_token"]))
    assert shop.userinfo(third["access_token"]).status_code == 200
    assert error(shop.refresh(first["refresh_token"])) == "invalid_grant"
    assert error(shop.refresh(third["refresh_token"])) == "invalid_grant"
    for one in (first, second, third):
        assert shop.userinfo(one["access_token"]).status_code == 401
    assert not Grant.objects.exists()
    assert notebook.EVENTS[-1].about.endswith("what=refresh")


def test_another_family_of_the_same_customer_is_left_alone(shop: Shop, mara: Account) -> None:
    visitor = signed_in(mara)
    other, first = shop.tokens(visitor), shop.tokens(visitor)
    shop.refresh(first["refresh_token"])
    shop.refresh(first["refresh_token"])
    assert shop.userinfo(other["access_token"]).status_code == 200


def test_a_code_is_over_after_a_minute(shop: Shop, mara: Account, time: Clock) -> None:
    code = shop.code(signed_in(mara))
    time.move(seconds=60)
    assert error(shop.redeem(code)) == "invalid_grant"


def test_an_access_token_is_over_after_five_minutes(shop: Shop, mara: Account, time: Clock) -> None:
    given = shop.tokens(signed_in(mara))
    time.move(seconds=299)
    assert shop.userinfo(given["access_token"]).status_code == 200
    time.move(seconds=1)
    answer = shop.userinfo(given["access_token"])
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]


def test_a_code_or_token_of_another_shop_is_worth_nothing(shop: Shop, mara: Account) -> None:
    other, visitor = Shop.register("other-shop"), signed_in(mara)
    code = shop.code(visitor)
    other.verifier = shop.verifier
    assert error(other.redeem(code)) == "invalid_grant"
    given = body(shop.redeem(code))
    assert error(other.refresh(given["refresh_token"])) == "invalid_grant"
    assert error(other.post("/oidc/revoke/", token=given["access_token"])) == "invalid_grant"
    asked = other.post("/oidc/introspect/", token=given["access_token"])
    assert body(asked) == {"active": False}
    assert shop.userinfo(given["access_token"]).status_code == 200


def test_one_kind_of_token_does_not_stand_for_another(shop: Shop, mara: Account) -> None:
    visitor = signed_in(mara)
    code, given = shop.code(visitor), shop.tokens(visitor)
    assert shop.userinfo(code).status_code == 401
    assert shop.userinfo(given["refresh_token"]).status_code == 401
    assert shop.userinfo(given["id_token"]).status_code == 401
    assert error(shop.refresh(given["access_token"])) == "invalid_grant"
    assert error(shop.redeem(given["refresh_token"])) == "invalid_grant"


def test_a_refresh_cannot_widen_what_was_granted(shop: Shop, mara: Account) -> None:
    given = shop.tokens(signed_in(mara), scope="openid email")
    wider = shop.refresh(given["refresh_token"], scope="openid email address")
    assert error(wider) == "invalid_scope"
    narrow = body(shop.refresh(given["refresh_token"], scope="openid"))
    assert narrow["scope"] == "openid"
    assert body(shop.userinfo(narrow["access_token"])) == {"sub": SUBJECT}


# Showing who the shop is


@pytest.mark.parametrize("place", ["/oidc/token/", "/oidc/revoke/", "/oidc/introspect/"])
def test_a_wrong_secret_opens_nothing(shop: Shop, mara: Account, place: str) -> None:
    given = shop.tokens(signed_in(mara))
    shop.secret = "wrong"
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    answer = shop.post(place, token=given["refresh_token"], **form)
    assert answer.status_code == 401
    assert error(answer) == "invalid_client"
    assert Grant.objects.count() == 1


def test_a_shop_with_a_secret_is_not_taken_without_it(shop: Shop, mara: Account) -> None:
    code = shop.code(signed_in(mara))
    secret, shop.secret = shop.secret, ""
    assert error(shop.redeem(code)) == "invalid_client"
    assert error(shop.redeem(code, client_secret=secret)) == "invalid_client"
    shop.secret = secret
    assert shop.redeem(code).status_code == 200


def test_what_would_stand_in_a_log_is_refused(shop: Shop, mara: Account) -> None:
    code = shop.code(signed_in(mara))
    assert error(shop.post(f"/oidc/token/?code={code}", grant_type="authorization_code")) == (
        "invalid_request"
    )
    assert shop.redeem(code).status_code == 200
    token = shop.tokens(signed_in(mara))["access_token"]
    assert Visitor("public").get(f"/oidc/userinfo/?access_token={token}").status_code == 401


def test_failures_of_shops_count_in_the_same_table_as_those_of_people(shop: Shop) -> None:
    network = "network:203.0.113.9"
    shop.secret = "wrong"
    for _ in range(100):
        assert shop.redeem("x").status_code == 401
    assert Throttle.objects.get(pk=network).failures == 100
    answer = shop.redeem("x")
    assert answer.status_code == 429
    assert answer["Retry-After"]
    somebody = Visitor("staff", REMOTE_ADDR="203.0.113.9")
    robin = person()
    assert robin.type_password(somebody).status_code == 403


def test_a_network_that_guessed_passwords_is_paused_here_too(shop: Shop) -> None:
    Throttle.objects.create(
        key="network:203.0.113.9", failures=100, until=clock.now() + timedelta(minutes=5)
    )
    assert shop.redeem("x").status_code == 429


# What the sign-in has to be


def test_nobody_signed_in_is_sent_to_the_sign_in_page_and_back(shop: Shop, mara: Account) -> None:
    visitor = Visitor("public")
    answer = shop.ask(visitor, login_hint="ada@example.com")
    place, query = urlsplit(answer["Location"]).path, parse_qs(urlsplit(answer["Location"]).query)
    assert (answer.status_code, place) == (302, "/sign-in/")
    assert query["login_hint"] == ["ada@example.com"]
    back = query["next"][0]
    assert "ada" not in unquote(back)
    visitor.be(mara)
    page = visitor.get(back)
    assert page.status_code == 200
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page.content.decode())
    assert found is not None
    carried = parse_qs(urlsplit(found[1].replace("&amp;", "&")).query)
    assert carried["state"] == ["st-1"]
    assert shop.redeem(carried["code"][0]).status_code == 200


@pytest.mark.parametrize("hint", ["ada@example.com", "nobody@example.com", "x" * 400])
def test_a_hint_is_looked_up_by_nobody(shop: Shop, mara: Account, hint: str) -> None:
    answer = shop.ask(Visitor("public"), login_hint=hint)
    assert answer["Location"].startswith("/sign-in/?")
    told_none = told(shop.ask(Visitor("public"), login_hint=hint, prompt="none"))
    assert told_none["error"] == "login_required"


def test_staff_are_nobody_to_a_shop(shop: Shop) -> None:
    visitor = Visitor("public")
    visitor.be(person().account)
    assert shop.ask(visitor)["Location"].startswith("/sign-in/?")


def test_prompt_none_shows_no_page(shop: Shop, mara: Account, time: Clock) -> None:
    assert told(shop.ask(Visitor("public"), prompt="none"))["error"] == "login_required"
    visitor = signed_in(mara)
    assert "code" in told(shop.ask(visitor, prompt="none"))
    time.move(seconds=61)
    assert told(shop.ask(visitor, prompt="none", max_age="60"))["error"] == "login_required"
    weak = signed_in(mara, Factor.PASSWORD)
    answer = told(shop.ask(weak, prompt="none", acr_values="aal2"))
    assert answer["error"] == "unmet_authentication_requirements"


def back_of(answer: Any) -> str:
    """Where the customer comes back to after a factor was shown again."""
    assert answer["Location"].startswith("/prove/?"), answer["Location"]
    return parse_qs(urlsplit(answer["Location"]).query)["next"][0]


def prove(visitor: Visitor, factor: Factor) -> None:
    """Shows a factor again, as the page would."""
    from django.contrib.sessions.backends.db import SessionStore  # noqa: PLC0415
    from django.test import RequestFactory  # noqa: PLC0415

    from shopward.console.sessions import signed  # noqa: PLC0415
    from shopward.identity.assurance import Shown  # noqa: PLC0415

    request = RequestFactory().get("/")
    key = visitor.cookies[visitor.site.cookie].value.rpartition(":")[0]
    request.session = SessionStore(key)
    session.prove(request, Shown(factor, clock.now()))
    visitor.cookies[visitor.site.cookie] = signed(visitor.site, request.session.session_key or "")


@pytest.mark.parametrize(
    "asked",
    [{"prompt": "login"}, {"max_age": "60"}, {"max_age": "0"}, {"prompt": "select_account"}],
)
def test_a_fresh_proof_is_asked_for_and_once_is_enough(
    shop: Shop, mara: Account, time: Clock, asked: dict[str, str]
) -> None:
    visitor = signed_in(mara)
    time.move(minutes=2)
    back = back_of(shop.ask(visitor, **asked))
    assert visitor.get(back)["Location"].startswith("/prove/?")
    time.move(minutes=1)
    prove(visitor, Factor.PASSKEY)
    page = visitor.get(back)
    assert page.status_code == 200
    code = re.search(r"code=([\w-]+)", page.content.decode())
    assert code is not None
    said = claims(body(shop.redeem(code[1]))["id_token"])
    assert said["auth_time"] == int(clock.now().timestamp())


def test_max_age_is_met_by_a_young_proof(shop: Shop, mara: Account, time: Clock) -> None:
    visitor = signed_in(mara)
    time.move(seconds=60)
    assert "code" in told(shop.ask(visitor, max_age="60"))
    time.move(seconds=1)
    back_of(shop.ask(visitor, max_age="60"))


def test_a_greater_assurance_is_asked_for_and_told(shop: Shop, mara: Account, time: Clock) -> None:
    visitor = signed_in(mara, Factor.PASSWORD)
    assert claims(shop.tokens(visitor)["id_token"])["acr"] == "aal1"
    back = back_of(shop.ask(visitor, acr_values="aal2"))
    time.move(seconds=5)
    prove(visitor, Factor.TOTP)
    code = re.search(r"code=([\w-]+)", visitor.get(back).content.decode())
    assert code is not None
    said = claims(body(shop.redeem(code[1]))["id_token"])
    assert said["acr"] == "aal2"
    assert said["amr"] == ["mfa", "otp", "pwd"]


def test_who_cannot_reach_the_asked_assurance_is_told_to_the_shop(
    shop: Shop, mara: Account, time: Clock
) -> None:
    visitor = signed_in(mara, Factor.PASSWORD)
    back = back_of(shop.ask(visitor, acr_values="aal2"))
    time.move(seconds=5)
    prove(visitor, Factor.PASSWORD)
    page = visitor.get(back).content.decode()
    assert "unmet_authentication_requirements" in page
    unknown = told(shop.ask(visitor, acr_values="urn:mace:gold"))
    assert unknown["error"] == "unmet_authentication_requirements"


def test_an_address_that_says_when_it_was_asked_cannot_be_made_up(
    shop: Shop, mara: Account, time: Clock
) -> None:
    visitor = signed_in(mara)
    time.move(minutes=2)
    back = back_of(shop.ask(visitor, prompt="login"))
    prove(visitor, Factor.PASSKEY)
    for forged in (
        back.replace("state=st-1", "state=st-2"),
        re.sub(r"asked=[^&]+", "asked=x", back),
        back.partition("&asked")[0],
    ):
        assert visitor.get(forged)["Location"].startswith("/prove/?"), forged
    time.move(minutes=16)
    assert visitor.get(back)["Location"].startswith("/prove/?")


# The end


def test_tokens_end_with_the_session(shop: Shop, mara: Account) -> None:
    visitor = signed_in(mara)
    given, waiting = shop.tokens(visitor), shop.code(visitor)
    session.end([visitor.cookies[visitor.site.cookie].value.rpartition(":")[0]])
    assert_ended(shop, given, waiting)


def test_tokens_end_when_every_session_of_the_customer_is_ended(shop: Shop, mara: Account) -> None:
    visitor = signed_in(mara)
    given, waiting = shop.tokens(visitor), shop.code(visitor)
    mine = visitor.cookies[visitor.site.cookie].value.rpartition(":")[0]
    session.end_all(mara, but=mine)
    assert_ended(shop, given, waiting)
    assert "code" in told(shop.ask(visitor)), "the session itself was kept"


def test_tokens_of_other_customers_stay(shop: Shop, mara: Account) -> None:
    other = customer("cus_9876543210abcdefghjkmnpqrst")
    given = shop.tokens(signed_in(other))
    session.end_all(mara)
    assert shop.userinfo(given["access_token"]).status_code == 200


def test_tokens_end_when_the_account_is_closed(shop: Shop, mara: Account) -> None:
    given = shop.tokens(signed_in(mara))
    Account.objects.filter(pk=mara.pk).update(is_active=False)
    assert shop.userinfo(given["access_token"]).status_code == 401
    assert error(shop.refresh(given["refresh_token"])) == "invalid_grant"


def test_tokens_end_when_the_shop_is_removed(shop: Shop, mara: Account) -> None:
    given = shop.tokens(signed_in(mara))
    registration.remove("web-shop")
    assert shop.userinfo(given["access_token"]).status_code == 401
    assert error(shop.refresh(given["refresh_token"])) == "invalid_client"
    assert not Token.objects.exists()


def test_a_shop_that_refreshes_keeps_the_session_for_a_day_at_most(
    shop: Shop, mara: Account, time: Clock
) -> None:
    given = shop.tokens(signed_in(mara))
    for _ in range(26):
        time.move(minutes=55)
        given = body(shop.refresh(given["refresh_token"]))
    time.move(minutes=55)
    assert error(shop.refresh(given["refresh_token"])) == "invalid_grant"


def test_without_a_refresh_an_idle_session_ends_after_an_hour(
    shop: Shop, mara: Account, time: Clock
) -> None:
    given = shop.tokens(signed_in(mara))
    time.move(minutes=60)
    assert error(shop.refresh(given["refresh_token"])) == "invalid_grant"


def test_a_new_proof_keeps_what_the_session_gave(shop: Shop, mara: Account) -> None:
    visitor = signed_in(mara)
    given = shop.tokens(visitor)
    prove(visitor, Factor.PASSKEY)
    again = claims(shop.tokens(visitor)["id_token"])
    assert shop.userinfo(given["access_token"]).status_code == 200
    assert again["sid"] == claims(given["id_token"])["sid"]


def test_a_shop_gives_tokens_back(shop: Shop, mara: Account) -> None:
    given = shop.tokens(signed_in(mara))
    assert shop.post("/oidc/revoke/", token=given["access_token"]).status_code == 200
    assert shop.userinfo(given["access_token"]).status_code == 401
    fresh = body(shop.refresh(given["refresh_token"]))
    assert shop.post("/oidc/revoke/", token=fresh["refresh_token"]).status_code == 200
    assert shop.userinfo(fresh["access_token"]).status_code == 401
    assert not Grant.objects.exists()
    assert shop.post("/oidc/revoke/", token="unknown").status_code == 200


def test_a_shop_asks_what_a_token_is_worth(shop: Shop, mara: Account, time: Clock) -> None:
    given = shop.tokens(signed_in(mara))
    said = body(shop.post("/oidc/introspect/", token=given["access_token"]))
    assert said["active"] is True
    assert {said["sub"], said["client_id"], said["acr"]} == {SUBJECT, "web-shop", "aal2"}
    time.move(minutes=5)
    ended = shop.post("/oidc/introspect/", token=given["access_token"])
    assert body(ended) == {"active": False}


def assert_ended(shop: Shop, given: dict[str, Any], code: str) -> None:
    """Nothing of it is worth anything any more."""
    assert shop.userinfo(given["access_token"]).status_code == 401
    assert error(shop.refresh(given["refresh_token"])) == "invalid_grant"
    assert error(shop.redeem(code)) == "invalid_grant"
    asked = shop.post("/oidc/introspect/", token=given["access_token"])
    assert body(asked) == {"active": False}


# Signing out from the shop


def test_a_shop_signs_its_customer_out(shop: Shop, mara: Account) -> None:
    visitor = signed_in(mara)
    given, waiting = shop.tokens(visitor), shop.code(visitor)
    page = visitor.get(
        "/oidc/sign-out/",
        {
            "id_token_hint": given["id_token"],
            "post_logout_redirect_uri": AFTER,
            "state": "st-2",
        },
    )
    assert f"{AFTER}?state=st-2" in page.content.decode()
    assert_ended(shop, given, waiting)
    assert shop.ask(visitor)["Location"].startswith("/sign-in/?")


def test_without_the_id_token_the_customer_is_asked(shop: Shop, mara: Account) -> None:
    visitor = signed_in(mara)
    visitor.handler.enforce_csrf_checks = True
    page = visitor.get("/oidc/sign-out/", {"post_logout_redirect_uri": AFTER})
    assert "Sign out?" in page.content.decode()
    assert "code" in told(shop.ask(visitor))
    assert visitor.post("/oidc/sign-out/").status_code == 403
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
    assert token is not None
    form = {"csrfmiddlewaretoken": token[1], "post_logout_redirect_uri": AFTER}
    done = visitor.post("/oidc/sign-out/", form, headers={"origin": visitor.site.origin})
    assert AFTER not in done.content.decode()
    assert shop.ask(visitor)["Location"].startswith("/sign-in/?")


def test_an_id_token_of_another_session_signs_nobody_out(shop: Shop, mara: Account) -> None:
    visitor, other = signed_in(mara), signed_in(mara)
    hint = shop.tokens(other)["id_token"]
    page = visitor.get("/oidc/sign-out/", {"id_token_hint": hint})
    assert "Sign out?" in page.content.decode()
    assert "code" in told(shop.ask(visitor))


def test_nobody_is_sent_on_with_a_forged_id_token_or_to_another_address(
    shop: Shop, mara: Account
) -> None:
    visitor = signed_in(mara)
    hint = shop.tokens(visitor)["id_token"]
    forged = hint[:-8] + "AAAAAAAA"
    asked = {"id_token_hint": forged, "post_logout_redirect_uri": AFTER}
    assert visitor.get("/oidc/sign-out/", asked).status_code == 400
    assert "code" in told(shop.ask(visitor))
    evil = {"id_token_hint": hint, "post_logout_redirect_uri": "https://evil.example/"}
    assert "evil" not in visitor.get("/oidc/sign-out/", evil).content.decode()


# Registering


@pytest.mark.parametrize(
    "changes",
    [
        {"redirects": ("http://shop.example/signed-in",)},
        {"redirects": ("https://*.shop.example/",)},
        {"redirects": ("https://shop.example/#x",)},
        {"redirects": ("https://u@shop.example/",)},
        {"redirects": ("/signed-in",)},
        {"fields": ("note",)},
        {"fields": ("no_such_field",)},
        {"role": "nobody"},
        {"role": "order-system"},
        {"purpose": "tax"},
        {"name": "Web Shop"},
    ],
)
def test_a_shop_is_registered_only_as_policy_and_protocol_allow(changes: dict[str, Any]) -> None:
    from shopward.errors import InvalidError  # noqa: PLC0415

    with pytest.raises(InvalidError) as caught:
        Shop.register(**changes)
    assert caught.value.hint
    assert not registration.all_()


def test_two_shops_cannot_have_one_name(shop: Shop) -> None:
    from shopward.errors import ConflictError  # noqa: PLC0415

    with pytest.raises(ConflictError):
        Shop.register()
