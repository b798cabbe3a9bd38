"""People of the tests: how they get in, with what, and a clock that tests move."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shopward import clock
from shopward.identity import totp
from shopward.identity.web import codes, passwords
from shopward.identity.web.flows import people
from shopward.identity.web.models import Account, Realm
from tests.visitor import Visitor

PASSWORD = "violet kettle orbits slowly"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"


class Clock:
    """The time, as far as the house knows; it stands still until it is moved.

    Django's own expiry of sessions and signatures goes by the real one; both begin together.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)
        monkeypatch.setattr(clock, "now", lambda: self.now)

    def move(self, **by: int) -> None:
        self.now += timedelta(**by)


@dataclass
class Person:
    """Somebody with a password and an app."""

    account: Account
    salt: str
    password: str = PASSWORD

    def code(self, steps: int = 0) -> str:
        """What the app shows; `steps` later or earlier."""
        secret = codes.totp_secret(str(self.account.pk), self.salt)
        return totp.code_at(secret, totp.step_at(clock.now()) + steps)

    def visitor(self, agent: str = FIREFOX, address: str = "192.0.2.7") -> Visitor:
        """A new browser of this person."""
        return browser(agent, address)

    def type_password(self, visitor: Visitor, **more: str) -> Any:
        return visitor.post(
            "/sign-in/", {"email": self.account.email, "password": self.password, **more}
        )

    def sign_in(self, visitor: Visitor | None = None) -> Visitor:
        """A browser where this person is signed in, with the app's present code."""
        visitor = visitor or self.visitor()
        assert self.type_password(visitor).status_code == 302
        answer = visitor.post("/sign-in/second/", {"code": self.code()})
        assert answer.status_code == 302, answer.content.decode()
        return visitor


def browser(agent: str = FIREFOX, address: str = "192.0.2.7") -> Visitor:
    return Visitor("staff", HTTP_USER_AGENT=agent, REMOTE_ADDR=address)


def person(email: str = "robin@shop.example", *, manages: bool = False, **more: Any) -> Person:
    """An account with a password and an app, as `join` leaves it."""
    account = Account.objects.create(
        realm=Realm.STAFF,
        email=email,
        manages_people=manages,
        name=more.pop("name", "Robin"),
        **more,
    )
    passwords.put(account, passwords.encode(PASSWORD), clock.now())
    salt = totp.new_salt()
    codes.bind_totp(account, salt, 0)
    return Person(account, salt)


def first_link() -> str:
    return f"/join/{people.first_link()}/"


def app_key(page: Any) -> bytes:
    """The app's secret, as the page shows it."""
    found = re.search(r'class="key">([A-Z2-7]+)<', page.content.decode())
    assert found is not None
    return base64.b32decode(found[1])


def code_of(secret: bytes) -> str:
    return totp.code_at(secret, totp.step_at(clock.now()))
