"""What ends a sign-in here ends it at every shop, wherever it was done: two shops, two browsers.

Five processes (both planes, two shops, Chromium), TLS, a real vault. The second browser has the
first one's session here, as a second window has; it is signed in to the other shop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.public_site import PublicSite, opened, with_password
from tests.browser.staff_site import Desk
from tests.browser.test_oidc_client import example, heading
from tests.chromium import browser as chromium
from tests.cli.shop import free_port

Street = tuple[PublicSite, str, str]


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    folder = tmp_path_factory.mktemp("street")
    with (
        opened(folder) as site,
        example(site, free_port(), "first-shop") as first,
        example(site, free_port(), "second-shop") as second,
    ):
        yield site, first, second


def sign_out(desk: Desk) -> None:
    desk.goto("/account/ways/")
    desk.click("Sign out")
    heading(desk, "Sign in")


def change_password(desk: Desk) -> None:
    desk.goto("/account/password/")
    desk.fill(password="seven lanterns under glass")
    desk.page.locator("main form button[type=submit]").click()
    desk.page.wait_for_url("**/account/ways/")


def not_me(desk: Desk) -> None:
    desk.goto("/account/not-me/")
    desk.page.locator("main form button[type=submit]").click()
    heading(desk, "It is locked")


@pytest.mark.parametrize("end", [sign_out, change_password, not_me])
def test_it_ends_at_both_with_their_next_request(
    chrome: Browser, street: Street, end: Callable[[Desk], None]
) -> None:
    site, first, second = street
    address = f"{end.__name__}@mail.example"
    stored = site.shop.type("store", "first_name=Mara", f"email={address}")
    assert stored.returncode == 0, stored.stderr
    desk = with_password(chrome, site, address)
    window = Desk(chrome, site)
    window.context.add_cookies(desk.context.cookies(site.origin))
    for one, place in ((desk, first), (window, second)):
        one.page.goto(f"{place}/sign-in")
        heading(one, "Welcome")
        one.page.goto(place)
        heading(one, "Welcome")

    end(desk)

    for one, place in ((window, second), (desk, first)):
        one.page.goto(place)
        heading(one, "You are not signed in")
        assert "invalid_grant" in one.text
