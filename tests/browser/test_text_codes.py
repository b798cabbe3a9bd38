"""A code by SMS in a real browser: number, confirmation, sign-in, and nothing left in clear.

The messages are files of the running installation; Chromium is as wide as a phone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser.public_site import PASSWORD, PublicSite, opened, with_password
from tests.browser.staff_site import Desk
from tests.chromium import browser as chromium
from tests.cli import shop as shops
from tests.phones import CODE

ADA = "ada.canary.5538@mail.example"
NUMBER = "+491715538042"


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublicSite]:
    word = "the owner, for customers without another phone"
    with opened(tmp_path_factory.mktemp("site"), SHOPWARD_SMS_ACCEPTS_RISK=word) as made:
        yield made


def newest_code(site: PublicSite, after: int) -> str:
    """The code of the newest message; `after` so many of them."""
    end = time.monotonic() + shops.START_S
    while time.monotonic() < end:
        found = sorted((site.home / "sms").glob("*.txt"))
        if len(found) > after:
            text = found[-1].read_text().rstrip("\n")
            assert text.startswith(f"To: {NUMBER}\n")
            code = CODE.search(text)
            assert code is not None
            return code[1]
        time.sleep(0.1)
    raise AssertionError("no message")


def check(desk: Desk) -> None:
    found = Axe().run(desk.page).response["violations"]
    assert [(one["id"], one["impact"]) for one in found] == [], desk.path
    wide, page = desk.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= page, desk.path


def test_a_customer_confirms_her_number_and_signs_in_with_a_code(
    chrome: Browser, site: PublicSite
) -> None:
    desk = with_password(chrome, site, ADA)
    desk.page.set_viewport_size({"width": 360, "height": 800})
    desk.goto("/account/text-code/")
    expect(desk.page.get_by_text("no mobile number")).to_be_visible()
    check(desk)
    desk.goto("/account/data/phone/")
    desk.fill(value=NUMBER)
    desk.click("Save")

    desk.goto("/account/text-code/")
    expect(desk.page.get_by_text("••• 42")).to_be_visible()
    check(desk)
    desk.click("Send me a code")
    expect(desk.page.get_by_role("heading", name="Look at your phone")).to_be_visible()
    expect(desk.page.get_by_text("was handed over")).to_be_visible(timeout=30_000)
    check(desk)
    desk.fill(code=newest_code(site, 0))
    desk.click("Go on")
    expect(desk.page.get_by_role("button", name="Show ten new codes")).to_be_visible()
    desk.goto("/account/ways/")
    expect(desk.page.get_by_text("on, after every password")).to_be_visible()
    check(desk)

    other = Desk(chrome, site, viewport={"width": 360, "height": 800})
    other.goto("/sign-in/?next=/account/devices/")
    other.fill(email=ADA, password=PASSWORD)
    other.click("Go on with the password")
    expect(other.page.get_by_role("heading", name="Second step")).to_be_visible()
    check(other)
    other.click("Send me a code")
    expect(other.page.get_by_text("was handed over")).to_be_visible(timeout=30_000)
    check(other)
    other.fill(code=newest_code(site, 1))
    other.click("Sign in")
    other.page.wait_for_url(site.origin + "/account/devices/")
    assert other.troubles == []
    other.goto("/account/activity/")
    expect(other.page.get_by_text("our mails and text messages").first).to_be_visible()

    left = [path for path in files(site.home) if has_canary(path)]
    assert left == [], left


def files(home: Path) -> list[Path]:
    """Everything that the installation wrote, but what has left the house."""
    out = (home / "mail", home / "sms")
    return [one for one in home.rglob("*") if one.is_file() and one.parent not in out]


def has_canary(path: Path) -> bool:
    data = path.read_bytes().lower()
    return any(one in data for one in (NUMBER[3:].encode(), b"canary.5538"))
