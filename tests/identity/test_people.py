"""Who works here: places, leavers, and recovery by two people and a waiting time."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator

from shopward.events import Kind
from shopward.identity.web.flows import people
from shopward.identity.web.models import Account, RecoveryCase
from tests.identity import notebook
from tests.identity.people import Clock, Person, app_key, browser, code_of, person
from tests.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def boss(time: Clock) -> Visitor:
    visitor = person("boss@shop.example", manages=True, name="Boss").sign_in()
    time.move(seconds=30)
    return visitor


@pytest.fixture
def robin(time: Clock) -> Person:
    return person(role="support")


def url(of: Person, verb: str = "") -> str:
    return f"/people/{of.account.pk}/" + (f"{verb}/" if verb else "")


def link_of(subject: str) -> str:
    mail = next(one for one in reversed(notebook.MAILS) if one.subject == subject)
    found = re.search(r"https://[^/]+(/\S+)", mail.body)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("path", ["/people/", "/people/invite/"])
def test_only_who_manages_people_sees_them(robin: Person, path: str) -> None:
    assert robin.sign_in().get(path).status_code == 403


@pytest.mark.parametrize("verb", ["left", "returned", "recover", ""])
def test_and_only_he_changes_them(robin: Person, time: Clock, verb: str) -> None:
    kim = person("kim@shop.example")
    answer = robin.sign_in().post(url(kim, verb), {"reason": "x", "role": ""})

    assert answer.status_code == 403
    assert Account.objects.get(pk=kim.account.pk).is_active
    assert not RecoveryCase.objects.exists()


def test_after_a_while_he_shows_a_factor_first(boss: Visitor, robin: Person, time: Clock) -> None:
    time.move(minutes=5)
    assert boss.post(url(robin, "left"))["Location"].startswith("/prove/")
    assert Account.objects.get(pk=robin.account.pk).is_active


def test_another_role_ends_the_sessions_that_had_the_old_one(
    boss: Visitor, robin: Person, time: Clock
) -> None:
    his = robin.sign_in()
    assert boss.post(url(robin), {"role": "warehouse"}).status_code == 302

    assert Account.objects.get(pk=robin.account.pk).role == "warehouse"
    assert his.get("/account/").status_code == 302
    assert notebook.EVENTS[-1].kind == Kind.STAFF_ROLE_CHANGED
    assert "role=warehouse" in notebook.EVENTS[-1].about


def test_a_role_that_the_policy_does_not_know_is_refused(boss: Visitor, robin: Person) -> None:
    answer = boss.post(url(robin), {"role": "emperor"})

    assert answer.status_code == 200
    assert Account.objects.get(pk=robin.account.pk).role == "support"


def test_whoever_left_is_out_with_the_next_request_and_does_not_come_back(
    boss: Visitor, robin: Person, time: Clock
) -> None:
    his = robin.sign_in()
    time.move(seconds=30)
    boss.post(url(robin, "left"))

    assert his.get("/account/").status_code == 302
    assert robin.type_password(robin.visitor()).status_code == 403
    event = notebook.EVENTS[-2]
    assert (event.kind, event.about.endswith("sessions=1")) == (Kind.STAFF_LEFT, True)


@pytest.mark.parametrize("how", ["left", "no manager any more"])
def test_what_a_manager_began_ends_when_he_is_none_any_more(
    boss: Visitor, second: Visitor, robin: Person, how: str
) -> None:
    second.post("/people/invite/", {"email": "alt@shop.example", "name": "Alt", "role": ""})
    link = link_of("You are invited to Shopward")
    asked(second, robin)
    account = Account.objects.get(email="second@shop.example")
    assert (
        boss.post(
            f"/people/{account.pk}/" + ("left/" if how == "left" else ""), {"role": ""}
        ).status_code
        == 302
    )

    assert browser().get(link).status_code == 410
    assert not RecoveryCase.objects.filter(ended=None).exists()


def test_an_account_that_is_switched_off_elsewhere_is_out_too(robin: Person) -> None:
    his = robin.sign_in()
    Account.objects.update(is_active=False)

    assert his.get("/account/").status_code == 302


def test_whoever_returns_comes_in_with_his_own_factors(
    boss: Visitor, robin: Person, time: Clock
) -> None:
    boss.post(url(robin, "left"))
    boss.post(url(robin, "returned"))

    assert robin.sign_in().get("/account/").status_code == 200


def test_nobody_changes_himself_and_one_always_manages(boss: Visitor, time: Clock) -> None:
    me = Account.objects.get(email="boss@shop.example")
    for verb in ("left", "recover", ""):
        answer = boss.post(f"/people/{me.pk}/" + (f"{verb}/" if verb else ""), {"reason": "x"})
        assert answer.status_code == 403
    assert people.has_administrator()


def test_a_customer_is_nobody_here(boss: Visitor) -> None:
    customer = Account.objects.create(realm="customer", email="cus_1@customers.invalid")

    assert boss.post(f"/people/{customer.pk}/left/").status_code == 404


def test_an_invitation_can_be_taken_back(boss: Visitor) -> None:
    boss.post("/people/invite/", {"email": "new@shop.example", "name": "New", "role": ""})
    link = link_of("You are invited to Shopward")
    found = re.search(r"/people/invitations/(\w+)/withdraw/", boss.get("/people/").content.decode())
    assert found is not None
    boss.post(found[0])

    assert browser().get(link).status_code == 410


# --- recovery ------------------------------------------------------------------------------------


@pytest.fixture
def second(boss: Visitor, time: Clock) -> Visitor:
    visitor = person("second@shop.example", manages=True, name="Second").sign_in()
    time.move(seconds=30)
    return visitor


def asked(boss: Visitor, robin: Person) -> int:
    answer = boss.post(url(robin, "recover"), {"reason": "telephone lost; knows him by voice"})
    assert answer.status_code == 302
    return RecoveryCase.objects.get(ended=None).pk


def again(email: str) -> Visitor:
    """The same person signs in anew, hours later."""
    account = Account.objects.get(email=email)
    row = Authenticator.objects.get(user=account, type="totp")
    return Person(account, row.data["salt"]).sign_in()


def test_recovery_takes_two_people_and_a_day_and_the_person_knows(
    boss: Visitor, second: Visitor, robin: Person, time: Clock
) -> None:
    old = robin.sign_in()
    time.move(seconds=30)
    notebook.MAILS.clear()
    case = asked(boss, robin)
    assert boss.post(f"/recovery/{case}/agree/").status_code == 403
    assert second.post(f"/recovery/{case}/agree/").status_code == 302
    assert second.post(f"/recovery/{case}/send/").status_code == 403
    time.move(hours=24)
    late = again("second@shop.example")
    assert late.post(f"/recovery/{case}/send/").status_code == 302
    visitor = browser()
    assert visitor.get(link_of("Come in again")).status_code == 302
    page = visitor.get("/join/")
    form = {"password": "nine copper bells ring", "code": code_of(app_key(page))}
    assert visitor.post("/join/", form).status_code == 200

    assert visitor.get("/account/").status_code == 200
    assert old.get("/account/").status_code == 302
    assert robin.type_password(robin.visitor()).status_code == 403
    assert Authenticator.objects.filter(user=robin.account, type="totp").count() == 1
    told = [mail.subject for mail in notebook.MAILS if mail.to == "robin@shop.example"]
    assert told == [
        "Somebody says that you lost your factors",
        "Your recovery was agreed to",
        "Come in again",
        "You were let in anew",
    ]
    assert Kind.RECOVERY_USED in [event.kind for event in notebook.EVENTS]


def test_the_person_stops_it_from_the_mail_and_looking_does_not(
    boss: Visitor, robin: Person
) -> None:
    asked(boss, robin)
    link = link_of("Somebody says that you lost your factors")
    for _ in range(2):
        assert browser().get(link).status_code == 200
        assert RecoveryCase.objects.filter(ended=None).exists()
    browser().post(link)

    assert not RecoveryCase.objects.filter(ended=None).exists()
    assert browser().get(link).status_code == 404


def test_a_forged_link_stops_nothing(boss: Visitor, robin: Person) -> None:
    case = asked(boss, robin)

    assert browser().post(f"/not-me/{case}:forged/").status_code == 404
    assert RecoveryCase.objects.filter(ended=None).exists()


def test_a_sign_in_with_a_factor_stops_it(boss: Visitor, robin: Person, time: Clock) -> None:
    asked(boss, robin)
    robin.sign_in()

    assert not RecoveryCase.objects.filter(ended=None).exists()
    assert notebook.EVENTS[-1].kind == Kind.RECOVERY_CANCELLED


def test_the_person_sees_it_and_stops_it_in_the_account(
    boss: Visitor, robin: Person, time: Clock
) -> None:
    his = robin.sign_in()
    asked(boss, robin)

    assert b"asked to let you in anew" in his.get("/account/").content
    his.post("/account/stop-recovery/")
    assert not RecoveryCase.objects.filter(ended=None).exists()


def test_the_link_ends_when_the_person_signs_in_before_it_is_used(
    boss: Visitor, second: Visitor, robin: Person, time: Clock
) -> None:
    case = asked(boss, robin)
    second.post(f"/recovery/{case}/agree/")
    time.move(hours=24)
    again("second@shop.example").post(f"/recovery/{case}/send/")
    link = link_of("Come in again")
    robin.sign_in()

    assert browser().get(link).status_code == 410


def test_there_is_one_recovery_at_a_time(boss: Visitor, robin: Person) -> None:
    asked(boss, robin)

    assert boss.post(url(robin, "recover"), {"reason": "again"}).status_code == 403


def test_a_reason_is_needed(boss: Visitor, robin: Person) -> None:
    assert boss.post(url(robin, "recover"), {"reason": ""}).status_code == 403
    assert not RecoveryCase.objects.exists()
