"""What customers report reaches people: a list on the staff's site, a mail to those in charge."""

from __future__ import annotations

import pytest
from django.http import HttpResponse

from shopward import clock
from shopward.console import cases, outbox
from shopward.console.models import Case, Event
from shopward.identity.assurance import Factor
from shopward.identity.web.models import Account, Realm
from tests.portal.conftest import Customer, work
from tests.visitor import Visitor


def person(role: str, *, manages: bool = False) -> Account:
    return Account.objects.create(
        realm=Realm.STAFF,
        email=f"{role}@shop.example",
        name=f"Sam {role}",
        role=role,
        manages_people=manages,
    )


def desk(account: Account) -> Visitor:
    visitor = Visitor("staff", REMOTE_ADDR="192.0.2.9")
    visitor.be(account, Factor.PASSKEY)
    return visitor


def text(answer: HttpResponse) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


@pytest.fixture
def guard(robin: Customer) -> Visitor:
    """Somebody whose role may freeze."""
    return desk(person("security"))


def ask_about_a_look(robin: Customer) -> None:
    index = robin.courier_looks("city")
    assert robin.post(f"/account/activity/{index}/question/").status_code == 302


def test_while_nothing_was_reported_the_list_says_so(guard: Visitor) -> None:
    assert "Nothing to look into" in text(guard.get("/cases/"))


def test_the_red_button_opens_a_case_and_mails_those_in_charge(
    robin: Customer, guard: Visitor
) -> None:
    person("support")
    robin.post("/account/not-me/", {"days": "1"})
    case = Case.objects.get()
    page = text(guard.get("/cases/"))

    assert f"{case.pk} · “This was not me”" in page
    assert f"{clock.now():%Y-%m-%d}" in page
    assert "–" not in page.partition("<tbody>")[2].partition("</tbody>")[0]
    (mail,) = robin.mails(cases.TITLE)
    assert "To: security@shop.example" in mail
    assert f"/cases/{case.pk}/" in mail
    assert robin.email not in mail


def test_a_question_about_a_look_is_a_case_too(robin: Customer, guard: Visitor) -> None:
    ask_about_a_look(robin)
    case = Case.objects.get()

    assert case.why == "look"
    assert f"Asks about entry {case.entry}" in text(guard.get("/cases/"))
    assert f'href="/ledger/{case.entry}/"' in text(guard.get(f"/cases/{case.pk}/"))


def test_where_no_role_may_freeze_those_who_manage_people_are_written_to(robin: Customer) -> None:
    person("support")
    person("owner", manages=True)

    assert cases.in_charge() == ["owner@shop.example"]


def test_it_is_taken_and_closed_with_a_note_and_she_sees_both(
    robin: Customer, guard: Visitor
) -> None:
    ask_about_a_look(robin)
    path = f"/cases/{Case.objects.get().pk}/"
    guard.post(path, {"do": "take"})
    assert "Sam security" in text(guard.get("/cases/"))
    answer = guard.post(path, {"do": "close", "note": ""})
    assert answer.status_code == 422
    guard.post(path, {"do": "close", "note": "The parcel was hers"})

    page = text(guard.get("/cases/"))
    assert "Nothing to look into" in page
    assert "The parcel was hers" in page
    outbox.deliver()
    work()
    hers = robin.text("/account/activity/")
    assert "Our security lead took up your case." in hers
    assert "Our security lead closed your case." in hers
    assert "The parcel was hers" not in hers
    about = Event.objects.filter(kind__startswith="incident:").values_list("about", flat=True)
    assert not any("parcel" in one for one in about)


def test_who_is_later_changes_nothing(robin: Customer, guard: Visitor) -> None:
    ask_about_a_look(robin)
    path = f"/cases/{Case.objects.get().pk}/"
    guard.post(path, {"do": "take"})
    desk(person("owner", manages=True)).post(path, {"do": "take"})
    guard.post(path, {"do": "close", "note": "done"})
    page = text(guard.post(path, {"do": "close", "note": "again"}, follow=True))

    assert "Somebody was faster; nothing was changed." in page
    assert Case.objects.get().note == "done"
    assert Event.objects.filter(kind="incident:taken").count() == 1


def test_whoever_may_neither_freeze_nor_oversee_sees_none(robin: Customer) -> None:
    ask_about_a_look(robin)
    support = desk(person("support"))
    path = f"/cases/{Case.objects.get().pk}/"

    assert support.get("/cases/").status_code == 403
    assert support.post(path, {"do": "take"}).status_code == 403


def test_an_auditor_sees_and_does_nothing(robin: Customer) -> None:
    ask_about_a_look(robin)
    auditor = desk(person("auditor"))
    path = f"/cases/{Case.objects.get().pk}/"

    assert "I look into it" not in text(auditor.get(path))
    assert auditor.post(path, {"do": "take"}).status_code == 403
    assert Case.objects.get().taken is None
