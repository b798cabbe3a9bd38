"""Staff in a real browser: from the one-time link to a signed-in administrator, and mishaps.

Chromium with a virtual authenticator, the control plane as a process of its own, TLS between them.
Each test has an installation of its own, since there is one first administrator; what differs only
in what goes wrong is marked slow.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, expect

from tests.browser.public_site import register
from tests.browser.staff_site import Desk, StaffSite, code, running
from tests.chromium import browser as chromium
from tests.cli import shop as shops

PASSWORD = "violet kettle orbits slowly"
WHO = {"email": "robin@shop.example", "name": "Robin Keller"}


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def site(tmp_path: Path) -> Iterator[StaffSite]:
    with running(tmp_path) as made:
        yield made


def with_passkey(desk: Desk, link: str) -> list[str]:
    """In by the link with a passkey; the recovery codes."""
    desk.goto(link)
    desk.fill(**WHO)
    desk.click("Create a passkey")
    expect(desk.page.get_by_role("heading", name="You are in")).to_be_visible()
    return desk.page.locator(".codes code").all_inner_texts()


def with_app(desk: Desk, link: str, **who: str) -> str:
    """In by the link with password and app; the app's key."""
    desk.goto(link)
    key = desk.page.inner_text("code.key")
    desk.fill(**who, password=PASSWORD, code=desk.app_code())
    desk.click("Set up password and app")
    expect(desk.page.get_by_role("heading", name="You are in")).to_be_visible()
    return key


def sign_out(desk: Desk) -> None:
    desk.finger(there=False)
    desk.goto("/account/")
    menu = desk.page.locator("summary")
    if menu.is_visible():  # on a phone
        menu.click()
    desk.click("Sign out")
    expect(desk.page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_from_the_link_to_an_administrator_with_a_passkey(chrome: Browser, site: StaffSite) -> None:
    desk = Desk(chrome, site)
    made = with_passkey(desk, site.first_link)
    assert len(made) == 10
    desk.follow("I have kept them")
    assert desk.path == "/"
    desk.goto("/people/")
    assert "manages people" in desk.text

    sign_out(desk)
    desk.goto("/people/")
    assert desk.path == "/sign-in/?next=%2Fpeople%2F"
    desk.finger(there=True)
    desk.click("Sign in with a passkey")
    expect(desk.page.get_by_role("heading", name="People")).to_be_visible()
    assert not desk.troubles


@pytest.mark.slow
def test_the_browser_offers_the_passkey_in_the_field(chrome: Browser, site: StaffSite) -> None:
    desk = Desk(chrome, site, autofill=True)
    with_passkey(desk, site.first_link)
    sign_out(desk)
    assert desk.page.get_attribute("#id_email", "autocomplete") == "username webauthn"

    desk.finger(there=True)  # chosen in the field, nothing clicked
    desk.goto("/sign-in/?next=/account/")
    expect(desk.page.get_by_role("heading", name="My account")).to_be_visible()


@pytest.mark.slow
def test_a_passkey_that_nobody_touches_leaves_the_page_as_it_was(
    chrome: Browser, site: StaffSite
) -> None:
    desk = Desk(chrome, site)
    with_passkey(desk, site.first_link)
    sign_out(desk)
    desk.finger(there=True)
    desk.lose_passkeys()
    desk.click("Sign in with a passkey")

    expect(desk.page.get_by_role("alert")).to_contain_text("The browser made no passkey of it")
    expect(desk.page.get_by_role("button", name="Sign in with a passkey")).to_be_enabled()
    assert desk.path.startswith("/sign-in/")


def test_password_and_app_without_javascript(chrome: Browser, site: StaffSite) -> None:
    desk = Desk(chrome, site, passkeys=False, java_script_enabled=False)
    key = with_app(desk, site.first_link, **WHO)
    desk.goto("/account/")
    desk.click("Sign out")
    site.later(30)
    desk.fill(email=WHO["email"], password=PASSWORD)
    desk.click("Go on with the password")
    desk.fill(code=code(key, site))
    desk.click("Sign in")
    desk.goto("/account/")

    assert "Authenticator app" in desk.text


@pytest.mark.slow
def test_before_something_grave_a_factor_is_shown_again(chrome: Browser, site: StaffSite) -> None:
    desk = Desk(chrome, site)
    with_passkey(desk, site.first_link)
    site.later(301)
    desk.goto("/account/password/")
    assert desk.path.startswith("/prove/")
    desk.click("Use your passkey")
    expect(desk.page.get_by_role("heading", name="Set a password")).to_be_visible()
    desk.fill(password="passwordpassword")
    desk.click("Set it")
    assert "common passwords" in desk.text
    desk.fill(password=PASSWORD)
    desk.click("Set it")
    expect(desk.page.get_by_role("heading", name="My account")).to_be_visible()
    assert len(site.mails("Your ways to sign in were changed")) == 1


@pytest.mark.slow
def test_a_replayed_link_says_that_it_was_used(chrome: Browser, site: StaffSite) -> None:
    link = site.first_link
    with_passkey(Desk(chrome, site), link)
    thief = Desk(chrome, site)
    thief.goto(link)

    assert "This link was used already" in thief.text
    assert "/join/" not in thief.page.locator("main").inner_html()


def test_an_invitation_comes_by_mail_and_expires(chrome: Browser, site: StaffSite) -> None:
    boss, kim = Desk(chrome, site), Desk(chrome, site)
    with_passkey(boss, site.first_link)
    boss.goto("/people/invite/")
    boss.fill(email="kim@shop.example", name="Kim")
    boss.page.get_by_label("Role in the policy").select_option("support")
    boss.click("Invite")
    expect(boss.page.get_by_role("heading", name="Open invitations")).to_be_visible()
    link = site.link_in("You are invited to Shopward")
    kim.goto(link)
    assert "Welcome, Kim" in kim.text
    site.later(72 * 3600)
    kim.goto(link)
    assert "This link has expired" in kim.text
    site.ahead(0)
    with_app(kim, link)
    kim.goto("/people/")
    assert "This page is not for your account" in kim.text


@pytest.mark.slow
def test_a_double_click_makes_one_account_and_shows_its_codes(
    chrome: Browser, site: StaffSite
) -> None:
    desk = Desk(chrome, site)
    desk.goto(site.first_link)
    desk.fill(**WHO, password=PASSWORD, code=desk.app_code())
    desk.page.get_by_role("button", name="Set up password and app").dblclick()
    expect(desk.page.get_by_role("heading", name="You are in")).to_be_visible()
    desk.goto("/people/")

    assert desk.text.count(WHO["email"]) == 1


@pytest.mark.slow
def test_going_back_after_signing_out_shows_nothing(chrome: Browser, site: StaffSite) -> None:
    desk = Desk(chrome, site)
    with_passkey(desk, site.first_link)
    desk.goto("/account/")
    assert "Passkey" in desk.text
    sign_out(desk)
    desk.page.go_back()

    expect(desk.page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.slow
def test_going_back_to_the_codes_does_not_show_them_again(chrome: Browser, site: StaffSite) -> None:
    desk = Desk(chrome, site)
    made = with_passkey(desk, site.first_link)
    desk.follow("I have kept them")
    expect(desk.page.get_by_role("heading", name="Overview")).to_be_visible()
    with suppress(Error):  # Chromium asks whether to send the form again
        desk.page.go_back()
    desk.page.wait_for_load_state()

    expect(desk.page.get_by_text(made[0])).to_have_count(0)


@pytest.mark.slow
def test_a_locked_account_still_opens_with_its_passkey(chrome: Browser, site: StaffSite) -> None:
    desk = Desk(chrome, site)
    with_passkey(desk, site.first_link)
    sign_out(desk)
    attacker = Desk(chrome, site, passkeys=False)
    for _ in range(11):
        attacker.goto("/sign-in/")
        attacker.fill(email=WHO["email"], password="not the right one")
        attacker.click("Go on with the password")
        assert "That did not work" in attacker.text
    desk.goto("/sign-in/")
    desk.finger(there=True)
    desk.click("Sign in with a passkey")
    expect(desk.page.get_by_role("heading", name="Overview")).to_be_visible()
    assert len(site.mails("Too many wrong attempts at your account")) == 1


@pytest.mark.slow
def test_a_lost_factor_is_made_good_with_a_recovery_code(chrome: Browser, site: StaffSite) -> None:
    desk = Desk(chrome, site)
    made = with_passkey(desk, site.first_link)
    desk.goto("/account/password/")
    desk.fill(password=PASSWORD)
    desk.click("Set it")
    sign_out(desk)
    desk.lose_passkeys()
    desk.fill(email=WHO["email"], password=PASSWORD)
    desk.click("Go on with the password")
    desk.follow("Use a recovery code instead")
    desk.fill(code=made[4].lower().replace("-", " "))
    desk.click("Sign in")
    expect(desk.page.get_by_role("heading", name="My account")).to_be_visible()
    assert "until then nothing else is open" in desk.text
    desk.goto("/people/")
    assert desk.path == "/account/"
    desk.finger(there=True)
    desk.follow("Add a passkey")
    desk.click("Create a passkey")
    expect(desk.page.get_by_role("heading", name="Where I am signed in")).to_be_visible()
    desk.goto("/people/")
    expect(desk.page.get_by_role("heading", name="People")).to_be_visible()


def test_every_page_works_by_keyboard_at_360_pixels_and_reads_well(
    chrome: Browser, site: StaffSite
) -> None:
    desk = Desk(chrome, site, viewport={"width": 360, "height": 740})
    pages = ["/account/", "/account/passkey/", "/account/app/", "/account/password/", "/people/"]
    link = site.first_link
    desk.goto(link)
    check(desk)
    with_passkey(desk, link)
    check(desk)
    for path in [*pages, "/account/recovery-codes/", "/people/invite/", "/prove/"]:
        desk.goto(path)
        check(desk)
    sign_out(desk)
    check(desk)
    desk.page.keyboard.type(WHO["email"])  # the first field has the focus
    desk.page.keyboard.press("Tab")
    desk.page.keyboard.type("not the right one")
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_role("alert")).to_be_visible()


def check(desk: Desk) -> None:
    """Nothing wider than the window, and nothing that axe objects to."""
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert desk.page.evaluate(wide) <= 0, desk.path
    found = Axe().run(desk.page)
    assert found.violations_count == 0, f"{desk.path}: {found.generate_report()}"


def test_what_happened_stands_in_the_ledger_although_the_data_plane_was_away(
    chrome: Browser, site: StaffSite
) -> None:
    desk = Desk(chrome, site)
    with_passkey(desk, site.first_link)  # nothing but the control plane runs
    with shops.serving(site.shop):
        register(site)
        site.wait_for_entries(4)
        said = site.shop.type("ledger", "tail", "--count", "50").stdout
        sign_out(desk)
        site.wait_for_entries(5)
        assert "staff:signed-out" in site.shop.type("ledger", "tail").stdout

    for kind in ("console:started", "staff:invited", "staff:added", "factor:added"):
        assert kind in said, said
    assert WHO["email"] not in said
    assert "Keller" not in said
