"""A shop with something to buy, people who buy it, and a look at what its database holds."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client as Browser
from oscar.test import factories

from shopward_client import Client, Retry
from shopward_client.django import conf, page, tokens

PASSWORD = "correct-horse-9-battery"


def letters() -> str:
    """Letters that nobody else has in their name."""
    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(10))


@dataclass
class Person:
    """Somebody who never was, with values that are found nowhere else."""

    mark: str = field(default_factory=letters)

    @property
    def email(self) -> str:
        return f"{self.mark}@example.com"

    @property
    def first(self) -> str:
        return f"Ada{self.mark}"

    @property
    def last(self) -> str:
        return f"Love{self.mark}"

    @property
    def address(self) -> dict[str, str]:
        return {
            "first_name": self.first,
            "last_name": self.last,
            "line1": f"12 {self.mark} Square",
            "line4": f"London {self.mark}",
            "state": f"County {self.mark}",
            "postcode": "SW1Y 4JH",
            "phone_number": "+442071838750",
            "notes": f"ring {self.mark} twice",
            "country": "GB",
        }


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    page.begin()
    factories.CountryFactory(
        iso_3166_1_a2="GB",
        name="United Kingdom",
        printable_name="United Kingdom",
        is_shipping_country=True,
    )


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture
def product() -> Any:
    return factories.create_product(price=Decimal("9.50"), num_in_stock=100)


@pytest.fixture
def member(person: Person) -> User:
    """Has an account."""
    return User.objects.create_user(
        username=person.mark,
        email=person.email,
        password=PASSWORD,
        first_name=person.first,
        last_name=person.last,
    )


@pytest.fixture
def browser(client: Browser, member: User) -> Browser:
    """The member's, signed in."""
    assert client.login(username=member.email, password=PASSWORD)
    page.begin()
    return client


@pytest.fixture
def desk() -> Browser:
    """A member of the staff's browser."""
    mark = letters()
    staff = User.objects.create_superuser(mark, f"{mark}@staff.example", PASSWORD)
    browser = Browser()
    browser.force_login(staff)
    return browser


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often which path of the vault was asked."""
    counted: Counter[str] = Counter()
    send = Client.send

    def counting(self: Client, call: Any) -> Any:
        counted[call.path] += 1
        return send(self, call)

    monkeypatch.setattr(Client, "send", counting)
    return counted


@pytest.fixture
def away() -> Any:
    """Takes the vault away when called."""

    def leave() -> None:
        page.begin()
        conf.use(Client("http://127.0.0.1:1", credential="swc_x", retry=Retry(attempts=1)))

    yield leave
    conf.use(None)


@pytest.fixture
def buy(product: Any) -> Callable[..., Any]:
    """Goes through the checkout, as a guest or signed in; gives the answer to the last step."""

    def go(browser: Browser, person: Person, *, is_guest: bool = False) -> Any:
        put_in_basket(browser, product)
        if is_guest:
            sent = {"username": person.email, "options": "anonymous"}
            assert browser.post("/checkout/", sent).status_code == 302
        step = browser.post("/checkout/shipping-address/", person.address)
        assert step.status_code == 302, step.context["form"].errors
        browser.get("/checkout/shipping-method/")
        browser.get("/checkout/payment-method/")
        return browser.post("/checkout/preview/", {"action": "place_order"})

    return go


def put_in_basket(browser: Browser, product: Any) -> None:
    answer = browser.post(f"/basket/add/{product.pk}/", {"quantity": 1})
    assert answer.status_code == 302


def held() -> dict[str, list[str]]:
    """Every text in the shop's database, by table and column."""
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - from the database itself
            names = [one[0] for one in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    if value not in (None, ""):
                        found.setdefault(f"{table}.{name}", []).append(str(value))
    return found


def leaks(*marks: str) -> list[str]:
    """The columns of the shop's database where one of these stands in clear."""
    return sorted(
        place
        for place, texts in held().items()
        if any(mark.lower() in text.lower() for mark in marks for text in texts)
    )


def are_tokens(place: str) -> bool:
    """Whether a column holds something, and tokens alone."""
    texts = held().get(place, [])
    return bool(texts) and all(tokens.token_in(text) for text in texts)
