"""The customers' pages in a real browser: receipts, the red button, keyboard, phone, no script."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser.portal_site import CANARIES, Customer, customer
from tests.browser.public_site import PublicSite, opened
from tests.browser.staff_site import Desk
from tests.chromium import browser as chromium

PAGES = (
    "/account/",
    "/account/activity/",
    "/account/data/",
    "/account/data/city/",
    "/account/phrase/",
    "/account/not-me/",
    "/account/erase/",
    "/account/consents/",
    "/guides/",
    "/guides/not-me/",
    "/verify/",
    "/guest/",
)
VIOLATIONS = """
document.addEventListener("securitypolicyviolation",
  (broken) => console.error("CSP " + broken.violatedDirective));
"""


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublicSite]:
    with opened(tmp_path_factory.mktemp("portal")) as made:
        yield made


@pytest.fixture(scope="module")
def robin(chrome: Browser, site: PublicSite) -> Customer:
    """Signed in, looked at, and disturbed by no story."""
    made = customer(chrome, site, "robin@mail.example")
    made.desk.page.add_init_script(VIOLATIONS)
    heard = made.desk.troubles
    made.desk.page.on("console", lambda said: said.type == "error" and heard.append(said.text))
    return made


@pytest.mark.parametrize("width", [1280, 360])
def test_pages_are_accessible_fit_a_phone_and_keep_the_content_policy(
    robin: Customer, width: int
) -> None:
    desk = robin.desk
    desk.page.set_viewport_size({"width": width, "height": 740})
    for path in PAGES:
        desk.goto(path)
        desk.page.wait_for_load_state("networkidle")
        found = Axe().run(desk.page).response["violations"]
        assert [(one["id"], one["impact"]) for one in found] == [], path
        wide, shown = desk.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= shown, path
    assert desk.troubles == []


def test_a_receipt_is_checked_in_her_browser(robin: Customer) -> None:
    desk = robin.desk
    desk.goto("/account/activity/")
    look = desk.page.locator(".event").filter(has_text="Acme Courier saw your last name").first
    look.get_by_role("button", name="Check").click()

    expect(look.get_by_role("status")).to_contain_text("The receipt holds. Entry")
    look.get_by_role("link", name="More").click()
    desk.click("Check")
    expect(desk.page.locator("dl.facts").first).to_contain_text("courier")
    assert desk.troubles == []


@pytest.mark.parametrize("member", ["leaf", "proof", "details"])
def test_one_altered_byte_fails_before_her_eyes(robin: Customer, member: str) -> None:
    desk = robin.desk
    desk.goto("/account/activity/")
    look = desk.page.locator(".event").filter(has_text="Acme Courier saw").first
    path = look.locator("[data-receipt]").get_attribute("data-receipt")
    document = json.loads(desk.page.evaluate("async (path) => (await fetch(path)).text()", path))
    text = document[member]
    at = text.index('"role"') + 8 if member == "details" else len(text) // 2
    document[member] = text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]
    desk.page.route("**/receipt.json", lambda route: route.fulfill(json=document))
    try:
        look.get_by_role("button", name="Check").click()
        expect(look.get_by_role("alert")).to_contain_text("does not hold")
    finally:
        desk.page.unroute("**/receipt.json")


def test_without_a_script_the_page_says_how_to_verify(chrome: Browser, robin: Customer) -> None:
    context = chrome.new_context(
        ignore_https_errors=True,
        java_script_enabled=False,
        storage_state=robin.desk.context.storage_state(),
    )
    page = context.new_page()
    page.goto(robin.site.origin + "/account/activity/")

    expect(page.get_by_role("button", name="Check")).to_have_count(0)
    expect(page.get_by_text("verify_receipt.py receipt")).to_be_visible()
    page.get_by_role("link", name="More").first.click()
    link = page.get_by_role("link", name="Download it")
    assert (link.get_attribute("href") or "").endswith("/receipt.json")
    context.close()


def test_the_red_button_is_reached_and_pressed_by_keyboard_alone(robin: Customer) -> None:
    page = robin.desk.page
    robin.desk.goto("/account/")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "This was not me":
            break
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="This was not me")).to_be_visible()


def test_not_me_from_the_mail_in_chromium(chrome: Browser, site: PublicSite) -> None:
    thief = customer(chrome, site, "ada@mail.example")
    thief.desk.goto("/account/phrase/")
    thief.desk.click("Take it")
    expect(thief.desk.page.get_by_role("heading", name="That is your phrase now")).to_be_visible()
    link = _any_link(thief)
    owner = Desk(chrome, site, passkeys=False)
    owner.goto(link)
    assert "Nothing has happened." in owner.text
    thief.desk.goto("/account/")
    expect(thief.desk.page.get_by_role("heading", name="Your security")).to_be_visible()

    owner.click("Lock everything now")
    expect(owner.page.get_by_role("heading", name="It is locked")).to_be_visible()
    assert thief.refused() == "subject-frozen"
    thief.desk.goto("/account/activity/")
    assert thief.desk.path.startswith("/sign-in/")

    assert "Acme Courier saw your last name, street address and city" in owner.text
    owner.goto(link)
    assert "This link is over" in owner.text


def _any_link(one: Customer) -> str:
    """The link in whatever mail she got last."""
    text = one.site.all_mails()[-1][2]
    found = re.search(r"https://\S+/not-me/\S+", text)
    assert found is not None, text
    return found[0]


def test_no_value_of_hers_is_left_in_the_control_plane(robin: Customer) -> None:
    home = robin.site.home
    kept = [path for path in (home / "console").rglob("*") if path.is_file()]
    assert kept
    for path in (*kept, *home.glob("*.log")):
        data = path.read_bytes()
        assert [one for one in CANARIES if one.encode() in data] == [], path
