"""The vault as this shop sees it: counted, asked for clear values, or away."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from shopward_client import Client, Retry
from shopward_client.django import conf, page
from tests.shop.bookshop.models import Address, Customer

GIVEN = json.loads(os.environ["SHOP"])
AWAY = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def _clean(transactional_db: None) -> Iterator[None]:
    page.begin()
    yield
    conf.use(None)


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
def away() -> Iterator[None]:
    """The vault cannot be reached."""
    with Client(AWAY, credential="swc_x", retry=Retry(attempts=1)) as nobody:
        conf.use(nobody)
        yield


@pytest.fixture
def ada() -> Customer:
    number = os.urandom(4).hex()
    made = Customer.objects.create(
        email=f"ada-{number}@example.com", first_name="Ada", last_name=f"Lovelace {number}"
    )
    Address.objects.create(customer=made, line1="12 St James's Square", postcode="sw1y 4jh")
    page.begin()
    return Customer.objects.get(pk=made.pk)
