"""Every page of both sites in a real browser, over TLS, before both real processes.

No page breaks its content policy or says anything in the console; axe finds nothing serious, in
light and dark and on a phone; nothing runs out of the screen. What is done here is done by the
keyboard too, and without JavaScript.
"""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.staff_site import Desk, StaffSite
from tests.chromium import browser as chromium
from tests.cli import shop as shops

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 780}
STAFF = (
    "/",
    "/customers/",
    "/ledger/",
    "/ledger/3/",
    "/policy/",
    "/policy/compare/",
    "/policy/ask/",
    "/found/",
    "/found/policy/",
    "/callers/",
    "/vault/",
    "/vault/begin/epoch/",
    "/tasks/",
    "/health/",
    "/settings/",
    "/components/",
    "/people/",
    "/account/",
)
FORMS = (
    "/ledger/?from=1",
    "/people/invite/",
    "/account/passkey/",
    "/account/app/",
    "/account/recovery-codes/",
    "/account/password/",
    "/account/sessions/end-others/",
    "/prove/",
    "/nothing-here/",
)
OUTSIDE = ("/sign-in/", "/join/", "/join/nothing/", "/not-me/nothing/", "/nothing-here/")
"""Pages for who is not signed in."""
MISSING = frozenset({"/nothing-here/", "/join/", "/join/nothing/", "/not-me/nothing/"})
BETWEEN = ("/sign-in/second/", "/sign-in/recovery-code/")
PASSWORD = "violet kettle orbits slowly"
GRAVE = ("serious", "critical")


class Office:
    """A running installation, and its first administrator at work."""

    def __init__(self, shop: shops.Shop, chrome: Browser, link: str, token: str) -> None:
        self.shop, self.chrome, self.token = shop, chrome, token
        self.site = StaffSite(shop, link)
        self.desk = Desk(chrome, self.site, viewport=WIDE)
        self.page = self.desk.page
        self.said = listening(self.page)
        self.page.goto(link)
        self.desk.fill(email="mara@shop.example", name="Mara Lind")
        self.desk.click("Create a passkey")
        expect(self.page.get_by_role("heading", name="You are in")).to_be_visible()

    @property
    def public(self) -> str:
        port = self.shop.environment["SHOPWARD_CONSOLE_PUBLIC"].rpartition(":")[2]
        return f"https://shopward.localhost:{port}"

    def state(self) -> dict[str, object]:
        """The cookies of who is signed in, for another browser."""
        return dict(self.desk.context.storage_state())

    @contextmanager
    def another(self, **more: object) -> Iterator[Page]:
        """A second browser of the same person."""
        context: BrowserContext = self.chrome.new_context(
            ignore_https_errors=True,
            storage_state=self.state(),  # type: ignore[arg-type]
            **more,  # type: ignore[arg-type]
        )
        try:
            yield context.new_page()
        finally:
            context.close()


def listening(page: Page) -> list[str]:
    """Whatever the page's console says or throws, from now on."""
    said: list[str] = []
    page.on("console", lambda one: said.append(f"{one.type} {one.text}"))
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def found_in(folder: Path, shop: shops.Shop) -> None:
    """A shop's database with customers, looked through for the pages."""
    database = folder / "orders.db"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE customer (id INTEGER PRIMARY KEY, mail, nick, town)")
        rows = [(f"ada{n}@kunde.example", f"ada{n}", "Aachen") for n in range(40)]
        connection.executemany("INSERT INTO customer (mail, nick, town) VALUES (?, ?, ?)", rows)
    done = shop.type("discover", f"sqlite://{database}", "--for-console")
    assert "found.json" in done.stderr, done.stderr


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("tour")
    shop = shops.Shop(folder, shops.environment(folder))
    with shop.started("run") as process, chromium() as chrome:
        said = shops.wait_for(process, "Ctrl-C stops it")
        if "/join/" not in said:
            said += shops.wait_for(process, "/join/")
        found = re.search(r"https://\S+/join/\S+", said)
        assert found is not None
        asked = shop.type("search", "email=dorrin.ashquill.000@example.net", "--purpose", "account")
        token = re.search(r"cus_\w+", asked.stdout)
        found_in(folder, shop)
        assert token is not None, asked.stderr
        yield Office(shop, chrome, found[0], token[0])


def troubles(page: Page) -> list[str]:
    """What axe calls serious or critical on this page."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in GRAVE
    ]


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_sound(office: Office, size: dict[str, int], scheme: str) -> None:
    page = office.page
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    del office.said[:]
    paths = (*STAFF, *FORMS, f"/customers/{office.token}/")
    wrong = [one for path in paths for one in unsound(page, office.site.origin, path)]
    wrong += unsound(page, office.public, "/")

    assert wrong == []
    assert unexpected(office.said) == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_before_sign_in_is_sound(
    office: Office, size: dict[str, int], scheme: str
) -> None:
    stranger = Desk(office.chrome, office.site, viewport=size, color_scheme=scheme)
    said = listening(stranger.page)
    wrong = [one for path in OUTSIDE for one in unsound(stranger.page, office.site.origin, path)]
    wrong += unsound(stranger.page, office.public, "/nothing-here/")
    stranger.context.close()

    assert wrong == []
    assert unexpected(said) == []


def test_the_pages_between_two_steps_of_a_sign_in_are_sound(office: Office) -> None:
    set_password(office)
    other = Desk(office.chrome, office.site, passkeys=False)
    said = listening(other.page)
    other.goto("/sign-in/")
    other.fill(email="mara@shop.example", password=PASSWORD)
    other.click("Go on with the password")
    wrong = []
    for size in (WIDE, PHONE):
        for scheme in ("light", "dark"):
            other.page.set_viewport_size(size)  # type: ignore[arg-type]
            other.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            wrong += [
                one for path in BETWEEN for one in unsound(other.page, office.site.origin, path)
            ]
            assert other.path == BETWEEN[-1]
    other.context.close()

    assert wrong == []
    assert unexpected(said) == []


def set_password(office: Office) -> None:
    """Mara gets a password, after a fresh proof if it is time for one."""
    office.desk.goto("/account/password/")
    if "/prove/" in office.page.url:
        office.desk.click("Use your passkey")
        office.page.wait_for_url("**/account/password/")
    office.desk.fill(password=PASSWORD)
    office.desk.click("Set it")
    office.page.wait_for_url("**/account/")


def unsound(page: Page, origin: str, path: str) -> list[str]:
    """What is wrong with a page: its status, its width, its heading, what axe finds."""
    answer = page.goto(origin + path)
    assert answer is not None
    is_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    headings = page.locator("h1").count()
    wrong = [f"{path}: {one}" for one in troubles(page)]
    if answer.status != (404 if path in MISSING else 200) or is_wide or headings != 1:
        wrong.append(f"{path}: {answer.status}, wider {is_wide}, {headings} h1")
    return wrong


def unexpected(said: list[str]) -> list[str]:
    """What the console said, but for the browser's own line about a page that is not there."""
    return [one for one in said if "status of 404" not in one]


def test_every_link_leads_somewhere(office: Office) -> None:
    page, seen = office.page, set()
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    for path in STAFF:
        page.goto(office.site.origin + path)
        seen |= set(page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)"))
    ours = sorted({one.partition("#")[0] for one in seen if one.startswith(office.site.origin)})
    ours = [one for one in ours if "/factors/" not in one]  # her only one: it may not be removed
    statuses = page.evaluate(
        "all => Promise.all(all.map(async one => (await fetch(one)).status))", ours
    )
    dead = [one for one, status in zip(ours, statuses, strict=True) if status != 200]

    assert len(seen) > 20
    assert dead == []


def test_a_customer_is_found_looked_at_and_the_look_is_verified(office: Office) -> None:
    page = office.page
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    page.goto(office.site.origin + "/customers/")
    page.select_option("select[name=by]", "email")
    page.fill("input[name=value]", "dorrin.ashquill.000@example.net")
    page.select_option("select[name=purpose]", "support")
    page.fill("input[name=fact]", "ticket:77")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_role("heading", name="Customer", exact=True)).to_be_visible()
    assert "Dorrin" not in page.inner_text("main")
    page.check("input[value=first_name]")
    page.select_option("select[name=purpose]", "support")
    page.fill("input[name=fact]", "ticket:77")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Dorrin", exact=True)).to_be_visible()
    page.get_by_role("link", name="What was entered").click()
    assert "record:revealed" in page.inner_text("main")
    page.get_by_role("button", name="Verify now").click()
    expect(page.get_by_text("The proof holds.")).to_be_visible()


def test_a_refused_look_shows_no_value_and_leads_to_its_entry(office: Office) -> None:
    page = office.page
    page.goto(f"{office.site.origin}/customers/{office.token}/")
    page.check("input[value=first_name]")
    page.select_option("select[name=purpose]", "support")
    page.fill("input[name=fact]", "ticket:99")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("alert")).to_contain_text("ticket 99 is not known")
    assert "Dorrin" not in page.inner_text("main")
    page.get_by_role("alert").get_by_role("link").click()
    assert "record:denied" in page.inner_text("main")


def test_the_policy_answers_for_another_role(office: Office) -> None:
    page = office.page
    page.goto(office.site.origin + "/policy/ask/")
    page.select_option("select[name=role]", "courier")
    page.select_option("select[name=purpose]", "deliver")
    page.check("input[value=phone]")
    page.fill("input[name=subject]", office.token)
    page.fill("input[name=fact]", "shipment:7")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("heading", name="shipment 7 is not known")).to_be_visible()


def test_a_new_policy_is_compared_in_words(office: Office) -> None:
    page = office.page
    text = (office.shop.home / "policy.toml").read_text("utf-8")
    page.goto(office.site.origin + "/policy/compare/")
    page.fill("textarea", text.replace("keep_days = 730", "keep_days = 900"))
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="For customers this means")).to_be_visible()
    assert "900" in page.inner_text(".timeline")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_columns_are_decided_one_after_the_other_by_keyboard(
    office: Office, size: dict[str, int]
) -> None:
    page = office.page
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.goto(office.site.origin + "/found/")
    page.get_by_role("link", name="Decide the next one").press("Enter")
    first = page.inner_text("h1")
    page.fill("input[name=field]", "contact_mail")
    page.get_by_role("button", name="Confirm", exact=True).press("Enter")
    expect(page.get_by_role("status")).to_contain_text(first)
    assert page.inner_text("h1") != first
    assert troubles(page) == []
    page.get_by_role("button", name="Leave it as it is").press("Enter")
    page.goto(office.site.origin + "/found/policy/")
    expect(page.get_by_role("heading", name="For customers this means")).to_be_visible()
    assert troubles(page) == []
    for name in ("mail", "town"):
        page.goto(office.site.origin + "/found/")
        page.get_by_role("link", name=name, exact=True).press("Enter")
        page.get_by_role("button", name="Undo").press("Enter")
        expect(page.get_by_role("button", name="Undo")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_everything_is_reached_by_the_keyboard_alone(office: Office) -> None:
    page = office.page
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    page.goto(office.site.origin + "/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.goto(office.site.origin + "/components/")
    page.get_by_role("button", name="Open a dialog").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.evaluate("document.activeElement.textContent") == "Open a dialog"


def test_without_javascript_everything_still_works(office: Office) -> None:
    with office.another(java_script_enabled=False, viewport=PHONE) as page:
        page.goto(office.site.origin + "/ledger/")
        page.get_by_role("link", name="Older").click()
        assert "from=" in page.url
        page.goto(office.site.origin + "/ledger/3/")
        page.get_by_role("button", name="Verify now").click()
        expect(page.get_by_text("The proof holds.")).to_be_visible()
        page.locator("summary").first.click()
        page.get_by_role("link", name="Policy", exact=True).last.click()
        expect(page.get_by_role("heading", name="Policy", exact=True)).to_be_visible()


def test_pages_speak_german_when_asked(office: Office) -> None:
    with office.another(viewport=WIDE) as page:
        page.goto(office.site.origin + "/ledger/")
        page.get_by_role("button", name="Deutsch").click()
        expect(page.get_by_role("heading", name="Verzeichnis", exact=True)).to_be_visible()
        assert page.get_attribute("html", "lang") == "de"
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("heading", name="Ledger", exact=True)).to_be_visible()


def test_while_the_vault_is_away_pages_say_so_and_nothing_breaks(
    office: Office, tmp_path: Path
) -> None:
    shop, chrome = shops.make(tmp_path), office.chrome
    with shop.started("console") as process:
        said = shops.wait_for(process, "/join/")
        found = re.search(r"https://\S+/join/\S+", said)
        assert found is not None
        alone = Office(shop, chrome, found[0], "cus_" + "0" * 27)
        page = alone.page
        for path in (*STAFF, f"/customers/{alone.token}/"):
            answer = page.goto(alone.site.origin + path)
            assert answer is not None
            # An entry of a ledger that cannot be asked is said to be away, not missing.
            assert answer.status == 200, path
        page.goto(alone.site.origin + "/ledger/")
        assert "does not answer" in page.inner_text("main")
        answer = page.goto(alone.public + "/")
        assert answer is not None
        assert answer.status == 200
        page.goto(alone.site.origin + "/tasks/")
        assert "staff:added" in page.inner_text("main")
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    assert process.wait(shops.STOP_S) == 0
