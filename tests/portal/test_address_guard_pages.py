"""A new device changes an address: a mail to the old one, and three days to take it back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from shopward import clock
from shopward.console.models import Event, Mail, Task
from shopward.identity import device
from shopward.identity.web import client
from shopward.identity.web.models import KnownDevice
from shopward.portal.web.flows import address
from tests.portal.conftest import Customer, work
from tests.visitor import Visitor

COOKIE = "c" * 22


def knows_device(robin: Customer, days: int) -> None:
    """Her browser has signed her in before, so long ago."""
    at = clock.now() - timedelta(days=days)
    name = device.label("Firefox on Linux")
    row: dict[str, Any] = {"label": name, "first_seen": at, "last_seen": at}
    KnownDevice.objects.create(account=robin.account, digest=device.digest(COOKIE, name), **row)
    robin.browser.cookies[client.COOKIE] = COOKIE


def undo_link(mail: str) -> str:
    found = re.search(r"https://[^/]+(/undo/\S+)", mail)
    assert found is not None, mail
    return found[1]


def test_an_old_device_changes_an_address_without_a_word(robin: Customer) -> None:
    knows_device(robin, days=30)
    robin.post("/account/data/address1/", {"value": "New Street 1"})

    assert robin.kept("address1") == {"address1": "New Street 1"}
    assert not Task.objects.filter(kind=address.WARN).exists()


def test_a_name_is_no_address(robin: Customer) -> None:
    robin.post("/account/data/first_name/", {"value": "Robina"})

    assert not Task.objects.filter(kind=address.WARN).exists()


def test_a_new_device_is_told_of_and_the_link_puts_the_address_back(robin: Customer) -> None:
    robin.post("/account/data/address1/", {"value": "Thief Street 1"})
    robin.post("/account/data/city/", {"value": "Thieftown"})
    mails = robin.mails("Your address was changed")
    assert [f"To: {robin.email}" in one for one in mails] == [True, True]
    assert "changed your street address." in mails[0] + mails[1]
    path, stranger = undo_link(mails[0]), Visitor("public")

    assert "Put it back" in stranger.get(path).content.decode()
    assert robin.kept("city") == {"city": "Thieftown"}
    assert "It is put back" in stranger.post(path).content.decode()

    assert robin.kept("address1", "city") == {
        "address1": "Canary Lane 7319",
        "city": "Riga-Canary",
    }
    assert stranger.post(path).status_code == 410
    again = stranger.post(undo_link(mails[1])).content.decode()
    assert "There is nothing to put back" in again
    assert Event.objects.filter(kind="customer:address-undone").count() == 1


def test_a_mail_address_asks_for_a_fresh_proof(
    robin: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = clock.now() + timedelta(minutes=6)
    monkeypatch.setattr(clock, "now", lambda: later)
    answer = robin.post("/account/data/email/", {"value": "thief@mail.example"})

    assert answer.headers["Location"].startswith("/prove/")


def test_a_change_that_was_refused_is_told_to_nobody(robin: Customer) -> None:
    assert robin.post("/account/data/city/", {"value": "x" * 201}).status_code == 403
    work()

    assert not Mail.objects.exists()


def test_the_link_ends_after_three_days(robin: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    robin.post("/account/data/city/", {"value": "Thieftown"})
    (mail,) = robin.mails("Your address was changed")
    later = clock.now() + timedelta(hours=73)
    monkeypatch.setattr(clock, "now", lambda: later)

    assert Visitor("public").post(undo_link(mail)).status_code == 410


def test_not_me_puts_back_what_was_changed(robin: Customer) -> None:
    robin.post("/account/data/city/", {"value": "Thieftown"})
    robin.post("/account/not-me/", {"days": "1"})
    robin.sign_in()
    robin.post("/account/unlock/")

    assert robin.kept("city") == {"city": "Riga-Canary"}


def test_while_she_is_frozen_the_link_waits(robin: Customer) -> None:
    robin.post("/account/not-me/", {"days": "1"})
    link = address.links.make(
        address.USE, address.links.Link(robin.subject, clock.now() + timedelta(hours=70))
    )
    answer = Visitor("public").post(f"/undo/{link}/")

    assert answer.status_code == 503
    assert "The link still works." in answer.content.decode()
