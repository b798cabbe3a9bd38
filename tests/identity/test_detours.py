"""Whatever a customer has to do on her way in, she arrives where she wanted to go."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from hypothesis import given
from hypothesis import strategies as st

from shopward.identity import near_words
from shopward.identity.password import context_words
from shopward.identity.web import session
from tests.identity import customers
from tests.identity.customers import ADA, LONG, ask_for_code, mailed_code, visitor
from tests.identity.people import Clock, app_key, code_of
from tests.identity.shops import Shop
from tests.identity.test_oidc_flows import arrived, next_of
from tests.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
NEW = "seven lanterns under glass"
PLACE = "/account/devices/?from=here"
ELSEWHERE = ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)")


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def link(browser: Visitor, page: str, to: str) -> str:
    """The address that a page of ours gives for one of its links."""
    found = re.search(rf'href="({to}[^"]*)"', browser.get(page).content.decode())
    assert found is not None, to
    return found[1].replace("&amp;", "&")


def reset(browser: Visitor, start: str) -> Any:
    browser.get(start)
    ask_for_code(browser, ADA, "/forgotten/")
    assert browser.post("/forgotten/code/", {"code": mailed_code()}).status_code == 302
    return browser.post("/forgotten/password/", {"password": NEW})


def test_a_forgotten_password_leads_on_to_the_page_that_was_wanted() -> None:
    customers.with_password()
    browser = visitor()
    start = link(browser, f"/sign-in/?next={PLACE}", "/forgotten/")
    after = reset(browser, start)
    assert next_of(after, "/sign-in/") == PLACE
    done = customers.sign_in(browser, password=NEW, next=next_of(after, "/sign-in/"))
    assert done["Location"] == PLACE


def test_a_forgotten_password_leads_on_to_the_shop_that_asked(time: Clock) -> None:
    customers.with_password()
    shop, browser = Shop.register(), visitor()
    start = link(browser, shop.ask(browser)["Location"], "/forgotten/")
    back = next_of(reset(browser, start), "/sign-in/")
    assert back.startswith("/oidc/returned/?")
    done = customers.sign_in(browser, password=NEW, next=back)
    assert done["Location"] == back
    assert "id_token" in arrived(shop, browser, back)


def test_back_to_sign_in_is_no_dead_end() -> None:
    browser = visitor()
    for page in ("/forgotten/", "/lost/", "/sign-up/"):
        back = link(browser, f"{page}?next={PLACE}", "/sign-in/")
        assert parse_qs(urlsplit(back).query)["next"] == [PLACE]


def test_whoever_lost_everything_arrives_after_the_wait(time: Clock) -> None:
    customers.with_password()
    browser = visitor()
    ask_for_code(browser, ADA, "/lost/")
    browser.post("/lost/code/", {"code": mailed_code()})
    time.move(days=4)
    browser = visitor()
    browser.get(f"/lost/?next={PLACE}")
    ask_for_code(browser, ADA, "/lost/")
    browser.post("/lost/code/", {"code": mailed_code()})
    assert browser.post("/sign-up/password/", {"password": NEW})["Location"] == PLACE


def test_a_second_step_that_came_too_late_begins_again_with_the_same_aim(time: Clock) -> None:
    desk = customers.with_password()
    desk.post("/account/mail-code/")
    browser = visitor()
    customers.sign_in(browser, next=PLACE)
    time.move(minutes=11)
    assert next_of(browser.get("/sign-in/second/"), "/sign-in/") == PLACE


def test_a_recovery_code_and_a_new_app_lead_on(time: Clock) -> None:
    desk = customers.with_password()
    secret = app_key(desk.get("/account/app/"))
    desk.post("/account/app/", {"code": code_of(secret)})
    made = desk.post("/account/recovery-codes/").content.decode()
    codes = re.findall(r"<code>([^<]+)</code>", made)
    browser = visitor()
    customers.sign_in(browser, next=PLACE)
    answer = browser.post("/sign-in/recovery-code/", {"code": codes[0]})
    assert answer["Location"] == "/account/ways/"
    secret = app_key(browser.get("/account/app/"))
    assert browser.post("/account/app/", {"code": code_of(secret)})["Location"] == PLACE
    assert browser.get("/sign-in/")["Location"] != PLACE, "she is sent there once"


def test_a_proof_leads_back_to_the_whole_address(time: Clock) -> None:
    desk = customers.with_password()
    time.move(minutes=6)
    assert next_of(desk.get("/account/password/?from=here"), "/prove/").endswith("?from=here")


@pytest.mark.parametrize("place", ELSEWHERE)
@pytest.mark.parametrize("page", ["/sign-up/", "/forgotten/", "/lost/", "/sign-in/"])
def test_no_page_leads_out_of_the_site(page: str, place: str) -> None:
    browser = visitor()
    answer = browser.get(page, {"next": place})
    assert "evil" not in answer.content.decode()
    assert "alert(1)" not in answer.content.decode()
    kept = browser.session.get("identity.wanted")
    assert kept is None
    answer = browser.post(page, {"email": ADA, "password": LONG, "next": place})
    assert "evil" not in answer.get("Location", "")
    assert browser.session.get("identity.wanted") is None
    assert (browser.session.get(session.PENDING) or {}).get("next", "") == ""


# A password that is made of the address


NAMED = "augusta.lovelace@analytical.example"
OF_HER_ADDRESS = "Augusta-Lovelace-1815"


def test_a_password_made_of_the_address_is_refused_at_sign_up() -> None:
    browser = customers.confirmed(NAMED)
    answer = browser.post("/sign-up/password/", {"password": OF_HER_ADDRESS})
    assert answer.status_code == 403
    assert "your name or your address" in answer.content.decode().replace("&#x27;", "'")
    assert browser.post("/sign-up/password/", {"password": LONG}).status_code == 302


def test_a_password_made_of_the_address_is_refused_at_a_reset() -> None:
    customers.with_password(NAMED)
    browser = visitor()
    ask_for_code(browser, NAMED, "/forgotten/")
    browser.post("/forgotten/code/", {"code": mailed_code()})
    assert browser.post("/forgotten/password/", {"password": OF_HER_ADDRESS}).status_code == 403
    assert browser.post("/forgotten/password/", {"password": NEW}).status_code == 302


def test_no_word_of_the_address_is_kept_meanwhile() -> None:
    browser = customers.confirmed(NAMED)
    kept = json.dumps([one.get_decoded() for one in Session.objects.all()])
    assert "identity.near" in kept
    for word in context_words(NAMED):
        assert word not in kept.casefold()
    browser.post("/sign-up/password/", {"password": LONG})
    kept = json.dumps([one.get_decoded() for one in Session.objects.all()])
    assert "identity.near" not in kept


@given(st.lists(st.text(min_size=4, max_size=12), max_size=5), st.text(max_size=20), st.data())
def test_kept_words_are_found_in_what_is_made_of_them(
    words: list[str], between: str, data: st.DataObject
) -> None:
    known = context_words(" ".join(words))
    part = data.draw(st.lists(st.sampled_from(known), max_size=3)) if known else []
    text = between + between.join(part)
    got = near_words.found(text, near_words.kept(known, b"k" * 32), b"k" * 32)
    whole = near_words.normalise(text).casefold()
    assert set(got) == {word for word in known if word in whole}
    assert near_words.found(text, near_words.kept(known, b"o" * 32), b"k" * 32) == ()
