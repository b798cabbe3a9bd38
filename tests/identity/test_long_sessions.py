"""A customer stays signed in for days where the shop allows it, and shows one factor again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shopward.identity.session_limits import CUSTOMER, STAFF, of_realm
from shopward.identity.web import session
from tests.identity import customers
from tests.identity.customers import LONG
from tests.identity.people import Clock, app_key, code_of, person
from tests.identity.shops import Shop, body
from tests.identity.test_oidc_flows import next_of
from tests.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("long")]
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PAGE = "/account/devices/?from=here"


@pytest.fixture
def long(house: Any) -> None:
    house(customer_days=14)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def is_in(browser: Visitor) -> bool:
    return bool(browser.get("/account/ways/").status_code == 200)


def prove(browser: Visitor, **form: str) -> Any:
    return browser.post("/prove/", {"next": PAGE, **form})


@pytest.mark.parametrize(
    ("began_h", "proven_h", "seen_min", "rests", "over"),
    [
        (0, 0, 0, False, False),
        (10, 10, 59, False, False),
        (10, 10, 60, True, False),
        (30, 23, 1, False, False),
        (30, 24, 1, True, False),
        (14 * 24 - 1, 1, 1, False, False),
        (14 * 24, 1, 1, False, True),
        (14 * 24, 14 * 24, 14 * 24 * 60, True, True),
    ],
)
def test_when_a_long_session_rests_and_when_it_is_over(
    began_h: int, proven_h: int, seen_min: int, *, rests: bool, over: bool
) -> None:
    limits = of_realm("customer", 14)
    began, proven = NOON - timedelta(hours=began_h), NOON - timedelta(hours=proven_h)
    seen = NOON - timedelta(minutes=seen_min)
    assert limits.is_resting(proven, seen, NOON) is rests
    assert limits.is_over(began, seen, NOON) is over


def test_one_day_is_the_session_as_it_is_without_the_setting() -> None:
    assert of_realm("customer", 1) == CUSTOMER
    assert of_realm("staff", 14) == STAFF


def test_after_an_hour_one_factor_opens_the_page_that_was_wanted(time: Clock) -> None:
    desk = customers.with_password()
    time.move(minutes=61)
    assert next_of(desk.get(PAGE), "/prove/") == PAGE
    assert next_of(desk.get(PAGE), "/prove/") == PAGE, "asking again does not wake it"
    assert desk.get(f"/prove/?next={PAGE}").status_code == 200
    assert prove(desk, password="not the password").status_code == 403
    assert not is_in(desk)

    assert prove(desk, password=LONG)["Location"] == PAGE

    assert is_in(desk)


def test_after_a_day_also_who_is_there_all_the_time(time: Clock) -> None:
    desk = customers.with_password()
    for _ in range(24 * 2):
        assert is_in(desk)
        time.move(minutes=30)

    assert not is_in(desk)
    prove(desk, password=LONG)
    assert is_in(desk)


def test_what_was_shown_long_ago_counts_no_more(time: Clock) -> None:
    desk = customers.with_password()
    secret = app_key(desk.get("/account/app/"))
    desk.post("/account/app/", {"code": code_of(secret)})
    assert level(desk) == 2
    time.move(days=2)

    prove(desk, code=code_of(secret))

    assert level(desk) == 1, "an app alone is one factor"


def level(browser: Visitor) -> int:
    proof = session.proof(browser.get("/account/ways/").wsgi_request)
    assert proof is not None
    return proof.level


def test_a_passkey_alone_is_two_factors_again(time: Clock) -> None:
    desk, key = customers.with_passkey()
    time.move(days=3)
    page = desk.get("/prove/")

    assert prove(desk, credential=key.get(page))["Location"] == PAGE
    assert level(desk) == 2


def test_after_its_days_it_is_over(time: Clock) -> None:
    desk = customers.with_password()
    for _ in range(14):
        time.move(days=1, minutes=-1)
        prove(desk, password=LONG)
    time.move(days=1)

    assert desk.get(PAGE)["Location"].startswith("/sign-in/")


def test_a_shop_gets_nothing_while_it_rests_and_asks_without_a_page_in_vain(time: Clock) -> None:
    desk, shop = customers.with_password(), Shop.register()
    given = shop.tokens(desk)
    time.move(minutes=61)
    assert shop.userinfo(given["access_token"]).status_code == 401
    assert body(shop.refresh(given["refresh_token"]))["error"] == "invalid_grant"
    assert "error=login_required" in shop.ask(desk, prompt="none")["Location"]
    back = next_of(shop.ask(desk), "/prove/")

    assert desk.post("/prove/", {"password": LONG, "next": back})["Location"] == back

    assert shop.tokens(desk)


def test_pages_that_anybody_may_see_take_her_for_nobody(time: Clock) -> None:
    desk = customers.with_password()
    time.move(minutes=61)

    assert desk.get("/account/")["Location"].startswith("/prove/")
    assert "Sign in" in desk.get("/sign-in/").content.decode()


def test_whoever_signs_in_anew_leaves_no_second_session(time: Clock) -> None:
    desk = customers.with_password()
    time.move(minutes=61)
    customers.sign_in(desk)

    assert len(session.of(customers.account())) == 1


def test_signing_out_works_from_rest(time: Clock) -> None:
    desk = customers.with_password()
    time.move(minutes=61)

    assert desk.post("/sign-out/")["Location"] == "/sign-in/"

    assert not session.of(customers.account())


def test_staff_stay_as_they_were(time: Clock) -> None:
    kim = person().sign_in()
    time.move(minutes=16)

    assert kim.get("/account/")["Location"].startswith("/sign-in/")
