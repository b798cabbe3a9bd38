"""A new mail address, or a number that gets codes, counts once a code from there came back."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes
from email.message import Message

import msgspec
import pytest
from pytest_django import Settings as SettingsWrapper

from shopward import clock
from shopward.console import sms, tasks
from shopward.console.models import Event, Mail, Task, TextMessage
from shopward.identity.assurance import Factor
from shopward.identity.sms import read
from shopward.settings import Settings, SmsSettings
from tests.phones import Phones
from tests.portal.conftest import Customer, new_customer, work
from tests.scenarios.people import number
from tests.scenarios.plane import DataPlane
from tests.visitor import Visitor


@pytest.fixture
def numbers() -> tuple[str, str]:
    """Two mobile numbers that nobody has."""
    return f"+49171555{number()}", f"+49171555{number()}"


def mails_to(robin: Customer, address: str) -> list[Message]:
    work()
    found = [message_from_bytes(one.read_bytes()) for one in robin.mail_folder.glob("*.eml")]
    return [one for one in found if one["To"] == address]


def code_in(mail: Message) -> str:
    found = re.search(r"^(\d{4} \d{4})$", str(mail.get_payload()), re.MULTILINE)
    assert found is not None
    return found[1]


def ask(robin: Customer, value: str, field: str = "email") -> str:
    """The page after a new value was typed."""
    answer = robin.post(f"/account/data/{field}/", {"value": value})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.headers["Location"])


def new_of(robin: Customer) -> str:
    return f"new-{robin.email}"


def test_a_new_mail_address_counts_when_its_code_came_back(robin: Customer) -> None:
    old, new = robin.email, new_of(robin)
    page = ask(robin, new)
    assert page == "/account/data/email/confirm/"
    (mail,) = mails_to(robin, new)
    assert robin.kept("email") == {"email": old}
    assert "Until you type it, nothing changes" in robin.text(page)

    assert robin.post(page, {"code": code_in(mail)}).headers["Location"] == "/account/data/"

    assert robin.kept("email") == {"email": new}
    (told,) = [one for one in mails_to(robin, old) if one["Subject"] == "Your address was changed"]
    link = re.search(r"https://[^/]+(/undo/\S+)", str(told.get_payload()))
    assert link is not None
    Visitor("public").post(link[1])
    assert robin.kept("email") == {"email": old}


def test_the_mail_to_a_mailbox_of_nobody_knows_whom_has_no_link_and_no_phrase(
    robin: Customer,
) -> None:
    robin.post("/account/phrase/", {"phrase": "a canary of mine"})
    ask(robin, new_of(robin))

    (mail,) = mails_to(robin, new_of(robin))

    text = str(mail.get_payload())
    assert "canary of mine" not in text
    assert "https://" not in text
    assert robin.email not in text


def test_wrong_used_and_late_codes_change_nothing(
    robin: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ask(robin, new_of(robin))
    (mail,) = mails_to(robin, new_of(robin))
    code = code_in(mail)
    wrong = "0000 0000" if code != "0000 0000" else "1111 1111"
    assert robin.post(page, {"code": wrong}).status_code == 403
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    robin.sign_in()
    assert robin.post(page, {"code": code}).status_code == 403
    assert robin.kept("email") == {"email": robin.email}


def test_a_code_of_another_browser_confirms_nothing(robin: Customer) -> None:
    page = ask(robin, new_of(robin))
    (mail,) = mails_to(robin, new_of(robin))
    robin.browser = Visitor("public", HTTP_USER_AGENT="Chrome", REMOTE_ADDR="192.0.2.9")
    robin.sign_in()

    assert robin.post(page, {"code": code_in(mail)}).status_code == 403
    assert robin.kept("email") == {"email": robin.email}


def test_a_code_for_one_wish_confirms_no_other(robin: Customer) -> None:
    page = ask(robin, new_of(robin))
    (mail,) = mails_to(robin, new_of(robin))
    first = robin.browser
    robin.browser = Visitor("public", HTTP_USER_AGENT="Chrome", REMOTE_ADDR="192.0.2.9")
    robin.sign_in()
    ask(robin, "victim@mail.example")
    robin.browser = first

    assert robin.post(page, {"code": code_in(mail)}).status_code == 403
    assert robin.kept("email") == {"email": robin.email}


def test_a_code_is_not_mailed_to_the_address_of_a_later_wish(robin: Customer) -> None:
    ask(robin, "victim@mail.example")
    robin.browser = Visitor("public", HTTP_USER_AGENT="Chrome", REMOTE_ADDR="192.0.2.9")
    robin.sign_in()
    ask(robin, new_of(robin))
    while tasks.run_next(clock.now()):
        pass

    sent = [message_from_bytes(one.read_bytes()) for one in robin.mail_folder.glob("*.eml")]
    assert [one["To"] for one in sent if "code" in one["Subject"]] == [new_of(robin)]
    given_up = Mail.objects.exclude(given_up=None).get()
    assert (given_up.text, given_up.subject) == ("", "")


def test_another_customers_address_is_refused_to_whoever_shows_the_mailbox(
    robin: Customer, other: Customer
) -> None:
    page = ask(robin, other.email)  # no word of it being taken: nobody learns who is a customer
    mail = next(one for one in mails_to(robin, other.email) if "code" in one["Subject"])

    answer = robin.post(page, {"code": code_in(mail)})

    assert answer.status_code == 403
    assert "Another account has this already" in answer.content.decode()
    assert robin.kept("email") == {"email": robin.email}


def test_what_is_no_address_gets_no_code(robin: Customer) -> None:
    for value in ("", "not an address", "a@b"):
        assert robin.post("/account/data/email/", {"value": value}).status_code == 403

    assert not Mail.objects.exists()


def test_no_value_that_was_asked_for_stands_in_the_accounts_database(robin: Customer) -> None:
    page = ask(robin, new_of(robin))
    work()
    robin.text(page)

    tables = (Mail, Task, Event, TextMessage)
    kept = str([row for one in tables for row in one.objects.values()])
    kept += str(dict(robin.browser.session))
    assert new_of(robin) not in kept
    assert new_of(robin) not in robin.text("/account/data/")
    assert "not confirmed yet" not in robin.text("/account/data/")


def test_a_phone_number_is_corrected_at_once_where_no_codes_go_there(
    robin: Customer, numbers: tuple[str, str]
) -> None:
    answer = robin.post("/account/data/phone/", {"value": numbers[1]})

    assert answer.headers["Location"] == "/account/data/"
    assert robin.kept("phone") == {"phone": numbers[1]}


# The number that gets codes by SMS


@pytest.fixture
def phones(monkeypatch: pytest.MonkeyPatch) -> Phones:
    made = Phones()
    monkeypatch.setattr(sms, "sender", lambda: made)
    return made


@pytest.fixture
def ada(
    shop: Settings,
    plane: DataPlane,
    settings: SettingsWrapper,
    db: None,
    phones: Phones,
    numbers: tuple[str, str],
) -> Customer:
    """Somebody whose password is followed by a code to the first number."""
    said = SmsSettings(accepts_risk="the owner, for the test")
    settings.SHOPWARD = msgspec.structs.replace(shop, sms=said)
    made = new_customer(plane, shop)
    backend = plane.caller("shop-backend")
    backend.update(made.subject, {"phone": numbers[0]})
    found = read(numbers[0], "DE")
    assert found is not None
    made.account.sms_number = sms.digest(made.subject, found)
    made.account.sms_since = clock.now()
    made.account.save()
    made.sign_in(Factor.PASSWORD, Factor.SMS_CODE)
    return made


def test_the_number_that_gets_codes_is_another_once_it_has_got_one(
    ada: Customer, phones: Phones, numbers: tuple[str, str]
) -> None:
    before = ada.account.sms_number
    page = ask(ada, numbers[1], "phone")
    work()
    assert phones.arrived[-1][0] == numbers[1]
    assert ada.kept("phone") == {"phone": numbers[0]}
    assert "was handed over" in ada.text(page)
    assert ada.post(page, {"code": "12345678"}).status_code == 403

    assert ada.post(page, {"code": phones.code}).headers["Location"] == "/account/data/"

    assert ada.kept("phone") == {"phone": numbers[1]}
    ada.account.refresh_from_db()
    found = read(numbers[1], "DE")
    assert found is not None
    assert ada.account.sms_number == sms.digest(ada.subject, found) != before
    assert ada.mails("Your ways to sign in were changed")


def test_a_number_that_codes_cannot_reach_is_not_asked_for(ada: Customer, phones: Phones) -> None:
    answer = ada.post("/account/data/phone/", {"value": "+4930123456"})

    assert answer.status_code == 403
    assert "switch the codes by SMS off first" in answer.content.decode()
    work()
    assert phones.asked == 0


def test_a_number_asks_for_a_fresh_proof(
    ada: Customer, numbers: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    later = clock.now() + timedelta(minutes=6)
    monkeypatch.setattr(clock, "now", lambda: later)

    answer = ada.post("/account/data/phone/", {"value": numbers[1]})

    assert answer.headers["Location"].startswith("/prove/")


def test_her_security_names_the_code_by_sms_and_what_it_is_worth(ada: Customer) -> None:
    page = ada.text("/account/")

    assert "Code by SMS" in page
    assert "a code by SMS can be taken over" in page
    assert "a password alone" not in page


def test_not_me_takes_a_number_away_that_was_added_since(ada: Customer) -> None:
    ada.post("/account/not-me/", {"days": "1"})

    ada.account.refresh_from_db()
    assert ada.account.sms_number == ""
