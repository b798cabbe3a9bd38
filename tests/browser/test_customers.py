"""Customers in a real browser: from an address to a passkey, and nothing of them left in clear.

Chromium with a virtual authenticator, both planes as processes of their own, TLS between browser
and site, the mail as a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser.public_site import PublicSite, opened, sign_up, with_passkey
from tests.browser.staff_site import Desk
from tests.chromium import browser as chromium

ADA = "ada.canary.7319@mail.example"
PASSWORD = "violet kettle orbits slowly"
PAGES = ("/sign-up/", "/sign-up/code/", "/sign-in/", "/forgotten/")
HERS = ("/account/ways/", "/account/devices/", "/account/passkey/", "/account/password/")


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublicSite]:
    with opened(tmp_path_factory.mktemp("site")) as made:
        yield made


def sign_out(desk: Desk) -> None:
    desk.finger(there=False)
    desk.goto("/account/ways/")
    desk.click("Sign out")
    expect(desk.page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_from_an_address_to_a_passkey_and_back_in(chrome: Browser, site: PublicSite) -> None:
    desk = with_passkey(chrome, site, "first@mail.example")
    desk.goto("/account/ways/")
    assert "Passkey" in desk.text
    assert "first@mail.example" in [to for to, _, _ in site.all_mails()]

    sign_out(desk)
    desk.goto("/account/devices/")
    assert desk.path.startswith("/sign-in/")
    desk.finger(there=True)
    desk.click("Sign in with a passkey")
    desk.page.wait_for_url(site.origin + "/account/devices/")
    assert "this device" in desk.text
    assert desk.troubles == []


def test_the_browser_offers_the_passkey_in_the_field(chrome: Browser, site: PublicSite) -> None:
    desk = with_passkey(chrome, site, "autofill@mail.example")
    sign_out(desk)
    page = desk.context.new_page()  # the first page's browser was told not to offer any
    desk._cdp = desk.context.new_cdp_session(page)
    assert page.goto(site.origin + "/sign-in/") is not None
    field = page.locator('input[name="email"]')
    assert field.get_attribute("autocomplete") == "username webauthn"


def test_a_password_and_a_forgotten_one(chrome: Browser, site: PublicSite) -> None:
    desk, address = Desk(chrome, site), "words@mail.example"
    sign_up(desk, address)
    desk.follow("I would rather set a password")
    desk.fill(password=PASSWORD)
    desk.click("Set it")
    desk.page.wait_for_url(site.origin + "/account/")
    sign_out(desk)

    desk.follow("I forgot my password")
    desk.fill(email=address)
    desk.click("Send me a code")
    desk.page.wait_for_url(site.origin + "/forgotten/code/")
    desk.fill(code=site.newest_code("is your code for a new password"))
    desk.click("Go on")
    desk.page.wait_for_url(site.origin + "/forgotten/password/")
    desk.fill(password="seven lanterns under glass")
    desk.click("Set it")
    desk.page.wait_for_url(site.origin + "/sign-in/")
    desk.fill(email=address, password="seven lanterns under glass")
    desk.click("Go on with the password")
    desk.page.wait_for_url(site.origin + "/account/")


def test_what_happens_to_her_stands_in_her_own_ledger(chrome: Browser, site: PublicSite) -> None:
    desk = with_passkey(chrome, site, "ledger@mail.example")
    desk.goto("/account/ways/")
    site.wait_for_entries(4)

    said = site.shop.type("ledger", "tail", "--count", "200").stdout
    for kind in ("customer:code-sent", "customer:added", "customer:signed-in", "factor:added"):
        assert kind in said, said
    assert "ledger@mail.example" not in said


@pytest.mark.parametrize("width", [1280, 360])
def test_pages_are_accessible_and_fit_a_phone(
    chrome: Browser, site: PublicSite, width: int
) -> None:
    desk = Desk(chrome, site, viewport={"width": width, "height": 800})
    desk.goto("/sign-up/")
    desk.fill(email=f"looks{width}@mail.example")
    desk.click("Send me a code")
    for path in PAGES:
        desk.goto(path)
        check(desk)
    sign_up(desk, f"looks{width}@mail.example")
    check(desk)
    desk.click("Create a passkey")
    desk.page.wait_for_url(site.origin + "/account/")
    for path in HERS:
        desk.goto(path)
        check(desk)


def check(desk: Desk) -> None:
    found = Axe().run(desk.page).response["violations"]
    assert [(one["id"], one["impact"]) for one in found] == [], desk.path
    wide, page = desk.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= page, desk.path


def test_no_clear_value_of_a_sign_up_is_left_anywhere(chrome: Browser, site: PublicSite) -> None:
    desk = with_passkey(chrome, site, ADA)
    desk.goto("/account/ways/")
    other = Desk(chrome, site)
    other.goto("/sign-in/")
    other.fill(email=ADA, password="not the password at all")
    other.click("Go on with the password")
    expect(other.page.get_by_text("That did not work.")).to_be_visible()
    other.goto("/forgotten/")
    other.fill(email=ADA)
    other.click("Send me a code")
    site.newest_code("is your code for a new password")

    left = [path for path in files(site.home) if has_canary(path)]

    assert left == [], left


def files(home: Path) -> list[Path]:
    """Everything that the installation wrote, but the mails, which have left the house."""
    return [
        path
        for path in home.rglob("*")
        if path.is_file() and path.parent != home / "mail" and path.stat().st_size
    ]


def has_canary(path: Path) -> bool:
    data = path.read_bytes().lower()
    name = ADA.partition("@")[0].encode()
    return any(one in data for one in (name, name.replace(b".", b"%2e"), b"canary.7319"))
