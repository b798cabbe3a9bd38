"""Pages of the staff's site without a browser: who may see which, and how much they ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings as SettingsWrapper

from shopward import clock
from shopward.console.models import Event, Mail, Task
from shopward.identity.assurance import Factor
from shopward.identity.web import session
from shopward.identity.web.models import Account, Realm
from shopward.settings import Settings
from tests.visitor import Visitor

POLICY = Path(__file__).parents[2] / "policy.example.toml"
pytestmark = pytest.mark.django_db
FOR_OVERSEERS = ("/tasks/", "/health/", "/settings/", "/components/")
FOR_ALL = ("/", "/customers/", "/policy/", "/policy/compare/", "/policy/ask/")
QUERIES = 16
"""The most that a page asks of the database, its sign-in and menu included."""


def visitor(role: str = "", *, manages: bool = False) -> Visitor:
    """Somebody of the staff, signed in with a passkey a moment ago."""
    account = Account.objects.create(
        realm=Realm.STAFF,
        email=f"{role or 'nobody'}@shop.example",
        role=role,
        manages_people=manages,
    )
    made = Visitor("staff")
    made.be(account)
    (key,) = Session.objects.values_list("session_key", flat=True)
    kept, now = SessionStore(key), clock.now()
    kept[session.SHOWN] = [[Factor.PASSKEY.value, clock.to_ms(now)]]
    kept.save()
    row = {"user": account, "ip": "::1", "user_agent": "x", "created_at": now, "last_seen_at": now}
    UserSession.objects.update_or_create(session_key=key, defaults=row)
    return made


@pytest.fixture
def example(house: Settings, settings: SettingsWrapper) -> None:
    """The example shop's policy, and no data plane."""
    settings.SHOPWARD = msgspec.structs.replace(house, policy=POLICY)


@pytest.mark.parametrize("path", FOR_OVERSEERS)
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ({}, 403),
        ({"role": "support"}, 403),
        ({"role": "auditor"}, 200),
        ({"manages": True}, 200),
    ],
    ids=str,
)
def test_pages_about_the_house_are_for_who_looks_after_it(
    example: None, path: str, who: dict[str, Any], status: int
) -> None:
    assert visitor(**who).get(path).status_code == status


@pytest.mark.parametrize("path", [*FOR_OVERSEERS, *FOR_ALL, "/ledger/", "/callers/", "/vault/"])
def test_nobody_sees_a_page_before_signing_in(example: None, path: str) -> None:
    answer = Visitor("staff").get(path)

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("path", [*FOR_OVERSEERS, *FOR_ALL, "/ledger/", "/callers/", "/vault/"])
def test_a_page_asks_the_database_a_bounded_number_of_times(example: None, path: str) -> None:
    browser = visitor("owner", manages=True)
    for number in range(30):
        Mail.objects.create(address=f"a{number}@shop.example", subject="x", text="y")
        Task.objects.create(kind="mail", state=Task.State.FAILED)
    with CaptureQueriesContext(connection) as asked:
        answer = browser.get(path)

    assert answer.status_code == 200
    assert len(asked) <= QUERIES, [one["sql"][:90] for one in asked.captured_queries]


def test_the_menu_offers_what_the_role_may_and_no_more(example: None) -> None:
    page = visitor("support").get("/").content.decode()

    assert 'href="/customers/"' in page
    for path in ("/ledger/", "/callers/", "/tasks/", "/people/", "/settings/"):
        assert f'href="{path}"' not in page


def test_settings_show_no_secret(example: None, house: Settings, settings: SettingsWrapper) -> None:
    mail = msgspec.structs.replace(house.mail, user="canary-4711", password_file=POLICY)
    settings.SHOPWARD = msgspec.structs.replace(settings.SHOPWARD, mail=mail)
    page = visitor("auditor").get("/settings/").content.decode()

    assert "mail.user" in page
    assert "canary-4711" not in page
    assert "classes.account" not in page


def test_mails_are_shown_without_address_and_text(example: None) -> None:
    Mail.objects.create(address="robin@shop.example", subject="canary-1", text="canary-2")
    page = visitor("auditor").get("/tasks/").content.decode()

    assert "r•••@shop.example" in page
    for word in ("robin@", "canary-1", "canary-2"):
        assert word not in page


def test_a_failed_task_is_tried_again_by_who_looks_after_the_house(example: None) -> None:
    failed = Task.objects.create(kind="tidy", state=Task.State.FAILED, ended=clock.now())
    path = f"/tasks/{failed.pk}/retry/"
    assert visitor("support").post(path).status_code == 403
    Session.objects.all().delete()

    assert visitor("auditor").post(path).status_code == 302

    assert Task.objects.get(pk=failed.pk).state == Task.State.WAITING
    assert Event.objects.get(kind="task:retried").role == "auditor"


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_choosing_a_language_leads_nowhere_else(there: str) -> None:
    answer = Visitor("public").post("/language/", {"language": "de", "next": there})

    assert answer.headers["Location"] == "/"
    assert answer.cookies["__Host-language"].value == "de"
    assert answer.cookies["__Host-language"]["secure"]
