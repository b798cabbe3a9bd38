"""The example's Oscar shop as `make example` starts it, protected or plain, and who goes there."""

from __future__ import annotations

import re
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.public_site import PublicSite
from tests.cli import shop as shops

EXAMPLE = shops.ROOT / "examples" / "oscar_shop"
PYTHON = shops.ROOT / ".venv-example" / "bin" / "python"
STOP_S = 90.0


def letters() -> str:
    """Letters that nobody else has in their name."""
    return "".join(secrets.choice("bcdfghjkmnpqrtvwxyz") for _ in range(10))


@dataclass(frozen=True, slots=True)
class Oscar:
    """A running shop; `site` is Shopward's public site beside it."""

    home: Path
    port: int
    site: PublicSite

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def scan(self, *places: str) -> subprocess.CompletedProcess[str]:
        """A leak scan of these places, planting through the shop's pages."""
        recipe = ("--recipe", str(EXAMPLE / "leak-scan.toml"), "--json")
        config = self.home / "shopward.toml"
        given = ("--config", str(config)) if config.exists() else ()
        return self.site.shop.type(
            *given, "leak-scan", "--shop", self.url, *recipe, *places, timeout_s=300
        )

    def manage(self, *command: str) -> None:
        """`manage.py` of the shop, in the running shop's surroundings."""
        code = f"import examples.oscar_shop.run as r; r.run_in_shop('manage.py', *{command!r})"
        subprocess.run(
            [sys.executable, "-c", code], env=self.site.shop.environment, cwd=shops.ROOT, check=True
        )


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Oscar]:
    """A new shop, open until the end."""
    if not PYTHON.exists():
        pytest.skip("the example's environment is not there: make example-setup")
    port, home = _ports(), folder / "var"
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(shops.ROOT),
        "PYTHONUNBUFFERED": "1",
        "EXAMPLE_HOME": str(home),
        "EXAMPLE_PORT": str(port),
        "SHOPWARD_CONSOLE_PUBLIC": f"127.0.0.1:{port + 2}",
    }
    with subprocess.Popen(
        [sys.executable, str(EXAMPLE / "run.py"), *options],
        env={name: said for name, said in environment.items() if "CONSOLE" not in name},
        cwd=shops.ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            shops.wait_for(process, "Its database:", within_s=180)
            yield Oscar(home, port, PublicSite(shops.Shop(folder, environment), ""))
        finally:
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=STOP_S)
        assert "Traceback" not in said, said


def _ports() -> int:
    """A port that is free, as the four above it are."""
    for _ in range(100):
        with ExitStack() as held, suppress(OSError):
            first = held.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            for more in range(1, 5):
                held.enter_context(socket.socket()).bind(("127.0.0.1", port + more))
            return port
    raise AssertionError("no five free ports")


@dataclass
class Person:
    """Somebody who never was, with values that are found nowhere else."""

    mark: str = field(default_factory=letters)

    @property
    def email(self) -> str:
        return f"{self.mark}@mail.example"

    @property
    def name(self) -> str:
        return f"Ada{self.mark} Love{self.mark}"

    @property
    def address(self) -> dict[str, str]:
        first, last = self.name.split()
        return {
            "first_name": first,
            "last_name": last,
            "line1": f"12 {self.mark} Square",
            "line4": f"London{self.mark}",
            "postcode": "SW1Y 4JH",
            "phone_number": "+442071838750",
        }


class Visitor:
    """One browser in the shop.

    Args:
        browser: Chromium.
        oscar: The shop.
        page: A page that is open already, with whoever is signed in there.
        width: The window's, in CSS pixels.
    """

    def __init__(
        self, browser: Browser, oscar: Oscar, page: Page | None = None, width: int = 1280
    ) -> None:
        self.oscar, self.troubles = oscar, list[str]()
        self.page = page or browser.new_context(ignore_https_errors=True).new_page()
        self.page.set_viewport_size({"width": width, "height": 800})
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))

    def goto(self, path: str) -> None:
        answer = self.page.goto(self.oscar.url + path)
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"

    @property
    def text(self) -> str:
        return self.page.inner_text("body")

    @property
    def is_too_wide(self) -> bool:
        """Whether one has to scroll sideways."""
        return bool(
            self.page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
        )

    def put_in_basket(self, book: str) -> None:
        """From the list of books to the basket."""
        self.goto("/catalogue/")
        shown = self.page.locator("article.product_pod", has_text=book)
        shown.get_by_role("button", name="Add to basket").click()
        self.page.wait_for_load_state()
        self.goto("/basket/")
        expect(self.page.locator(".basket-items")).to_contain_text(book)

    def check_out(self, person: Person, *, is_guest: bool) -> str:
        """From the basket to the page that thanks; the order's number."""
        self.page.get_by_role("link", name="Proceed to checkout").click()
        if is_guest:
            self.page.locator("#id_username").fill(person.email)
            self.page.locator("input[name=options][value=anonymous]").check()
            self.page.get_by_role("button", name="Continue").click()
        self.page.wait_for_url("**/checkout/shipping-address/")
        for name, value in person.address.items():
            self.page.locator(f"form#new_shipping_address [name={name}]").fill(value)
        self.page.locator("form#new_shipping_address [name=country]").select_option("GB")
        self.page.locator("form#new_shipping_address button[type=submit]").click()
        self.page.get_by_role("link", name="Continue").click()
        self.page.wait_for_url("**/checkout/preview/")
        assert person.address["line1"] in self.text
        self.page.get_by_role("button", name="Place order").click()
        self.page.wait_for_url("**/checkout/thank-you/")
        found = re.search(r"\b1\d{5}\b", self.page.inner_text("main, .page_inner, body"))
        assert found is not None, self.text
        return found[0]
