"""Lost everything: a mailbox and three days let a customer in anew, and a sign-in stops it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from shopward.events import Kind
from shopward.identity.web import codes
from shopward.identity.web.flows import recovery
from tests.identity import customers, notebook
from tests.identity.customers import ask_for_code, mailed_code, visitor
from tests.identity.people import CHROME, Clock
from tests.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def ask(browser: Visitor | None = None) -> Any:
    browser = browser or visitor(CHROME)
    ask_for_code(browser, page="/lost/")
    return browser.post("/lost/code/", {"code": mailed_code()})


def stop_link() -> str:
    found = re.search(r"https://[^/]+(/lost/stop/\S+)", notebook.MAILS[-1].body)
    assert found is not None, notebook.MAILS[-1].body
    return found[1]


def test_a_mailbox_begins_a_wait_and_opens_nothing() -> None:
    desk, _ = customers.with_passkey()
    browser = visitor(CHROME)
    answer = ask(browser)

    assert answer.status_code == 200
    assert "three days" in answer.content.decode()
    assert browser.get("/account/ways/").status_code == 302
    assert desk.get("/account/ways/").status_code == 200
    assert codes.strong_factors(customers.account()) == 1
    assert notebook.MAILS[-1].subject == "Somebody asks to get into your account"


def test_after_three_days_she_sets_up_a_new_way_and_the_old_ones_are_gone(time: Clock) -> None:
    desk, old = customers.with_passkey()
    ask()
    time.move(days=2, hours=23)
    assert ask().status_code == 200
    time.move(hours=1)
    browser, key = visitor(CHROME), customers.key()

    assert ask(browser)["Location"] == "/account/passkey/"
    assert desk.get("/account/ways/").status_code == 302
    assert browser.get("/account/devices/")["Location"] == "/account/ways/"
    page = browser.get("/account/passkey/")
    assert browser.post("/account/passkey/", {"credential": key.create(page)}).status_code == 302
    assert browser.get("/account/devices/").status_code == 200
    other = visitor()
    refused = other.post("/sign-in/passkey/", {"credential": old.get(other.get("/sign-in/"))})
    assert refused.status_code == 403
    kinds = [event.kind for event in notebook.EVENTS]
    assert [kinds.count(one) for one in (Kind.RECOVERY_ASKED, Kind.RECOVERY_USED)] == [1, 1]


def test_one_sign_in_with_what_was_not_lost_ends_it(time: Clock) -> None:
    _, key = customers.with_passkey()
    ask()
    browser = visitor()
    page = browser.get("/sign-in/")
    assert browser.post("/sign-in/passkey/", {"credential": key.get(page)}).status_code == 302
    assert recovery.open_case(customers.account()) is None
    time.move(days=3)

    assert ask().status_code == 200  # another wait begins
    assert codes.strong_factors(customers.account()) == 1


def test_the_link_of_the_mail_stops_it_and_opening_it_changes_nothing(time: Clock) -> None:
    customers.with_passkey()
    ask()
    link, stranger = stop_link(), visitor()

    assert stranger.get(link).status_code == 200
    assert recovery.open_case(customers.account()) is not None
    assert stranger.post(link).status_code == 200
    assert recovery.open_case(customers.account()) is None
    assert stranger.get(link).status_code == 404
    time.move(days=3)
    assert ask().status_code == 200


def test_whoever_is_signed_in_sees_it_and_stops_it() -> None:
    desk, _ = customers.with_passkey()
    ask()

    assert "asked to get into your account" in desk.get("/account/ways/").content.decode()
    assert desk.post("/account/stop-recovery/").status_code == 302
    assert recovery.open_case(customers.account()) is None


def test_an_offer_that_nobody_took_up_for_a_week_is_over(time: Clock) -> None:
    customers.with_passkey()
    ask()
    time.move(days=7)

    assert ask().status_code == 200
    assert codes.strong_factors(customers.account()) == 1


def test_an_address_without_an_account_looks_the_same() -> None:
    customers.with_passkey()
    notebook.MAILS.clear()
    browser = visitor()
    assert ask_for_code(browser, "nobody@mail.example", "/lost/")["Location"] == "/lost/code/"
    assert browser.post("/lost/code/", {"code": "12345678"}).status_code == 403
    assert notebook.MAILS == []
