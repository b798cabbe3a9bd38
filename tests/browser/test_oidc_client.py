"""A customer signs in to the example's shop, in Chromium: three processes, TLS, a real vault."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.staff_site import running
from tests.chromium import browser as chromium
from tests.cli import shop as shops

EXAMPLE = shops.ROOT / "examples" / "oidc_client" / "shop.py"
FIELDS = ("first_name=Mara", "email=mara@example.org", "vat_id=DE123456789")


@dataclass(frozen=True, slots=True)
class Street:
    """A shop, Shopward behind it, and a customer who is in the vault."""

    shopward: shops.Shop
    home: str
    issuer: str
    subject: str

    def sign_in(self, context: BrowserContext, *factors: str) -> None:
        """A session of the customer in this browser."""
        config = str(self.shopward.home / "shopward.toml")
        done = subprocess.run(
            [sys.executable, "-m", "tests.browser.enter", config, self.subject, *factors],
            env={**self.shopward.environment, "PYTHONPATH": str(shops.ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        cookie = {"name": "__Host-shopward", "value": done.stdout, "url": self.issuer}
        context.add_cookies([{**cookie, "secure": True, "httpOnly": True}])  # type: ignore[list-item]


@contextmanager
def open_shop(shopward: shops.Shop, issuer: str, port: int) -> Iterator[str]:
    """The example, registered and running."""
    home = f"http://127.0.0.1:{port}"
    fields = (word for name in FIELDS for word in ("--field", name.partition("=")[0]))
    asked = ("--redirect", f"{home}/signed-in", "--after-sign-out", f"{home}/", *fields)
    made = shopward.type("oidc", "client", "add", "example", *asked)
    assert made.returncode == 0, made.stderr
    secret = shopward.folder / "secret"
    secret.touch(mode=0o600)
    secret.write_text(made.stdout.partition("client_secret")[2].split()[0])
    ca = shopward.home / "tls" / "root.pem"
    options = ["--secret-file", str(secret), "--ca", str(ca), "--port", str(port)]
    with subprocess.Popen(
        [sys.executable, str(EXAMPLE), issuer, "example", *options],
        env=shopward.environment,
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
    with running(tmp_path_factory.mktemp("street")) as site, shops.serving(site.shop):
        shop = site.shop
        key = shop.type("console", "--key").stdout.strip()
        assert shop.type("caller", "add", "console", "--key", key).returncode == 0
        stored = shop.type("store", *FIELDS)
        subject = stored.stdout.split()[1]
        port = shop.environment["SHOPWARD_CONSOLE_PUBLIC"].rpartition(":")[2]
        issuer = f"https://shopward.localhost:{port}"
        with open_shop(shop, issuer, shops.free_port()) as home:
            yield Street(shop, home, issuer, subject)


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(chrome: Browser) -> Iterator[Page]:
    context = chrome.new_context(ignore_https_errors=True)
    yield context.new_page()
    context.close()


def test_a_customer_signs_in_reads_and_signs_out(street: Street, page: Page) -> None:
    street.sign_in(page.context, "passkey")
    page.goto(street.home)
    expect(page.get_by_role("heading", name="You are not signed in")).to_be_visible()
    page.get_by_role("link", name="Sign in").click()
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    main = page.inner_text("main")
    for said in ("Mara", "mara@example.org", street.subject, "aal2", "['mfa', 'swk', 'user']"):
        assert said in main
    assert "code=" not in page.url
    page.get_by_role("link", name="My invoice").click()
    assert "DE123456789" in page.inner_text("main")
    page.get_by_role("link", name="Sign out").click()
    page.wait_for_url(f"{street.home}/")
    expect(page.get_by_role("heading", name="You are not signed in")).to_be_visible()
    page.get_by_role("link", name="Sign in").click()
    page.wait_for_url(f"{street.issuer}/sign-in/?next=*")


def test_a_weak_sign_in_is_sent_to_make_a_better_one(street: Street, page: Page) -> None:
    street.sign_in(page.context, "password")
    page.goto(f"{street.home}/sign-in")
    assert "aal1" in page.inner_text("main")
    page.get_by_role("link", name="My invoice").click()
    page.wait_for_url(f"{street.issuer}/prove/?next=*")
    assert "DE123456789" not in page.content()
