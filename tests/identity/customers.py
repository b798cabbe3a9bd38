"""Customers of the tests: how they get in, and what they are mailed."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings

from shopward.identity.web.models import Account, address_of
from tests.identity import notebook, shelf
from tests.identity.people import FIREFOX
from tests.identity.softkey import SoftKey
from tests.visitor import Visitor

ADA = "ada@mail.example"
LONG = "violet kettle orbits slowly"


def visitor(agent: str = FIREFOX, address: str = "192.0.2.7") -> Visitor:
    """A browser on the public site."""
    return Visitor("public", HTTP_USER_AGENT=agent, REMOTE_ADDR=address)


def key() -> SoftKey:
    """A passkey for the public site."""
    return SoftKey(origin=settings.SITES["public"].origin)


def mailed_code() -> str:
    """The code of the newest mail."""
    found = re.search(r"^(\d{4} \d{4})$", notebook.MAILS[-1].body, re.MULTILINE)
    assert found is not None, notebook.MAILS[-1].body
    return found[1]


def ask_for_code(browser: Visitor, address: str = ADA, page: str = "/sign-up/") -> Any:
    answer = browser.post(page, {"email": address})
    assert answer.status_code == 302, answer.content.decode()
    return answer


def confirmed(address: str = ADA, browser: Visitor | None = None) -> Visitor:
    """A browser that has just shown its mailbox."""
    browser = browser or visitor()
    ask_for_code(browser, address)
    answer = browser.post("/sign-up/code/", {"code": mailed_code()})
    assert answer["Location"] == "/account/passkey/", answer.content.decode()
    return browser


def with_passkey(address: str = ADA) -> tuple[Visitor, SoftKey]:
    """Somebody who signed up with a passkey."""
    browser, made = confirmed(address), key()
    page = browser.get("/account/passkey/")
    answer = browser.post("/account/passkey/", {"credential": made.create(page)})
    assert answer.status_code == 302, answer.content.decode()
    return browser, made


def with_password(address: str = ADA, password: str = LONG) -> Visitor:
    """Somebody who signed up with a password."""
    browser = confirmed(address)
    answer = browser.post("/sign-up/password/", {"password": password})
    assert answer.status_code == 302, answer.content.decode()
    return browser


def account(address: str = ADA) -> Account:
    return Account.objects.get(email=address_of(shelf.KNOWN[address]))


def sign_in(browser: Visitor, address: str = ADA, password: str = LONG, **more: str) -> Any:
    return browser.post("/sign-in/", {"email": address, "password": password, **more})
