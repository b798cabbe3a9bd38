"""Guests: the same pages by the link of an order, for whoever reads that order's mailbox."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from shopward import clock
from shopward.console.models import Task
from shopward.identity.web.models import Account
from tests.portal.conftest import Customer, work
from tests.visitor import Visitor

TITLE = "Your order and your data"


def ask(email: str, order: str) -> Any:
    number = order.partition(":")[2]
    visitor = Visitor("public", REMOTE_ADDR="192.0.2.50")
    return visitor.post("/guest/", {"email": email, "order": number})


def link_in(mail: str) -> str:
    found = re.search(r"https://[^/]+(/guest/\S+)", mail)
    assert found is not None, mail
    return found[1]


@pytest.fixture
def guest(robin: Customer) -> Customer:
    """As Robin, without an account."""
    Account.objects.all().delete()
    robin.browser = Visitor("public", REMOTE_ADDR="192.0.2.51")
    return robin


def come(guest: Customer, order: str = "") -> Any:
    assert ask(guest.email, order or guest.order).status_code == 200
    return guest.browser.post(link_in(guest.mails(TITLE)[-1]))


def test_the_answer_is_the_same_whoever_is_asked_for(guest: Customer) -> None:
    hide = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')
    said = {
        (one.status_code, hide.sub("", one.content.decode()))
        for one in (
            ask(guest.email, guest.order),
            ask(guest.email, "order:nothing"),
            ask("nobody@mail.example", guest.order),
        )
    }

    assert len(said) == 1
    assert Task.objects.filter(kind="portal-guest").count() == 3


def test_a_guest_sees_her_activity_and_data_and_changes_nothing(guest: Customer) -> None:
    guest.courier_looks("city")
    assert come(guest).headers["Location"] == "/account/activity/"
    page = guest.text("/account/activity/")

    assert "Acme Courier saw your city" in page
    assert "Canary Lane 7319" in guest.text("/account/data/")
    assert "Correct" not in guest.text("/account/data/")
    assert guest.get("/account/my-data.json").status_code == 200
    for path in ("/account/", "/account/data/city/", "/account/phrase/"):
        assert guest.get(path).headers["Location"].startswith("/sign-in/")


def test_an_order_that_is_over_still_lets_her_see(guest: Customer) -> None:
    guest.plane.caller("order-system").put_fact(guest.order, guest.subject, "closed")

    assert come(guest).status_code == 302


@pytest.mark.parametrize("whose", ["nobody's", "somebody else's"])
def test_an_order_that_is_not_hers_opens_nothing(
    guest: Customer, other: Customer, whose: str
) -> None:
    order = other.order if whose == "somebody else's" else "order:nothing"
    answer = come(guest, order)

    assert answer.status_code == 403
    assert "We do not know this order under your address." in answer.content.decode()
    assert guest.get("/account/activity/").status_code == 302


def test_asking_for_the_link_opens_nothing_and_it_works_once(guest: Customer) -> None:
    ask(guest.email, guest.order)
    path = link_in(guest.mails(TITLE)[-1])
    assert "Open it" in guest.browser.get(path).content.decode()
    assert guest.get("/account/activity/").status_code == 302
    assert guest.browser.post(path).status_code == 302

    assert Visitor("public").post(path).status_code == 410


def test_the_visit_ends_after_half_an_hour(
    guest: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    come(guest)
    later = clock.now() + timedelta(minutes=31)
    monkeypatch.setattr(clock, "now", lambda: later)

    assert guest.get("/account/activity/").status_code == 302


def test_a_guest_can_say_that_it_was_not_her(guest: Customer) -> None:
    come(guest)
    page = guest.post("/account/not-me/", {"days": "1"}).content.decode()

    assert "It is locked" in page
    assert guest.get("/account/activity/").status_code == 302


def test_a_guest_who_is_nobody_gets_no_mail(guest: Customer) -> None:
    ask("nobody@mail.example", guest.order)
    work()

    assert guest.mails(TITLE) == []


@pytest.mark.parametrize("order", ["", "a b", "x@mail.example", "é", "../1"])
def test_what_is_no_order_number_is_asked_for_again(order: str, guest: Customer) -> None:
    assert ask(guest.email, f"order:{order}").status_code == 403
