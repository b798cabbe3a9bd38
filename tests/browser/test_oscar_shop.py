"""The example's Oscar shop in Chromium: who orders, who looks, who sees it, and what leaks."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.oscar_site import Oscar, Person, Visitor, running
from tests.browser.public_site import with_passkey
from tests.chromium import browser as chromium

BOOK = "Invisible Cities"
BACKED_UP = (
    "auth",
    "address",
    "order",
    "basket",
    "customer",
    "communication",
    "reviews",
    "sessions",
)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def oscar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oscar]:
    with running(tmp_path_factory.mktemp("oscar")) as shop:
        yield shop


def staff(chrome: Browser, oscar: Oscar) -> Visitor:
    """A member of the staff's browser, signed in."""
    desk = Visitor(chrome, oscar)
    desk.goto("/accounts/login/")
    desk.page.locator("#id_login-username").fill("staff@oscar.example")
    password = (oscar.home / "staff-password").read_text().strip()
    desk.page.locator("#id_login-password").fill(password)
    desk.page.get_by_role("button", name="Log In").click()
    desk.page.wait_for_url(lambda url: "login" not in url)
    return desk


def finds(desk: Visitor, name: str) -> None:
    """Staff search orders by how a name begins."""
    desk.goto(f"/dashboard/orders/?name={name}&order_number=&response_format=html")


@pytest.mark.parametrize("width", [1280, 360])
def test_a_guest_orders_and_staff_find_the_order(chrome: Browser, oscar: Oscar, width: int) -> None:
    person = Person()
    guest = Visitor(chrome, oscar, width=width)
    guest.put_in_basket(BOOK)
    number = guest.check_out(person, is_guest=True)
    for shown in (*person.name.split(), person.address["line1"], "SW1Y 4JH", BOOK, number):
        assert shown in guest.text
    assert not guest.is_too_wide
    assert guest.troubles == []

    desk = staff(chrome, oscar)
    finds(desk, f"Love{person.mark[:4]}")
    expect(desk.page.get_by_role("link", name=number).first).to_be_visible()
    assert person.name in desk.text
    finds(desk, "Lovezzz")
    assert number not in desk.text


@pytest.mark.parametrize("width", [1280, 360])
def test_a_member_signs_in_with_us_orders_and_sees_who_looked(
    chrome: Browser, oscar: Oscar, width: int
) -> None:
    person = Person()
    there = with_passkey(chrome, oscar.site, person.email)
    member = Visitor(chrome, oscar, there.page, width=width)
    member.goto("/accounts/login/")
    member.page.get_by_role("link", name="Sign in with a passkey or a code").click()
    member.page.wait_for_url(f"{oscar.url}/accounts/profile/")
    assert person.email in member.text

    member.put_in_basket(BOOK)
    number = member.check_out(person, is_guest=False)
    assert person.address["line1"] in member.text
    assert not member.is_too_wide

    desk = staff(chrome, oscar)
    finds(desk, f"Ada{person.mark[:4]}")
    desk.page.get_by_role("link", name=number).first.click()
    desk.page.wait_for_url(f"**/dashboard/orders/{number}/")
    assert person.email in desk.text
    desk.page.locator("a[href='#shipping']").click()
    expect(desk.page.locator("#shipping")).to_contain_text(person.address["line1"])

    there.goto("/account/activity/")
    assert "look after your order" in there.text
    assert "our shop software" in there.text.lower()
    assert there.troubles == []


def test_nothing_that_visitors_type_stands_in_clear_anywhere(chrome: Browser, oscar: Oscar) -> None:
    desk = staff(chrome, oscar)
    finds(desk, "Lovelace")
    oscar.manage("dumpdata", *BACKED_UP, "--output", str(oscar.home / "backup.json.gz"))
    done = oscar.scan(
        f"database={oscar.home / 'shop.db'}",
        f"logs={oscar.home / 'log'}",
        f"index={oscar.home / 'index'}",
        f"backup={oscar.home / 'backup.json.gz'}",
    )
    report = json.loads(done.stdout)
    assert report["hits"] == [], done.stdout
    assert (done.returncode, report["outcome"]) == (0, "pass"), done.stdout
    assert len(report["canaries"]) >= 30
    assert "Lovelace" not in (oscar.home / "log" / "shop.log").read_text()


def test_customers_own_mails_do_hold_what_was_planted(oscar: Oscar) -> None:
    done = oscar.scan(f"mailboxes={oscar.home / 'mailboxes'}")
    report = json.loads(done.stdout)
    assert (done.returncode, report["outcome"]) == (1, "fail")
    found = {label for row in report["hits"] for label in row["canaries"]}
    assert {"guest.email", "guest.line1", "member.email"} <= found


def test_the_same_shop_without_us_leaks_in_many_columns(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with running(tmp_path_factory.mktemp("plain"), "--plain") as shop:
        database = f"database=sqlite://{shop.home / 'shop.db'}"
        done = shop.scan(database, f"logs={shop.home / 'log'}")
    report = json.loads(done.stdout)
    columns = {row["where"] for row in report["hits"] if row["place"] == "database"}
    assert done.returncode == 1
    assert len(columns) >= 8
    wanted = {"auth_user.email", "order_order.guest_email", "order_shippingaddress.line1"}
    assert wanted | {"django_session.session_data", "communication_email.body_text"} <= columns
    assert any(row["place"] == "logs" for row in report["hits"])
