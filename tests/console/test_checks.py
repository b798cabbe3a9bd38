"""What an audit asks the control plane, that each question can be answered badly, and by whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from shopward import clock
from shopward.checks import Outcome, run_all
from shopward.console import examining
from shopward.console.checks import CHECKS, House
from shopward.console.models import Event, Mail, Task
from shopward.events import Kind
from shopward.identity.web import evidence
from shopward.settings import Settings
from shopward.sources import found
from shopward.sources.found import Found
from shopward.store.accounts_copy import write_parts
from tests.console.test_pages import visitor

pytestmark = pytest.mark.django_db


def bad(house: House) -> dict[str, str]:
    """Slug and detail of what does not pass."""
    seen = run_all(CHECKS, house)
    return {one.check: one.detail for one in seen if one.outcome is not Outcome.PASS}


@pytest.fixture(autouse=True)
def looked(house: Settings) -> None:
    """Somebody looked for personal data, and there was none."""
    found.write(house.home, Found("sqlite:///shop.db", "now", complete=True, rows=[]))


def test_a_new_control_plane_has_nothing_to_complain_about(house: Settings) -> None:
    (house.console.copy.parent).mkdir(exist_ok=True)
    with house.console.copy.open("wb") as file:
        write_parts(file, [])
    assert bad(examining.picture(house, clock.now())) == {}
    assert set(bad(examining.picture(house, clock.now() + timedelta(hours=3)))) == {"console:copy"}
    house.console.copy.write_bytes(house.console.copy.read_bytes()[:-1])
    assert set(bad(examining.picture(house, clock.now()))) == {"console:copy"}


def test_what_waits_fails_or_is_lost_is_found(house: Settings, tmp_path: Path) -> None:
    now = clock.now()
    old = Event.objects.create(kind=Kind.CONSOLE_STARTED, actor="x", at=now - timedelta(hours=2))
    assert set(bad(examining.picture(house, now))) == {"console:outbox", "console:copy"}
    old.delete()
    Event.objects.create(kind=Kind.CONSOLE_STARTED, actor="x", error="invalid", settled=now)
    Task.objects.create(kind="mail", state=Task.State.FAILED)
    Mail.objects.create(address="a@shop.example", given_up=now)
    found = bad(examining.picture(house, now))

    assert set(found) == {"console:outbox", "console:tasks", "console:mail", "console:copy"}
    assert "refused" in found["console:outbox"]


def test_files_that_others_can_read_and_mails_that_cannot_leave_are_found(
    house: Settings, tmp_path: Path
) -> None:
    (tmp_path / "signing.key").touch(0o644)
    picture = replace(examining.picture(house, clock.now()), has_mail_server=False)

    assert set(bad(picture)) == {"console:private", "console:mail", "console:copy"}


def test_what_cannot_be_looked_at_is_unknown_and_never_passes(
    house: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: object) -> None:
        raise OSError

    monkeypatch.setattr(evidence, "staff", away)
    monkeypatch.setattr(examining, "picture", lambda *_: away(_))
    found = examining.findings(house, clock.now())

    assert {one.check for one in found} == set(examining.TITLES)
    assert {one.outcome for one in found} == {Outcome.UNKNOWN}


def test_the_page_shows_every_question_with_its_answer(house: Settings) -> None:
    page = visitor("auditor", manages=True).get("/health/").content.decode()

    for title in examining.TITLES.values():
        assert title.replace("'", "&#x27;") in page
    assert "1 of at least 2 people manage people." in page
