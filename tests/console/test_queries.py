"""How often a page asks the database: a bounded number of times, however much there is.

Every page of the tour, with a data plane that answers; once with a handful of everything, and once
with thirty more people, factors, sessions, invitations, recoveries, tasks, mails and events.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings as SettingsWrapper

from shopward import clock
from shopward.console.models import Case, Event, Mail, Task
from shopward.identity import secret_file
from shopward.identity.web import session
from shopward.identity.web.models import Account, OneTimeLink, Purpose, Realm, RecoveryCase
from shopward.settings import Settings
from tests.console.test_pages import POLICY, visitor
from tests.identity.softkey import SoftKey
from tests.pages import tour
from tests.scenarios.people import number, person
from tests.scenarios.plane import DataPlane
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db(transaction=True)
MOST = 20
"""Of a page's questions, those about session, person and menu included."""


def crowd(mara: Account, count: int, start: int) -> None:
    """So many more of everything that pages list."""
    now, data = clock.now(), Authenticator.objects.filter(user=mara)[0].data
    for at in range(start, start + count):
        one = Account.objects.create(realm=Realm.STAFF, email=f"p{at}@shop.example", role="support")
        link = {"email": f"n{at}@shop.example", "made": now, "expires": now + timedelta(days=1)}
        OneTimeLink.objects.create(digest=f"{at:064}", purpose=Purpose.INVITATION, **link)
        RecoveryCase.objects.create(account=one, asked_by=mara, reason="lost", asked=now)
        Mail.objects.create(address=one.email, subject="x", text="y")
        Case.objects.create(subject=f"cus_{at:027}", why="not-me", at=now, taken_by=one)
        Task.objects.create(kind="mail", state=Task.State.FAILED, ended=now)
        Event.objects.create(kind="staff:invited", actor="x", position=None)
        Event.objects.create(kind="staff:invited", actor="x", error="invalid", settled=now)
        for owner in (one, mara):
            Authenticator.objects.create(user=owner, type="webauthn", data=data)
    for _ in range(count):
        Visitor("staff").be(mara)


def asked(browser: Visitor, path: str) -> list[str]:
    """What a page asks; its second showing, so that nothing is done for the first time."""
    browser.get(path)
    with CaptureQueriesContext(connection) as seen:
        answer = browser.get(path)
    assert answer.status_code == (404 if "nothing-here" in path else 200), path
    return [one["sql"] for one in seen.captured_queries]


def test_every_page_asks_as_often_with_many_people_as_with_few(
    joined: Settings, plane: DataPlane, settings: SettingsWrapper, tmp_path: Path
) -> None:
    identity = msgspec.structs.replace(joined.identity, secret=tmp_path / "identity.key")
    secret_file.ensure(identity.secret)
    settings.SHOPWARD = msgspec.structs.replace(joined, policy=POLICY, identity=identity)
    shop = plane.caller("shop-backend")
    browser = visitor("owner", manages=True)
    mara = Account.objects.get()
    sent = {"credential": SoftKey().create(browser.get("/account/passkey/")), "name": ""}
    assert browser.post("/account/passkey/", sent).status_code == 302
    crowd(mara, 2, 0)
    things = tour.Things(
        customer=shop.store(person()).subject,
        entry=1,
        person=str(Account.objects.exclude(pk=mara.pk).values_list("pk", flat=True)[0]),
        factor=str(Authenticator.objects.filter(user=mara)[0].pk),
        session=str(session.of(mara)[0].pk),
        case=Case.objects.all()[0].pk,
    )
    pages = [things.at(path) for path in (*tour.INSIDE, *tour.FILES)]
    few = {path: asked(browser, path) for path in pages}
    crowd(mara, 30, 2)
    for _ in range(30):
        shop.store(person(note=number()))
    many = {path: asked(browser, path) for path in pages}

    assert Session.objects.count() > 30
    assert {path: len(seen) for path, seen in few.items() if len(seen) > MOST} == {}
    grown = {path: (len(few[path]), len(seen)) for path, seen in many.items()}
    assert {path: both for path, both in grown.items() if both[0] != both[1]} == {}, [
        re.sub(r"'[^']*'", "'…'", one)[:150]
        for path, seen in many.items()
        for one in seen[:40]
        if len(seen) != len(few[path])
    ]
