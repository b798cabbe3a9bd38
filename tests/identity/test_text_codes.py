"""Codes by SMS after the password: only where the shop accepted it, to the confirmed number."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shopward import clock
from shopward.events import Kind
from shopward.identity.sms import SAID, State
from shopward.identity.web import session
from shopward.settings import SmsSettings
from tests.identity import customers, notebook, shelf
from tests.identity.customers import ADA, ask_for_code, mailed_code, visitor
from tests.identity.people import Clock, app_key, code_of
from tests.phones import CODE
from tests.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("offered")]
NUMBER = "+491715550142"
NEW = "seven lanterns under glass"


@pytest.fixture
def offered(house: Any) -> Any:
    house(sms=SmsSettings(accepts_risk="the owner, for customers without another phone"))
    return house


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def texted_code() -> str:
    found = CODE.search(notebook.TEXTS[-1].said)
    assert found is not None
    return found[1]


def with_number(number: str = NUMBER) -> Visitor:
    """Somebody with a password, and a mobile number in the vault."""
    desk = customers.with_password()
    shelf.PHONES[customers.account().subject] = number
    return desk


def with_sms() -> Visitor:
    desk = with_number()
    assert desk.post("/account/text-code/")["Location"] == "/account/text-code/confirm/"
    answer = desk.post("/account/text-code/confirm/", {"code": texted_code()})
    assert answer["Location"] == "/account/recovery-codes/", answer.content.decode()
    return desk


def at_second_step() -> Visitor:
    browser = visitor()
    assert customers.sign_in(browser)["Location"] == "/sign-in/second/"
    return browser


def said(browser: Visitor, path: str = "/sign-in/second/") -> str:
    return str(browser.get(path).content.decode())


def is_in(browser: Visitor) -> bool:
    return bool(browser.get("/account/ways/").status_code == 200)


def test_the_page_says_what_it_is_worth_and_offers_something_better() -> None:
    page = said(with_number(), "/account/text-code/")

    assert "weakest of the second steps" in page
    assert "/account/passkey/" in page
    assert "/account/app/" in page
    assert "••• 42" in page
    assert NUMBER not in page


def test_a_code_to_the_number_confirms_it_and_is_told() -> None:
    with_sms()

    assert customers.account().sms_number
    assert "a code by SMS to your phone" in notebook.MAILS[-1].body
    assert Kind.FACTOR_ADDED in [event.kind for event in notebook.EVENTS]


def test_the_message_names_shop_and_site_and_nobody() -> None:
    with_sms()

    text = notebook.TEXTS[-1].said
    assert "Never give it to anybody" in text
    assert text.endswith(f"\n\n@shopward.localhost #{texted_code()}")
    assert len(text) <= 160
    assert ADA not in text


def test_the_message_is_in_the_language_of_the_page() -> None:
    desk = with_number()

    desk.post("/account/text-code/", HTTP_ACCEPT_LANGUAGE="de")

    assert "Geben Sie ihn niemandem" in notebook.TEXTS[-1].said


def test_a_password_and_a_code_by_sms_are_two_factors_of_the_restricted_kind() -> None:
    with_sms()
    browser = at_second_step()
    assert 'name="code"' not in said(browser)
    assert browser.post("/sign-in/second/send/")["Location"] == "/sign-in/second/"
    assert SAID[State.SENT] in said(browser)
    assert browser.post("/sign-in/second/", {"code": "12345678"}).status_code == 403
    assert not is_in(browser)

    assert browser.post("/sign-in/second/", {"code": texted_code()}).status_code == 302

    proof = session.proof(browser.get("/account/ways/").wsgi_request)
    assert proof is not None
    assert (proof.level, proof.amr) == (2, ("mfa", "pwd", "sms"))


def test_a_code_is_good_once_and_in_its_browser_alone() -> None:
    with_sms()
    first, other = at_second_step(), at_second_step()
    other.post("/sign-in/second/send/")
    first.post("/sign-in/second/send/")
    code = texted_code()
    assert other.post("/sign-in/second/", {"code": code}).status_code == 403
    assert first.post("/sign-in/second/", {"code": code}).status_code == 302
    again = at_second_step()
    again.post("/sign-in/second/send/")
    assert again.post("/sign-in/second/", {"code": code}).status_code == 403


def test_a_code_is_good_for_ten_minutes(time: Clock) -> None:
    with_sms()
    browser = at_second_step()
    time.move(minutes=1)
    browser.post("/sign-in/second/send/")
    assert notebook.TEXTS[-1].until == clock.now() + timedelta(minutes=10)
    customers.sign_in(browser)
    browser.post("/sign-in/second/send/")
    code = texted_code()
    time.move(minutes=10)
    assert browser.post("/sign-in/second/", {"code": code}).status_code != 200
    assert not is_in(browser)


def test_five_wrong_tries_spend_a_code() -> None:
    with_sms()
    browser = at_second_step()
    browser.post("/sign-in/second/send/")
    code = texted_code()
    wrong = "00000000" if code != "00000000" else "11111111"
    for _ in range(5):
        browser.post("/sign-in/second/", {"code": wrong})
    assert browser.post("/sign-in/second/", {"code": code}).status_code == 403


def test_a_code_of_the_confirmation_opens_no_sign_in() -> None:
    desk = with_sms()
    desk.post("/account/text-code/")  # it was on: this switches it off
    desk.post("/account/text-code/")
    code = texted_code()
    customers.sign_in(browser := visitor())
    assert browser.post("/sign-in/second/", {"code": code}).status_code == 302
    assert browser.get("/sign-in/second/")["Location"] != "/sign-in/"


def test_another_number_in_the_vault_gets_no_code_and_opens_nothing() -> None:
    with_sms()
    shelf.PHONES[customers.account().subject] = "+491715550199"
    browser = at_second_step()

    browser.post("/sign-in/second/send/")

    assert SAID[State.CHANGED] in said(browser)
    assert browser.post("/sign-in/second/", {"code": texted_code()}).status_code == 403
    assert not is_in(browser)


@pytest.mark.parametrize("state", [State.FAILED, State.LATE, State.UNFIT, State.BUSY])
def test_a_message_that_does_not_come_leaves_other_ways(state: State) -> None:
    with_sms()
    browser = at_second_step()
    browser.post("/sign-in/second/send/")
    notebook.TEXTS[-1].state = state

    page = said(browser)

    assert SAID[state] in page
    assert "/sign-in/recovery-code/" in page
    assert "/lost/" in page
    told = browser.get("/text-message/").json()
    assert told == {"say": SAID[state], "waits": False}


def test_nobody_hears_of_messages_that_were_not_asked_for_here() -> None:
    assert visitor().get("/text-message/").status_code == 404


def test_an_account_gets_five_an_hour(time: Clock) -> None:
    with_sms()
    browser = at_second_step()
    for _ in range(6):
        browser.post("/sign-in/second/send/")

    assert len(notebook.TEXTS) == 5, "one of them was the confirmation"
    assert SAID[State.BUSY] in said(browser)
    assert browser.post("/sign-in/second/", {"code": texted_code()}).status_code == 302
    time.move(hours=2)
    browser = at_second_step()
    browser.post("/sign-in/second/send/")
    assert len(notebook.TEXTS) == 6


def test_a_network_gets_twenty_an_hour_whoever_asks() -> None:
    for number in range(5):
        address = f"ada{number}@mail.example"
        desk = customers.with_password(address)
        shelf.PHONES[customers.account(address).subject] = f"+4917155501{number}0"
        for _ in range(5):
            desk.post("/account/text-code/")

    assert len(notebook.TEXTS) == 20


def test_nobody_is_sent_a_code_without_the_password() -> None:
    with_sms()
    sent = len(notebook.TEXTS)

    assert visitor().post("/sign-in/second/send/")["Location"] == "/sign-in/"
    assert len(notebook.TEXTS) == sent


def test_an_app_takes_its_place(time: Clock) -> None:
    desk = with_sms()
    secret = app_key(desk.get("/account/app/"))
    assert desk.post("/account/app/", {"code": code_of(secret)}).status_code == 302
    sent = len(notebook.TEXTS)
    browser = at_second_step()

    assert browser.post("/sign-in/second/send/")["Location"] == "/sign-in/"
    assert len(notebook.TEXTS) == sent


def test_it_is_switched_off_after_a_proof_and_told(time: Clock) -> None:
    desk = with_sms()
    time.move(minutes=6)
    assert desk.post("/account/text-code/")["Location"].startswith("/prove/")
    desk.post("/prove/", {"password": customers.LONG})

    assert desk.post("/account/text-code/")["Location"] == "/account/ways/"

    assert customers.account().sms_number == ""
    assert "no code by SMS" in notebook.MAILS[-1].body
    assert is_in_by_password()


def test_a_reset_does_not_go_round_it() -> None:
    with_sms()
    browser = visitor()
    ask_for_code(browser, ADA, "/forgotten/")
    browser.post("/forgotten/code/", {"code": mailed_code()})
    browser.post("/forgotten/password/", {"password": NEW})

    assert customers.sign_in(visitor(), password=NEW)["Location"] == "/sign-in/second/"


def test_whoever_lost_everything_lost_the_number_too(time: Clock) -> None:
    with_sms()
    for _ in range(2):
        browser = visitor()
        ask_for_code(browser, ADA, "/lost/")
        browser.post("/lost/code/", {"code": mailed_code()})
        time.move(days=4)

    assert customers.account().sms_number == ""


def test_without_the_shops_word_there_are_none(offered: Any) -> None:
    desk = with_sms()
    offered(sms=SmsSettings())

    assert desk.get("/account/text-code/").status_code == 404
    assert "Code by SMS" not in said(desk, "/account/ways/")


def test_without_a_number_codes_go_nowhere() -> None:
    desk = with_number("+4930123456")

    page = said(desk, "/account/text-code/")

    assert "no mobile number" in page
    assert "/account/data/" in page
    assert "Send me a code" not in page


def test_passkeys_alone_need_none() -> None:
    desk, _ = customers.with_passkey()

    assert desk.get("/account/text-code/").status_code == 404


def is_in_by_password() -> bool:
    browser = visitor()
    customers.sign_in(browser)
    return is_in(browser)
