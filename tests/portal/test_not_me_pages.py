"""“This was not me”, against a running data plane: what it reaches, and what it does not."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings as django
from msgspec.structs import replace

from shopward import clock
from shopward.console.models import Event, Mail
from shopward.identity.web.models import KnownDevice
from shopward.portal import not_me as rules
from shopward.portal.web.flows import links, not_me
from shopward.portal.web.models import Dispute
from shopward.settings import Settings
from shopward_client import DeniedError
from tests.portal.conftest import Customer, work
from tests.visitor import Visitor


def link_of(robin: Customer, since: datetime, **more: datetime) -> str:
    until = more.get("until", clock.now() + rules.LINK_LIFE)
    return f"/not-me/{links.make(not_me.USE, links.Link(robin.subject, until, since))}/"


def stranger() -> Visitor:
    return Visitor("public", REMOTE_ADDR="192.0.2.99")


def refused(robin: Customer) -> str:
    """Why the courier may not look; empty when he may."""
    try:
        robin.courier_looks()
    except DeniedError as error:
        return error.reason or "?"
    return ""


def test_asking_for_the_link_changes_nothing(robin: Customer) -> None:
    path = link_of(robin, clock.now())
    for _ in range(2):
        page = stranger().get(path)
        assert "Lock everything now" in page.content.decode()

    assert not Dispute.objects.exists()
    assert not Event.objects.exists()
    assert refused(robin) == ""
    assert robin.get("/account/").status_code == 200


def test_the_button_shuts_out_freezes_and_says_what_was_read(robin: Customer) -> None:
    now = clock.now()
    robin.add_way("mine of old", now - timedelta(days=30))
    robin.add_way("not mine", now - timedelta(minutes=2))
    KnownDevice.objects.create(
        account=robin.account, digest="d" * 64, label="x", first_seen=now, last_seen=now
    )
    robin.courier_looks("address1")
    answer = stranger().post(link_of(robin, now - timedelta(hours=1)))
    page = answer.content.decode()

    assert answer.status_code == 200
    assert "It is locked" in page
    assert "Acme Courier saw your street address" in page
    assert "We removed 1 new way to sign in." in page
    assert refused(robin) == "subject-frozen"
    left = Authenticator.objects.filter(user=robin.account).values_list("data__name", flat=True)
    assert list(left) == ["mine of old"]
    robin.account.refresh_from_db()
    assert robin.account.password == "!"
    assert not UserSession.objects.filter(user=robin.account).exists()
    assert not KnownDevice.objects.filter(account=robin.account).exists()
    assert robin.get("/account/").status_code == 302
    kinds = set(Event.objects.values_list("kind", flat=True))
    assert {"customer:not-me", "incident:reported"} <= kinds


@pytest.mark.parametrize("verb", ["reveal", "search", "update"])
def test_the_vault_itself_refuses_while_it_stands(robin: Customer, verb: str) -> None:
    stranger().post(link_of(robin, clock.now()))
    shop = robin.plane.caller("shop-backend")
    calls = {
        "reveal": lambda: shop.reveal(robin.subject, ["city"], purpose="account"),
        "search": lambda: shop.search("email", robin.email, purpose="account"),
        "update": lambda: shop.update(robin.subject, {"address1": "Elsewhere 1"}),
    }

    with pytest.raises(DeniedError) as error:
        calls[verb]()
    assert error.value.reason == "subject-frozen"


def test_a_link_works_once(robin: Customer) -> None:
    path = link_of(robin, clock.now())
    stranger().post(path)

    assert stranger().post(path).status_code == 410
    assert stranger().get(path).status_code == 410
    assert Dispute.objects.count() == 1


@pytest.mark.parametrize("what", ["old", "forged", "of another use", "nothing"])
def test_a_link_that_is_not_ours_does_nothing(robin: Customer, what: str) -> None:
    path = link_of(robin, clock.now())
    soon = clock.now() + timedelta(hours=1)
    paths = {
        "old": link_of(robin, clock.now(), until=clock.now() - timedelta(seconds=1)),
        "forged": path[:-4] + ("AAA/" if path[-4:] != "AAA/" else "BBB/"),
        "of another use": "/not-me/" + links.make("guest", links.Link(robin.subject, soon)) + "/",
        "nothing": "/not-me/x/",
    }

    assert stranger().post(paths[what]).status_code == 410
    assert not Dispute.objects.exists()


def test_from_the_page_it_reaches_back_as_far_as_she_says(robin: Customer) -> None:
    now = clock.now()
    robin.add_way("two days old", now - timedelta(days=2))
    assert robin.post("/account/not-me/", {"days": "9"}).status_code == 200
    assert not Dispute.objects.exists()

    page = robin.post("/account/not-me/", {"days": "3"}).content.decode()

    assert "We removed 1 new way to sign in." in page
    assert "Your security" not in page.partition("<main")[2].partition("<h1")[0]
    assert refused(robin) == "subject-frozen"


def test_while_the_vault_is_away_the_door_is_shut_and_the_freeze_follows(
    robin: Customer, settings: Settings
) -> None:
    house = django.SHOPWARD
    gone = replace(house.listen, socket=house.home / "gone.sock")
    settings.SHOPWARD = replace(house, listen=gone)
    page = robin.post("/account/not-me/", {"days": "1"}).content.decode()
    assert "The lock on your data follows in a moment." in page
    assert not UserSession.objects.filter(user=robin.account).exists()
    assert refused(robin) == ""

    settings.SHOPWARD = house
    work()
    assert refused(robin) == "subject-frozen"
    assert Dispute.objects.get().entry is not None
    not_me.freeze(Dispute.objects.get().pk)  # once more is once


def test_she_is_written_to_although_she_is_frozen(robin: Customer) -> None:
    robin.post("/account/not-me/", {"days": "1"})
    (mail,) = robin.mails("Your account is locked")

    assert f"To: {robin.email}" in mail
    assert Mail.objects.get().text == ""


def test_every_mail_has_the_link_and_it_reaches_back_to_before_the_mail(robin: Customer) -> None:
    robin.post("/account/not-me/", {"days": "1"})
    (mail,) = robin.mails("Your account is locked")
    found = re.search(r"https://[^/]+(/not-me/\S+)", mail)
    assert found is not None
    link = links.read(not_me.USE, found[1].split("/")[2], clock.now())

    assert link.subject == robin.subject
    assert link.since is not None
    assert link.since < Mail.objects.get().made


def test_unlocking_needs_a_fresh_proof_and_ends_it(robin: Customer) -> None:
    robin.post("/account/not-me/", {"days": "1"})
    robin.sign_in()
    assert "Your data is locked" in robin.text("/account/")
    assert "Your data is locked right now." in robin.text("/account/data/")
    assert robin.get("/account/activity/").status_code == 200

    assert robin.post("/account/unlock/").status_code == 302

    assert refused(robin) == ""
    assert "Your data is locked" not in robin.text("/account/")


def test_a_stale_sign_in_does_not_unlock(robin: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    robin.post("/account/not-me/", {"days": "1"})
    robin.sign_in()
    later = clock.now() + timedelta(minutes=6)
    with monkeypatch.context() as moved:
        moved.setattr(clock, "now", lambda: later)
        answer = robin.post("/account/unlock/")

    assert answer.headers["Location"].startswith("/prove/")
    assert refused(robin) == "subject-frozen"
