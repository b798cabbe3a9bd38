"""A customer of a running shop whose data has been looked at, and her browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Browser

from shopward.cli import connection
from shopward_client import Client, DeniedError, Retry
from tests.browser.public_site import PublicSite, with_passkey
from tests.browser.staff_site import Desk

HERS: Final = {
    "first_name": "Robin",
    "last_name": "Sandgrouse",
    "address1": "Canary Lane 7319",
    "city": "Riga",
    "postcode": "LV-1050",
    "country": "LV",
    "note": "canary note 7319",
}
CANARIES: Final = ("Sandgrouse", "Canary Lane 7319", "LV-1050", "canary note 7319")


@dataclass(slots=True)
class Customer:
    """One customer: her browser, her token, and whoever looks at her."""

    site: PublicSite
    desk: Desk
    address: str
    subject: str

    @contextmanager
    def caller(self, role: str) -> Iterator[Client]:
        """A program of the shop in this role."""
        with connection.as_operator(self.site.home / "shopward.toml") as operator:
            name = f"{role}-{self.address.partition('@')[0]}"
            known = {row.name for row in operator.callers()}
            name += f"-{sum(one.startswith(name) for one in known)}"
            made = operator.add_caller(name, role).credential
        address = self.site.shop.environment["SHOPWARD_LISTEN_TCP"]
        with Client(f"http://{address}", credential=made, retry=Retry(attempts=1)) as client:
            yield client

    def furnish(self) -> None:
        """More data, an order on its way, a question; and looks at it."""
        with self.caller("shop-backend") as shop, self.caller("order-system") as orders:
            shop.update(self.subject, HERS)
            orders.put_fact(f"order:{self.number}", self.subject, "open")
            orders.put_fact(f"shipment:{self.number}", self.subject, "open")
        with self.caller("courier") as courier:
            fact = f"shipment:{self.number}"
            courier.reveal(
                self.subject, ["last_name", "address1", "city"], purpose="deliver", fact=fact
            )

    def refused(self) -> str:
        """Why the courier may not look at her label; empty when he may."""
        fact = f"shipment:{self.number}"
        with self.caller("courier") as courier:
            try:
                courier.reveal(self.subject, ["city"], purpose="deliver", fact=fact)
            except DeniedError as refused:
                return refused.reason or "?"
        return ""

    @property
    def number(self) -> str:
        """The number of her order."""
        return self.subject[4:12]


def customer(browser: Browser, site: PublicSite, address: str) -> Customer:
    """Somebody who signed up with a passkey, and of whom the shop keeps a little."""
    desk = with_passkey(browser, site, address)
    with connection.as_operator(site.home / "shopward.toml") as operator:
        made = operator.add_caller(f"finder-{address.partition('@')[0]}", "shop-backend").credential
    listen = site.shop.environment["SHOPWARD_LISTEN_TCP"]
    with Client(f"http://{listen}", credential=made, retry=Retry(attempts=1)) as shop:
        subject = shop.search("email", address, purpose="account").subject
    assert subject is not None
    found = Customer(site, desk, address, subject)
    found.furnish()
    return found
