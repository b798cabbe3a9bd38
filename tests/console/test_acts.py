"""Acts from the pages: for the right role, freshly proven, asked first, done once."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore
from pytest_django import Settings as SettingsWrapper

from shopward import clock
from shopward.identity.assurance import Factor
from shopward.identity.web import session
from shopward.settings import Settings
from tests.console.test_pages import POLICY, visitor
from tests.scenarios.plane import DataPlane
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db
BEGIN = ("/vault/begin/backup/", "/vault/begin/drill/", "/vault/begin/epoch/")


@pytest.fixture
def example(joined: Settings, settings: SettingsWrapper) -> None:
    """The example shop's policy, beside a running data plane."""
    settings.SHOPWARD = msgspec.structs.replace(joined, policy=POLICY)


def stale(browser: Visitor) -> Visitor:
    """The same browser, its last factor shown ten minutes ago."""
    (row,) = UserSession.objects.all()
    kept = SessionStore(row.session_key)
    then = clock.now() - timedelta(minutes=10)
    kept[session.SHOWN] = [[Factor.PASSKEY.value, clock.to_ms(then)]]
    kept.save()
    return browser


def told(browser: Visitor, path: str) -> str:
    return browser.get(path).content.decode()


@pytest.mark.parametrize(
    "path", [*BEGIN, "/vault/jobs/backup-1/end/", "/callers/0a1b2c3d4e5f/stop/"]
)
@pytest.mark.parametrize("role", ["support", "auditor", ""])
def test_other_roles_find_no_such_page(example: None, path: str, role: str) -> None:
    browser = visitor(role, manages=True)

    assert browser.get(path).status_code == 403
    assert browser.post(path).status_code == 403


@pytest.mark.parametrize("path", [*BEGIN, "/vault/jobs/backup-1/end/"])
def test_a_page_asks_and_changes_nothing_until_it_is_answered(
    example: None, plane: DataPlane, path: str
) -> None:
    before = len(plane.operator().jobs())
    answer = visitor("owner").get(path)

    assert answer.status_code == 200
    assert "Back, and change nothing" in answer.content.decode()
    assert len(plane.operator().jobs()) == before


def test_without_a_fresh_factor_nothing_is_done(example: None, plane: DataPlane) -> None:
    before = len(plane.operator().jobs())
    answer = stale(visitor("owner")).post("/vault/begin/epoch/")

    assert answer.headers["Location"].startswith("/prove/")
    assert len(plane.operator().jobs()) == before


def test_an_epoch_is_begun_once_however_often_it_is_clicked(
    example: None, plane: DataPlane
) -> None:
    browser = visitor("owner")
    answers = [browser.post("/vault/begin/epoch/") for _ in range(2)]

    assert answers[0].headers["Location"] == "/vault/"
    begun = [one for one in plane.operator().jobs() if one.argument == "turn"]
    assert len(begun) == 1
    page = told(browser, "/vault/")
    assert "It is begun" in page
    assert begun[0].id in page


def test_what_the_vault_refuses_is_told(example: None, plane: DataPlane) -> None:
    """There is no folder for backups here."""
    answer = visitor("owner").post("/vault/begin/backup/")

    assert answer.status_code == 200
    assert "There is no folder for backups." in answer.content.decode()


def test_a_caller_is_stopped_for_a_while_and_goes_on(example: None, plane: DataPlane) -> None:
    operator = plane.operator()
    made = operator.add_caller("shop-to-stop", "shop-backend")
    browser = visitor("security")
    assert browser.post(f"/callers/{made.id}/stop/", {"hours": "1"}).status_code == 302
    (frozen,) = [one for one in operator.callers() if one.id == made.id]
    page = told(browser, "/callers/")

    assert frozen.frozen
    assert "The caller is stopped." in page
    assert f"/callers/{made.id}/go-on/" in page
    assert browser.post(f"/callers/{made.id}/go-on/").status_code == 302
    (thawed,) = [one for one in operator.callers() if one.id == made.id]
    assert not thawed.frozen


@pytest.mark.parametrize("hours", ["", "0", "2", "-1", "9999", "1; drop", "\u0661"])
def test_only_the_hours_that_are_offered_are_taken(
    example: None, plane: DataPlane, hours: str
) -> None:
    made = plane.operator().add_caller(f"shop-{hours.encode().hex()}", "shop-backend")
    answer = visitor("security").post(f"/callers/{made.id}/stop/", {"hours": hours})

    assert answer.status_code == 200
    (row,) = [one for one in plane.operator().callers() if one.id == made.id]
    assert not row.frozen


@pytest.mark.parametrize("path", ["/vault/begin/passphrase/", "/vault/begin/rewrap/"])
def test_no_other_work_has_a_page(example: None, path: str) -> None:
    assert visitor("owner").post(path).status_code == 404


@pytest.mark.parametrize("caller", ["%2e%2e%2fv1%2fcallers", "x' or 1=1", "cus_", "é"])
def test_an_odd_name_in_the_address_stops_nobody(example: None, caller: str) -> None:
    answer = visitor("security").post(f"/callers/{caller}/stop/", {"hours": "1"})

    assert answer.status_code in {200, 404}


@pytest.mark.parametrize(
    ("role", "path", "there", "missing"),
    [
        ("owner", "/vault/", "/vault/begin/epoch/", "never"),
        ("owner", "/vault/", "shopward key rotate", "never"),
        ("auditor", "/vault/", "shopward key rotate", "/vault/begin/"),
        ("security", "/callers/", "shopward caller add NAME --role ROLE", "never"),
        ("auditor", "/callers/", "shopward caller add NAME --role ROLE", "/stop/"),
    ],
)
def test_pages_offer_what_the_role_may_and_show_the_command_for_the_rest(
    example: None, role: str, path: str, there: str, missing: str
) -> None:
    page = told(visitor(role), path)

    assert there in page
    assert missing not in page


def test_while_the_vault_is_away_an_act_says_so(house: Settings, settings: SettingsWrapper) -> None:
    settings.SHOPWARD = msgspec.structs.replace(house, policy=POLICY)
    answer = visitor("owner").post("/vault/begin/epoch/")

    assert answer.status_code == 200
    assert "nothing was changed" in answer.content.decode()
