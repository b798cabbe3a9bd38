"""Customers sign in, prove, reset and sign out: what lets somebody in, and what nobody learns."""

from __future__ import annotations

from typing import Any

import pytest
from argon2 import PasswordHasher

from shopward.events import Kind
from shopward.identity.web import codes, keys, session
from shopward.identity.web.models import Throttle
from tests.identity import customers, notebook, shelf
from tests.identity.customers import ADA, LONG, ask_for_code, mailed_code, visitor
from tests.identity.people import CHROME, Clock, app_key, code_of
from tests.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
NEW = "seven lanterns under glass"
ELSEWHERE = "198.51.100.9"


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def kinds() -> list[Kind]:
    return [event.kind for event in notebook.EVENTS]


def subjects() -> list[str]:
    return [mail.subject for mail in notebook.MAILS]


def forget() -> None:
    notebook.EVENTS.clear()
    notebook.MAILS.clear()
    shelf.ASKED.clear()


def is_in(browser: Visitor) -> bool:
    return bool(browser.get("/account/ways/").status_code == 200)


def with_app(browser: Visitor, time: Clock) -> bytes:
    """Sets an app up; its secret."""
    secret = app_key(browser.get("/account/app/"))
    answer = browser.post("/account/app/", {"code": code_of(secret)})
    assert answer.status_code == 302, answer.content.decode()
    time.move(seconds=30)
    return secret


def reset(address: str = ADA, password: str = NEW, browser: Visitor | None = None) -> Any:
    browser = browser or visitor()
    ask_for_code(browser, address, "/forgotten/")
    assert browser.post("/forgotten/code/", {"code": mailed_code()}).status_code == 302
    return browser.post("/forgotten/password/", {"password": password})


def test_unknown_known_and_wrong_get_one_answer_for_one_hash_and_one_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    customers.with_password()
    shelf.knows("known@mail.example")
    hashes: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, encoded: str, typed: str) -> bool:
        hashes.append(encoded)
        return verify(self, encoded, typed)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    seen = set()
    for address in (ADA, "known@mail.example", "nobody@mail.example"):
        hashes.clear()
        shelf.ASKED.clear()
        answer = customers.sign_in(visitor(), address, "not the password")
        seen.add((answer.status_code, "That did not work." in answer.content.decode()))
        assert len(hashes) == 1
        assert shelf.ASKED == [("accounts", "search")]

    assert seen == {(403, True)}


def test_an_app_is_asked_after_the_password_and_a_code_works_once(time: Clock) -> None:
    secret = with_app(customers.with_password(), time)
    browser = visitor(CHROME)

    assert customers.sign_in(browser)["Location"] == "/sign-in/second/"
    assert not is_in(browser)
    code = code_of(secret)
    assert browser.post("/sign-in/second/", {"code": code}).status_code == 302
    proof = session.proof(browser.get("/account/ways/").wsgi_request)
    assert proof is not None
    assert (proof.level, proof.amr) == (2, ("mfa", "otp", "pwd"))

    again = visitor()
    customers.sign_in(again)
    assert again.post("/sign-in/second/", {"code": code}).status_code == 403


def test_a_right_password_and_a_wrong_code_are_told_to_her(time: Clock) -> None:
    with_app(customers.with_password(), time)
    forget()
    browser = visitor()
    customers.sign_in(browser)
    browser.post("/sign-in/second/", {"code": "000000"})

    assert subjects() == ["Somebody knows your password"]
    assert {event.subject for event in notebook.EVENTS} == {customers.account().subject}


def test_a_new_password_by_mail_never_goes_round_the_second_factor(time: Clock) -> None:
    secret = with_app(customers.with_password(), time)
    assert reset()["Location"] == "/sign-in/"
    browser = visitor()

    assert customers.sign_in(browser, password=LONG).status_code == 403
    assert customers.sign_in(browser, password=NEW)["Location"] == "/sign-in/second/"
    assert not is_in(browser)
    assert browser.post("/sign-in/second/", {"code": code_of(secret)}).status_code == 302


def test_who_has_passkeys_alone_needs_them_after_a_new_password_too() -> None:
    _, key = customers.with_passkey()
    reset()
    browser = visitor()

    assert customers.sign_in(browser, password=NEW)["Location"] == "/sign-in/second/"
    page = browser.get("/sign-in/second/")
    assert browser.post("/sign-in/second/", {"credential": key.get(page)}).status_code == 302
    assert is_in(browser)


def test_a_new_password_ends_every_session_and_is_told() -> None:
    desk = customers.with_password()
    assert is_in(desk)
    forget()
    browser = visitor()
    reset(browser=browser)

    assert not is_in(desk)
    assert not is_in(browser)
    assert subjects()[-1] == "Your ways to sign in were changed"
    assert kinds() == [Kind.CUSTOMER_CODE_SENT, Kind.PASSWORD_CHANGED]


def test_a_reset_of_an_address_without_an_account_looks_the_same_and_sends_nothing() -> None:
    customers.with_password()
    forget()
    shelf.knows("known@mail.example")
    pages = set()
    for address in (ADA, "known@mail.example", "nobody@mail.example"):
        browser = visitor()
        assert ask_for_code(browser, address, "/forgotten/")["Location"] == "/forgotten/code/"
        wrong = browser.post("/forgotten/code/", {"code": "12345678"})
        pages.add((wrong.status_code, "That code was not right." in wrong.content.decode()))

    assert len(notebook.MAILS) == 1
    assert pages == {(403, True)}
    assert shelf.ASKED == [("accounts", "search")] * 3


def test_no_page_of_the_reset_opens_without_its_code() -> None:
    customers.with_password()
    browser = visitor()

    assert browser.get("/forgotten/code/")["Location"] == "/forgotten/"
    assert browser.post("/forgotten/password/", {"password": NEW})["Location"] == "/forgotten/"
    ask_for_code(browser, page="/forgotten/")
    assert browser.post("/sign-up/code/", {"code": mailed_code()})["Location"] == "/sign-up/"
    assert browser.post("/forgotten/password/", {"password": NEW})["Location"] == "/forgotten/"


def test_ten_wrong_passwords_pause_however_the_address_is_written() -> None:
    customers.with_password()
    forget()
    for number in range(10):
        address = ADA.upper() if number % 2 else f" {ADA}"
        customers.sign_in(visitor(CHROME, ELSEWHERE), address, "wrong")

    answer = customers.sign_in(visitor(CHROME, ELSEWHERE))
    assert answer.status_code == 403
    assert subjects() == ["Too many wrong tries at your account"]
    assert kinds().count(Kind.CUSTOMER_LOCKED) == 1
    assert not any(ADA in one for one in Throttle.objects.values_list("key", flat=True))


def test_a_known_device_and_a_passkey_work_during_a_pause() -> None:
    desk, key = customers.with_passkey()
    assert desk.get("/account/password/").status_code == 200
    assert desk.post("/account/password/", {"password": LONG}).status_code == 302
    desk.post("/sign-out/")
    for _ in range(10):
        customers.sign_in(visitor(CHROME, ELSEWHERE), password="wrong" * 4)

    assert customers.sign_in(desk)["Location"] == "/sign-in/second/"
    other = visitor(CHROME, ELSEWHERE)
    page = other.get("/sign-in/")
    assert other.post("/sign-in/passkey/", {"credential": key.get(page)}).status_code == 302


def test_a_session_ends_after_an_hour_without_and_a_day_with_requests(time: Clock) -> None:
    desk = customers.with_password()
    time.move(minutes=59)
    assert is_in(desk)
    time.move(minutes=60)
    assert not is_in(desk)
    customers.sign_in(desk)
    for _ in range(24):
        time.move(minutes=59)
        assert is_in(desk)
    time.move(minutes=30)
    assert not is_in(desk)


def test_devices_are_listed_and_signed_out_one_or_all() -> None:
    desk = customers.with_password()
    phone, other = visitor(CHROME), visitor(CHROME)
    for browser in (phone, other):
        customers.sign_in(browser)
    rows = session.of(customers.account())
    assert len(rows) == 3
    page = desk.get("/account/devices/")
    assert page.content.decode().count("Chrome on Linux") >= 2
    mine = page.wsgi_request.session.session_key
    one = next(row for row in rows if row.session_key != mine)

    answer = desk.post(f"/account/devices/{one.pk}/end/")
    assert answer["Location"] == "/account/devices/"
    assert len(session.of(customers.account())) == 2
    assert desk.post("/account/devices/end-others/")["Location"] == "/account/devices/"
    assert [is_in(one) for one in (desk, phone, other)] == [True, False, False]
    assert desk.post("/sign-out/")["Location"] == "/sign-in/"
    assert not is_in(desk)


def test_a_new_device_is_told_and_never_the_first() -> None:
    customers.with_password()
    assert "A sign-in from a new device" not in subjects()
    customers.sign_in(visitor(CHROME))

    assert subjects()[-1] == "A sign-in from a new device"
    assert "/account/devices/" in notebook.MAILS[-1].body
    assert "shopward.localhost" in notebook.MAILS[-1].body
    assert "console." not in notebook.MAILS[-1].body


def test_something_grave_asks_for_the_password_again_after_five_minutes(time: Clock) -> None:
    desk = customers.with_password()
    time.move(minutes=6)

    asked = desk.get("/account/passkey/")
    assert asked["Location"].startswith("/prove/")
    assert 'name="password"' in desk.get("/prove/").content.decode()
    assert desk.post("/prove/", {"password": "wrong" * 4}).status_code == 403
    assert desk.post("/prove/", {"password": LONG}).status_code == 302
    assert desk.get("/account/passkey/").status_code == 200
    assert Kind.CUSTOMER_PROVEN in kinds()


def test_who_has_an_app_proves_with_it_and_not_with_the_password(time: Clock) -> None:
    desk = customers.with_password()
    secret = with_app(desk, time)
    time.move(minutes=6)

    assert desk.post("/prove/", {"password": LONG}).status_code == 403
    assert desk.post("/prove/", {"code": code_of(secret)}).status_code == 302


def test_the_only_way_to_sign_in_stays(time: Clock) -> None:
    desk, _ = customers.with_passkey()
    row = customers.account().authenticator_set.get()
    page = f"/account/ways/{row.pk}/remove/"

    assert desk.post(page).status_code == 403
    assert desk.post("/account/password/", {"password": LONG}).status_code == 302
    assert desk.post(page).status_code == 302
    assert codes.strong_factors(customers.account()) == 0
    assert subjects()[-1] == "Your ways to sign in were changed"
    time.move(minutes=1)
    assert customers.sign_in(visitor())["Location"] == "/account/"


def test_a_recovery_code_opens_nothing_but_a_new_way_to_sign_in(time: Clock) -> None:
    desk = customers.with_password()
    with_app(desk, time)
    made = desk.post("/account/recovery-codes/").content.decode()
    code = made.partition('<ol class="codes"><li><code>')[2].partition("<")[0]
    browser = visitor()
    customers.sign_in(browser)

    assert browser.post("/sign-in/recovery-code/", {"code": code}).status_code == 302
    assert browser.get("/account/devices/")["Location"] == "/account/ways/"
    assert browser.get("/account/passkey/").status_code == 200
    assert browser.get("/sign-up/password/").status_code == 302
    again = visitor()
    customers.sign_in(again)
    assert again.post("/sign-in/recovery-code/", {"code": code}).status_code == 403


def test_what_is_hers_is_stored_by_nobody_in_between() -> None:
    desk = customers.with_password()

    for path in ("/account/ways/", "/account/devices/", "/sign-in/", "/sign-up/"):
        assert desk.get(path)["Cache-Control"] == "no-store"


def test_passwords_of_customers_are_hashed_with_the_key_of_the_house() -> None:
    customers.with_password()

    account = customers.account()
    assert account.password.startswith("$argon2id$")
    assert keys.hashing().verify(account.password, LONG)


def with_mail_step() -> Visitor:
    desk = customers.with_password()
    assert desk.post("/account/mail-code/").status_code == 302
    return desk


def test_a_code_by_mail_follows_the_password_of_who_chose_it() -> None:
    with_mail_step()
    assert subjects()[-1] == "Your ways to sign in were changed"
    browser = visitor()
    assert customers.sign_in(browser)["Location"] == "/sign-in/second/"
    assert 'name="code"' not in browser.get("/sign-in/second/").content.decode()
    assert browser.post("/sign-in/second/", {"code": "12345678"}).status_code == 403
    assert not is_in(browser)

    assert browser.post("/sign-in/second/send/")["Location"] == "/sign-in/second/"
    code = mailed_code()
    assert browser.post("/sign-in/second/", {"code": code}).status_code == 302
    proof = session.proof(browser.get("/account/ways/").wsgi_request)
    assert proof is not None
    assert (proof.level, proof.amr) == (1, ("otp", "pwd"))  # a mailbox is no second factor
    again = visitor()
    customers.sign_in(again)
    again.post("/sign-in/second/send/")
    assert again.post("/sign-in/second/", {"code": code}).status_code == 403


def test_a_code_by_mail_is_no_way_round_an_app(time: Clock) -> None:
    with_app(with_mail_step(), time)
    browser = visitor()
    customers.sign_in(browser)
    sent = len(notebook.MAILS)

    assert browser.post("/sign-in/second/send/")["Location"] == "/sign-in/"
    assert len(notebook.MAILS) == sent


def test_no_code_is_mailed_to_who_typed_no_password() -> None:
    with_mail_step()
    sent = len(notebook.MAILS)

    assert visitor().post("/sign-in/second/send/")["Location"] == "/sign-in/"
    assert len(notebook.MAILS) == sent


def test_where_the_shop_allows_no_codes_by_mail_there_are_none(house: Any) -> None:
    desk = customers.with_password()
    house(mail_codes="off")

    assert desk.get("/account/mail-code/").status_code == 404
    assert "Code by mail" not in desk.get("/account/ways/").content.decode()
