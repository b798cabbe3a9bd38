"""A wrong password costs the same whoever is asked for: statements, questions and hashes.

Times on a busy machine prove nothing; what is done for each of them is counted here.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from argon2 import PasswordHasher
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shopward.identity import device
from shopward.identity.web import client
from shopward.identity.web.models import Throttle
from shopward.identity.web.views import common
from tests.identity import customers, shelf
from tests.identity.customers import visitor
from tests.identity.people import Clock, app_key, code_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
WRONG = "not the password"
EVERYBODY = ("password", "passkey", "app", "shop", "nobody")
VALUES = re.compile(r"'(?:[^']|'')*'|\bs\d+_x\d+|\b\d+\b|\bNULL\b")
Cost = tuple[tuple[str, ...], tuple[tuple[str, str], ...], int]


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture(autouse=True)
def everybody(house: Any, time: Clock) -> None:
    """By password, by passkey alone, by password and app; known to the shop alone; and nobody."""
    customers.with_password(_address("password"))
    customers.with_passkey(_address("passkey"))
    app = customers.with_password(_address("app"))
    code = code_of(app_key(app.get("/account/app/")))
    assert app.post("/account/app/", {"code": code}).status_code == 302
    shelf.knows(_address("shop"))


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every hash that was checked."""
    checked: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, encoded: str, typed: str) -> bool:
        checked.append(encoded)
        return verify(self, encoded, typed)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    return checked


def _address(name: str) -> str:
    return f"{name}@mail.example"


def wrong(name: str, cookie: str = "") -> Any:
    browser = visitor()
    if cookie:
        browser.cookies[client.COOKIE] = cookie
    return customers.sign_in(browser, _address(name), WRONG)


def cost(name: str, hashed: list[str], cookie: str = "") -> Cost:
    """Statements without their values, questions to the vault, hashes."""
    hashed.clear()
    shelf.ASKED.clear()
    with CaptureQueriesContext(connection) as said:
        assert wrong(name, cookie).status_code == 403
    statements = tuple(VALUES.sub("?", one["sql"]) for one in said.captured_queries)
    return statements, tuple(shelf.ASKED), len(hashed)


@pytest.mark.parametrize("cookie", ["", device.new_cookie()], ids=["no-device", "another-device"])
def test_whoever_is_asked_for_the_work_is_the_same(hashed: list[str], cookie: str) -> None:
    costs = {cost(name, hashed, cookie) for name in EVERYBODY}

    assert len(costs) == 1
    statements, asked, hashes = costs.pop()
    assert (len(statements) > 5, asked, hashes) == (True, (("accounts", "search"),), 1)


def test_during_a_pause_too_and_then_nothing_is_hashed(hashed: list[str]) -> None:
    for name in EVERYBODY:
        for _ in range(10):
            wrong(name)
    costs = {cost(name, hashed) for name in EVERYBODY}

    assert len(costs) == 1
    assert costs.pop()[2] == 0


def test_a_refusal_waits_for_the_beat_and_who_is_right_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(common.time, "sleep", waited.append)
    for name in EVERYBODY:
        wrong(name)
    assert len(waited) == len(EVERYBODY)

    assert customers.sign_in(visitor(), _address("password")).status_code == 302
    assert customers.sign_in(visitor(), _address("app")).status_code == 302
    assert len(waited) == len(EVERYBODY)


def test_letters_of_another_width_are_counted_as_the_same_address() -> None:
    wrong("nobody")
    before = Throttle.objects.count()
    wrong("\uff4e\uff2fbody")

    assert Throttle.objects.count() == before
