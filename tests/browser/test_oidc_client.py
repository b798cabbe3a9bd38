"""A customer signs in to the example's shop, in Chromium: four processes, TLS, a real vault."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.public_site import PublicSite, opened, sign_up, with_passkey
from tests.browser.staff_site import Desk
from tests.chromium import browser as chromium
from tests.cli import shop as shops

EXAMPLE = shops.ROOT / "examples" / "oidc_client" / "shop.py"
SCRIPT = shops.ROOT / "src/shopward/portal/web/static/portal/security.js"
FIELDS = ("first_name", "email", "vat_id")
PASSWORD = "violet kettle orbits slowly"
VAT = "DE123456789"


@dataclass(frozen=True, slots=True)
class Street:
    """Shopward, and a shop that customers sign in to."""

    site: PublicSite
    shop: str

    def known(self, address: str) -> str:
        """A customer whom the shop has had for long; her token."""
        values = ("first_name=Mara", f"email={address}", f"vat_id={VAT}")
        stored = self.site.shop.type("store", *values)
        assert stored.returncode == 0, stored.stderr
        return stored.stdout.split()[1]


@contextmanager
def example(site: PublicSite, port: int, name: str = "example") -> Iterator[str]:
    """The example's shop, registered and open."""
    home = f"http://127.0.0.1:{port}"
    places = ("--redirect", f"{home}/signed-in", "--after-sign-out", f"{home}/")
    fields = [word for name in FIELDS for word in ("--field", name)]
    made = site.shop.type("oidc", "client", "add", name, "--security", *places, *fields)
    assert made.returncode == 0, made.stderr
    secret = site.shop.folder / f"secret of {name}"
    secret.touch(mode=0o600)
    secret.write_text(made.stdout.partition("client_secret")[2].split()[0])
    ca = site.home / "tls" / "root.pem"
    options = ["--secret-file", str(secret), "--ca", str(ca), "--port", str(port)]
    with subprocess.Popen(
        [sys.executable, str(EXAMPLE), site.origin, name, *options],
        env=site.shop.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            shops.wait_for(process, "the shop is open")
            yield home
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=shops.STOP_S)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    folder: Path = tmp_path_factory.mktemp("street")
    with opened(folder) as site, example(site, shops.free_port()) as home:
        yield Street(site, home)


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def heading(desk: Desk, words: str) -> None:
    expect(desk.page.get_by_role("heading", name=words)).to_be_visible()


def test_a_customer_signs_in_with_a_passkey_reads_and_signs_out(
    chrome: Browser, street: Street
) -> None:
    subject = street.known("mara@mail.example")
    desk = with_passkey(chrome, street.site, "mara@mail.example")
    desk.goto("/account/ways/")
    desk.finger(there=False)
    desk.click("Sign out")
    heading(desk, "Sign in")

    desk.page.goto(street.shop)
    desk.follow("Sign in")
    desk.page.wait_for_url(f"{street.site.origin}/sign-in/?next=*")
    desk.finger(there=True)
    desk.click("Sign in with a passkey")
    desk.page.wait_for_url(f"{street.shop}/")
    heading(desk, "Welcome")
    for said in ("Mara", "mara@mail.example", subject, "aal", "'mfa'"):
        assert said in desk.text
    desk.follow("My invoice")
    assert VAT in desk.text

    desk.follow("Sign out")
    desk.page.wait_for_url(f"{street.shop}/")
    heading(desk, "You are not signed in")
    desk.goto("/account/devices/")
    assert desk.path.startswith("/sign-in/")
    assert desk.troubles == []


def test_the_shop_shows_how_safe_the_account_is_in_its_own_page(
    chrome: Browser, street: Street
) -> None:
    street.known("olga@mail.example")
    desk = with_passkey(chrome, street.site, "olga@mail.example")
    heard: list[str] = []
    desk.page.on(
        "console", lambda said: said.type == "error" and heard.append(said.location["url"])
    )
    desk.page.goto(f"{street.shop}/sign-in")
    heading(desk, "Welcome")
    desk.follow("My security")
    heading(desk, "My account")
    desk.page.get_by_role("heading", name="Your security").wait_for()

    assert "Your account is safe. But you have only one way in." in desk.text
    assert "You signed in to a website of the shop with this account." in desk.text
    link = desk.page.get_by_role("link", name="This was not me")
    assert link.get_attribute("href") == f"{street.site.origin}/account/not-me/"
    assert desk.page.locator("[style], script:not([src])").count() == 0
    assert [one for one in heard if not one.endswith("/favicon.ico")] == []
    desk.follow("Your activity")
    assert desk.page.url == f"{street.site.origin}/account/activity/"


def test_a_script_that_was_altered_does_not_run(chrome: Browser, street: Street) -> None:
    street.known("pia@mail.example")
    desk = with_passkey(chrome, street.site, "pia@mail.example")
    desk.page.goto(f"{street.shop}/sign-in")
    heading(desk, "Welcome")

    def alter(route: Route) -> None:
        kind, anybody = {"content-type": "text/javascript"}, {"access-control-allow-origin": "*"}
        route.fulfill(body=SCRIPT.read_text("utf-8") + "\n", headers=kind | anybody)

    desk.page.route("**/embed/security.js", alter)
    desk.follow("My security")
    desk.page.wait_for_load_state("networkidle")
    assert "Your account is safe" not in desk.text


def test_a_password_alone_opens_no_invoice_and_a_new_one_ends_the_sign_in(
    chrome: Browser, street: Street
) -> None:
    street.known("nora@mail.example")
    desk = Desk(chrome, street.site)
    sign_up(desk, "nora@mail.example")
    desk.follow("I would rather set a password")
    desk.fill(password=PASSWORD)
    desk.click("Set it")
    desk.page.wait_for_url(f"{street.site.origin}/account/**")

    desk.page.goto(f"{street.shop}/sign-in")
    heading(desk, "Welcome")
    assert "aal1" in desk.text
    desk.follow("My invoice")
    desk.page.wait_for_url(f"{street.site.origin}/prove/?next=*")
    desk.fill(password=PASSWORD)
    desk.click("Go on")
    desk.page.wait_for_url(f"{street.shop}/signed-in?*")
    assert "unmet_authentication_requirements" in desk.text
    assert VAT not in desk.text

    desk.page.goto(f"{street.shop}/sign-in")
    heading(desk, "Welcome")
    desk.goto("/account/password/")
    desk.fill(password="seven lanterns under glass")
    desk.page.locator("main form button[type=submit]").click()
    desk.page.wait_for_url(f"{street.site.origin}/account/ways/")
    desk.page.goto(street.shop)
    heading(desk, "You are not signed in")
    assert "invalid_grant" in desk.text
    assert desk.troubles == []
