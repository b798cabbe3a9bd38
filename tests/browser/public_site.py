"""A running public site with its data plane beside it, and what customers do on it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, expect

from shopward import settings
from shopward.cli import connection
from shopward.console import asserting
from tests.browser.staff_site import Desk, StaffSite, running
from tests.cli import shop as shops

PASSWORD = "violet kettle orbits slowly"
CODE = re.compile(r"^(\d{4} \d{4})$", re.MULTILINE)


class PublicSite(StaffSite):
    """The same installation, as customers see it."""

    @property
    def origin(self) -> str:
        port = self.shop.environment["SHOPWARD_CONSOLE_PUBLIC"].rpartition(":")[2]
        return f"https://shopward.localhost:{port}"

    def newest_code(self, ending: str, after: int = 0) -> str:
        """The code of the newest mail with such a subject; `after` so many of them."""
        end = time.monotonic() + shops.START_S
        while time.monotonic() < end:
            found = [one for one in self.all_mails() if one[1].endswith(ending)]
            if len(found) > after:
                code = CODE.search(found[-1][2])
                assert code is not None
                return code[1]
            time.sleep(0.1)
        raise AssertionError(f"no mail that ends in {ending!r}")


@contextmanager
def opened(folder: Path, **more: str) -> Iterator[PublicSite]:
    """A new installation: data plane, control plane, and the key of one known to the other."""
    with running(folder, **more) as staff, shops.serving(staff.shop):
        register(staff)
        yield PublicSite(staff.shop, staff.first_link)


def with_password(browser: Browser, site: PublicSite, address: str) -> Desk:
    """A browser of a customer who signed up with a password."""
    desk = Desk(browser, site)
    sign_up(desk, address)
    desk.follow("I would rather set a password")
    desk.fill(password=PASSWORD)
    desk.click("Set it")
    desk.page.wait_for_url(site.origin + "/account/")
    return desk


def register(site: StaffSite) -> None:
    """The control plane's key is known to the data plane from now on."""
    config = site.home / "shopward.toml"
    key = asserting.signer_of(settings.load(config)).vkey
    with connection.as_operator(config) as operator:
        operator.add_caller(asserting.NAME, "control-plane", key=key)


def sign_up(desk: Desk, address: str) -> None:
    """From the address to the page that offers a passkey."""
    assert isinstance(desk.site, PublicSite)
    before = desk.site.count("is your code")
    desk.goto("/sign-up/")
    desk.fill(email=address)
    desk.click("Send me a code")
    expect(desk.page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()
    desk.fill(code=desk.site.newest_code("is your code", before))
    desk.click("Go on")
    expect(desk.page.get_by_role("heading", name="How do you want to sign in?")).to_be_visible()


def with_passkey(browser: Browser, site: PublicSite, address: str) -> Desk:
    """A browser of a customer who signed up with a passkey."""
    desk = Desk(browser, site)
    sign_up(desk, address)
    desk.click("Create a passkey")
    desk.page.wait_for_url(site.origin + "/account/")
    return desk
