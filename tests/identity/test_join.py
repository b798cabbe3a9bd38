"""Coming in by a link of one use: the first administrator, an invitation."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator

from shopward.events import Kind
from shopward.identity.web.models import Account, OneTimeLink
from tests.identity import notebook
from tests.identity.people import (
    PASSWORD,
    Clock,
    Person,
    app_key,
    browser,
    code_of,
    first_link,
    person,
)
from tests.identity.softkey import SoftKey
from tests.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
WHO = {"email": "Robin@Shop.example", "name": "Robin Keller"}


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def arrive(link: str) -> tuple[Visitor, Any]:
    visitor = browser()
    answer = visitor.get(link)
    assert answer.status_code == 302, answer.content.decode()
    return visitor, visitor.get("/join/")


def join_with_app(visitor: Visitor, page: Any, **more: str) -> Any:
    form = {"password": PASSWORD, "code": code_of(app_key(page)), **more}
    return visitor.post("/join/", form)


def invited(manager: Person, **place: str) -> str:
    visitor = manager.sign_in()
    form = {"email": "kim@shop.example", "name": "Kim", **place}
    assert visitor.post("/people/invite/", form).status_code == 302
    found = re.search(r"(/join/[\w-]+/)", notebook.MAILS[-1].body)
    assert found is not None
    return found[1]


def test_the_first_administrator_comes_in_with_a_passkey(time: Clock) -> None:
    visitor, page = arrive(first_link())

    answer = visitor.post("/join/", {**WHO, "credential": SoftKey().create(page)})

    account = Account.objects.get()
    assert (account.email, account.name) == ("robin@shop.example", "Robin Keller")
    assert account.manages_people
    assert not account.has_usable_password()
    assert len(re.findall(r"<li><code>", answer.content.decode())) == 10
    assert visitor.get("/account/").status_code == 200
    assert visitor.get("/people/").status_code == 200


def test_or_with_a_password_and_an_app_and_without_javascript(time: Clock) -> None:
    visitor, page = arrive(first_link())

    answer = join_with_app(visitor, page, **WHO)

    assert answer.status_code == 200
    assert visitor.get("/account/").status_code == 200
    row = Authenticator.objects.get(type="totp")
    assert set(row.data) == {"salt", "last_step"}
    assert app_key(page).hex() not in str(row.data)


def test_opening_the_link_changes_nothing_however_often(time: Clock) -> None:
    link = first_link()
    for _ in range(3):
        arrive(link)

    assert not Account.objects.exists()
    assert OneTimeLink.objects.get().spent is None


def test_the_link_is_not_in_the_address_of_the_page(time: Clock) -> None:
    link = first_link()
    _, page = arrive(link)

    assert page.wsgi_request.path == "/join/"
    assert link.split("/")[2] not in page.content.decode()


def test_a_link_works_once(time: Clock) -> None:
    link = first_link()
    visitor, page = arrive(link)
    second, other = arrive(link)
    join_with_app(visitor, page, **WHO)

    late = join_with_app(second, other, email="eve@shop.example", name="Eve")

    assert late.status_code == 410
    assert b"used already" in late.content
    assert b"used already" in browser().get(link).content
    assert Account.objects.count() == 1


def test_a_double_click_makes_one_account(time: Clock) -> None:
    visitor, page = arrive(first_link())
    credential = SoftKey().create(page)
    jar = {name: morsel.value for name, morsel in visitor.cookies.items()}
    visitor.post("/join/", {**WHO, "credential": credential})
    again = browser()
    again.cookies.load(jar)

    answer = again.post("/join/", {**WHO, "credential": credential})

    assert answer.status_code in {404, 410}
    assert Account.objects.count() == 1


def test_an_expired_invitation_says_so(time: Clock) -> None:
    link = invited(person(manages=True))
    time.move(hours=72)

    answer = browser().get(link)

    assert answer.status_code == 410
    assert b"expired" in answer.content
    assert b"Ask for a new one" in answer.content


def test_an_invitation_that_expires_while_it_is_open_makes_nobody(time: Clock) -> None:
    visitor, page = arrive(invited(person(manages=True)))
    time.move(hours=72)

    assert join_with_app(visitor, page).status_code == 410
    assert Account.objects.count() == 1


def test_an_invited_person_has_the_place_that_was_meant(time: Clock) -> None:
    visitor, page = arrive(invited(person(manages=True), role="support"))
    answer = join_with_app(visitor, page, email="other@shop.example", name="Other")

    assert answer.status_code == 200
    kim = Account.objects.get(email="kim@shop.example")
    assert (kim.name, kim.role, kim.manages_people) == ("Kim", "support", False)
    assert visitor.get("/people/").status_code == 403


def test_whoever_invites_never_sees_the_link(time: Clock) -> None:
    manager = person(manages=True)
    link = invited(manager)
    token = link.split("/")[2]

    time.move(seconds=60)
    assert token not in manager.sign_in().get("/people/").content.decode()
    assert {mail.to for mail in notebook.MAILS if token in mail.body} == {"kim@shop.example"}
    assert not any(token in event.about for event in notebook.EVENTS)


def test_an_invitation_to_a_taken_address_is_refused(time: Clock) -> None:
    manager, _ = person(manages=True), person("kim@shop.example")
    visitor = manager.sign_in()

    answer = visitor.post("/people/invite/", {"email": "Kim@shop.example", "name": "Kim"})

    assert answer.status_code == 403
    assert b"has an account already" in answer.content


def test_a_newer_invitation_ends_the_older(time: Clock) -> None:
    manager = person(manages=True)
    old = invited(manager)
    time.move(seconds=60)
    new = invited(manager)

    assert browser().get(old).status_code == 410
    assert browser().get(new).status_code == 302


def test_nothing_is_open_before_a_factor_is_set_up(time: Clock) -> None:
    visitor, _ = arrive(first_link())

    for page in ("/", "/account/", "/people/", "/account/passkey/"):
        assert visitor.get(page).status_code == 302
        assert "/sign-in/" in visitor.get(page)["Location"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"password": "short"}, "at least 12"),
        ({"password": "passwordpassword"}, "common passwords"),
        ({"password": "robin-keller-shop"}, "your name"),
        ({"code": "000000"}, "code was not right"),
        ({"code": ""}, "every field"),
        ({"email": "nonsense"}, "address and your name"),
    ],
)
def test_a_refusal_says_why_and_the_same_app_still_counts(
    time: Clock, change: dict[str, str], sentence: str
) -> None:
    visitor, page = arrive(first_link())

    answer = join_with_app(visitor, page, **{**WHO, **change})

    assert answer.status_code == 403
    assert sentence in answer.content.decode()
    assert "password" not in change or change["password"] not in answer.content.decode()
    assert app_key(answer) == app_key(page)
    assert join_with_app(visitor, answer, **WHO).status_code == 200


@pytest.mark.parametrize("credential", ["", "{}", "[]", "null", "{", '{"id": 1}', "x" * 20_000])
def test_what_is_no_passkey_is_refused_without_breaking(time: Clock, credential: str) -> None:
    visitor, _ = arrive(first_link())

    answer = visitor.post("/join/", {**WHO, "credential": credential})

    assert answer.status_code == 403
    assert not Account.objects.exists()


def test_a_passkey_without_pin_or_finger_is_refused(time: Clock) -> None:
    visitor, page = arrive(first_link())

    answer = visitor.post("/join/", {**WHO, "credential": SoftKey(flags=0x01).create(page)})

    assert answer.status_code == 403


def test_what_happened_is_entered_without_addresses_or_names(time: Clock) -> None:
    visitor, page = arrive(first_link())
    visitor.post("/join/", {**WHO, "credential": SoftKey().create(page)})

    kinds = [event.kind for event in notebook.EVENTS]
    assert kinds == [Kind.STAFF_INVITED, Kind.STAFF_ADDED, Kind.FACTOR_ADDED]
    assert "robin" not in str(notebook.EVENTS).lower()
    assert notebook.EVENTS[2].actor == str(Account.objects.get().pk)
