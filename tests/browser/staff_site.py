"""A running staff site, and browsers of people with a passkey of their own."""

from __future__ import annotations

import base64
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from shopward.identity import totp
from tests.cli import shop as shops

SERVED = [sys.executable, "-m", "tests.browser.served"]
ENTERED = "SELECT count(*) FROM console_event WHERE position IS NOT NULL"
NO_AUTOFILL = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"
PASSKEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass(frozen=True, slots=True)
class StaffSite:
    """The site of one installation, and the link by which its first administrator comes in."""

    shop: shops.Shop
    first_link: str

    @property
    def home(self) -> Path:
        return self.shop.home

    @property
    def origin(self) -> str:
        port = self.shop.environment["SHOPWARD_CONSOLE_STAFF"].rpartition(":")[2]
        return f"https://console.shopward.localhost:{port}"

    def mails(self, subject: str) -> list[str]:
        """The texts of the mails with this subject, once there is one."""
        end = time.monotonic() + shops.START_S
        while time.monotonic() < end:
            found = [text for _, said, text in self.all_mails() if said == subject]
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"no mail {subject!r}")

    def all_mails(self) -> list[tuple[str, str, str]]:
        """(to, subject, text) of every mail that has left, the oldest first."""
        sent = [message_from_bytes(one.read_bytes(), policy=SMTP) for one in self._files()]
        return [(str(one["To"]), str(one["Subject"]), one.get_content()) for one in sent]

    def count(self, ending: str) -> int:
        """How many mails have left whose subject ends so."""
        return sum(subject.endswith(ending) for _, subject, _ in self.all_mails())

    def link_in(self, subject: str) -> str:
        """The link of the mail with this subject."""
        found = re.search(r"https://\S+", self.mails(subject)[-1])
        assert found is not None
        return found[0]

    def entered(self) -> int:
        """How many events have left the outbox for the ledger."""
        with closing(sqlite3.connect(self.home / "console" / "console.db")) as database:
            return int(database.execute(ENTERED).fetchone()[0])

    def wait_for_entries(self, count: int) -> None:
        """Until so many events stand in the ledger."""
        end = time.monotonic() + 2 * shops.START_S
        while self.entered() < count:
            assert time.monotonic() < end, f"{self.entered()} of {count} were entered"
            time.sleep(0.2)

    def ahead(self, seconds: int) -> None:
        """Move the site's clock, counted from the real one."""
        (self.home / "ahead").write_text(str(seconds))

    def later(self, seconds: int) -> None:
        """Move the site's clock on from where it stands."""
        path = self.home / "ahead"
        self.ahead((int(path.read_text()) if path.exists() else 0) + seconds)

    def _files(self) -> list[Path]:
        return sorted((self.home / "mail").glob("*.eml"))


@contextmanager
def running(folder: Path, **more: str) -> Iterator[StaffSite]:
    """A new installation, whose control plane serves until the end; its log names no link.

    `more` are variables of its environment.
    """
    shop = shops.make(folder)
    shop.environment.update(more)
    with subprocess.Popen(
        [*SERVED, str(shop.home / "shopward.toml")],
        env={**shop.environment, "PYTHONPATH": str(shops.ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            said = shops.wait_for(process, "ready ")
            yield StaffSite(shop, said.rpartition("ready ")[2].strip())
        finally:
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=shops.STOP_S)
        assert "Traceback" not in said, said
        assert "/join/" not in said, said


class Desk:
    """One browser of one person.

    Args:
        browser: Chromium.
        site: Where it goes.
        passkeys: Whether it has an authenticator.
        autofill: Whether it offers passkeys in fields by itself.
        more: Options of the browser's context.
    """

    def __init__(
        self,
        browser: Browser,
        site: StaffSite,
        *,
        passkeys: bool = True,
        autofill: bool = False,
        **more: Any,
    ) -> None:
        self.site = site
        self.context: BrowserContext = browser.new_context(ignore_https_errors=True, **more)
        self.page: Page = self.context.new_page()
        self.troubles: list[str] = []
        if not autofill:
            self.page.add_init_script(NO_AUTOFILL)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        if passkeys:
            self._cdp = self.context.new_cdp_session(self.page)
            self._cdp.send("WebAuthn.enable")
            made = self._cdp.send("WebAuthn.addVirtualAuthenticator", {"options": PASSKEY})
            self._key = made["authenticatorId"]

    def finger(self, *, there: bool) -> None:
        """Whether somebody touches the authenticator when it asks."""
        said = {"authenticatorId": self._key, "enabled": there}
        self._cdp.send("WebAuthn.setAutomaticPresenceSimulation", said)

    def lose_passkeys(self) -> None:
        self._cdp.send("WebAuthn.clearCredentials", {"authenticatorId": self._key})

    def goto(self, path: str) -> None:
        self.page.goto(path if path.startswith("https:") else self.site.origin + path)

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.site.origin)

    @property
    def text(self) -> str:
        return self.page.inner_text("main")

    def click(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name).first.click()

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            self.page.locator(f'input[name="{name}"]:visible').first.fill(value)

    def app_code(self) -> str:
        """What an app would show that was given the page's key."""
        return code(self.page.inner_text("code.key"), self.site)


def code(key: str, site: StaffSite) -> str:
    """The app's code at the site's moment."""
    path = site.home / "ahead"
    ahead = int(path.read_text()) if path.exists() else 0
    moment = datetime.now(UTC) + timedelta(seconds=ahead)
    return totp.code_at(base64.b32decode(key), totp.step_at(moment))
