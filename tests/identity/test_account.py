"""One's own account: step-up, factors, password, sessions."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from shopward.events import Kind
from shopward.identity.web import session
from shopward.identity.web.models import Account, EarlierPassword
from tests.identity import notebook
from tests.identity.people import CHROME, PASSWORD, Clock, Person, app_key, browser, code_of, person
from tests.identity.softkey import SoftKey
from tests.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
NEW = "seven lanterns under glass"
GRAVE = [
    "/account/passkey/",
    "/account/app/",
    "/account/recovery-codes/",
    "/account/password/",
    "/account/sessions/end-others/",
]


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def robin(time: Clock) -> Person:
    return person()


@pytest.fixture
def desk(robin: Person, time: Clock) -> Visitor:
    visitor = robin.sign_in()
    time.move(seconds=30)
    return visitor


def cookie(visitor: Visitor) -> str:
    return str(visitor.cookies[visitor.site.cookie].value)


def add_passkey(visitor: Visitor, name: str = "Laptop") -> SoftKey:
    key = SoftKey()
    page = visitor.get("/account/passkey/")
    answer = visitor.post("/account/passkey/", {"credential": key.create(page), "name": name})
    assert answer.status_code == 302
    return key


def shown(page: Any) -> list[str]:
    """The recovery codes on a page."""
    return re.findall(r"<code>([\w-]+)</code>", page.content.decode())


def proven(visitor: Visitor) -> Any:
    found = session.proof(visitor.get("/account/").wsgi_request)
    assert found is not None
    return found


# --- step-up -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", GRAVE)
@pytest.mark.parametrize("method", ["get", "post"])
def test_grave_pages_ask_for_a_factor_again(
    desk: Visitor, time: Clock, path: str, method: str
) -> None:
    time.move(minutes=5)

    answer = getattr(desk, method)(path)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/prove/?next=%2Faccount%2F")


def test_a_fresh_code_opens_them_for_five_minutes(
    robin: Person, desk: Visitor, time: Clock
) -> None:
    time.move(minutes=6)
    before, key = proven(desk).auth_time, cookie(desk)
    answer = desk.post("/prove/", {"code": robin.code(), "next": "/account/password/"})

    assert answer["Location"] == "/account/password/"
    assert desk.get("/account/password/").status_code == 200
    assert proven(desk).auth_time == time.now
    assert proven(desk).auth_time > before
    assert cookie(desk) != key
    time.move(minutes=5)
    assert desk.get("/account/password/").status_code == 302


def test_so_does_a_passkey(desk: Visitor, time: Clock) -> None:
    key = add_passkey(desk)
    time.move(minutes=6)
    page = desk.get("/prove/")

    assert desk.post("/prove/", {"credential": key.get(page)}).status_code == 302
    assert desk.get("/account/password/").status_code == 200


def test_a_wrong_or_used_code_does_not(robin: Person, desk: Visitor, time: Clock) -> None:
    time.move(minutes=6)
    code = robin.code()
    assert desk.post("/prove/", {"code": "000000"}).status_code == 403
    assert desk.post("/prove/", {"code": code}).status_code == 302
    time.move(minutes=5)

    assert desk.post("/prove/", {"code": code}).status_code == 403
    assert desk.get("/account/password/").status_code == 302


def test_the_old_session_id_is_worth_nothing_after_a_proof(
    robin: Person, desk: Visitor, time: Clock
) -> None:
    stolen = browser()
    stolen.cookies[desk.site.cookie] = cookie(desk)
    assert stolen.get("/account/").status_code == 200

    desk.post("/prove/", {"code": robin.code()})

    assert stolen.get("/account/").status_code == 302
    assert desk.get("/account/").status_code == 200


def test_the_id_changes_at_sign_in_and_nothing_from_before_is_kept(robin: Person) -> None:
    visitor = robin.visitor()
    visitor.get("/sign-in/")
    fixed = cookie(visitor)
    robin.type_password(visitor)
    between = cookie(visitor)
    visitor.post("/sign-in/second/", {"code": robin.code()})

    assert len({fixed, between, cookie(visitor)}) == 3
    assert Session.objects.count() == 1


# --- factors -------------------------------------------------------------------------------------


def test_a_passkey_is_added_and_told_and_ends_other_sessions(
    robin: Person, desk: Visitor, time: Clock
) -> None:
    other = robin.sign_in(browser(CHROME))
    time.move(seconds=30)
    notebook.MAILS.clear()
    add_passkey(desk)

    assert b"Laptop" in desk.get("/account/").content
    assert other.get("/account/").status_code == 302
    assert [mail.subject for mail in notebook.MAILS] == ["Your ways to sign in were changed"]
    event = notebook.EVENTS[-1]
    assert (event.kind, event.about) == (Kind.FACTOR_ADDED, "factor=passkey")


def test_the_same_passkey_is_not_offered_twice(desk: Visitor) -> None:
    add_passkey(desk)
    page = desk.get("/account/passkey/").content.decode()

    assert "excludeCredentials&quot;: [{" in page


def test_an_app_takes_the_place_of_the_earlier_one(
    robin: Person, desk: Visitor, time: Clock
) -> None:
    page = desk.get("/account/app/")
    secret = app_key(page)
    assert desk.post("/account/app/", {"code": code_of(secret)}).status_code == 302
    time.move(seconds=30)
    visitor = robin.visitor()
    robin.type_password(visitor)

    assert visitor.post("/sign-in/second/", {"code": robin.code()}).status_code == 403
    assert visitor.post("/sign-in/second/", {"code": code_of(secret)}).status_code == 302
    assert Authenticator.objects.filter(type="totp").count() == 1


def test_a_wrong_first_code_binds_nothing(robin: Person, desk: Visitor) -> None:
    desk.get("/account/app/")
    assert desk.post("/account/app/", {"code": "000000"}).status_code == 403
    assert Authenticator.objects.get(type="totp").data["salt"] == robin.salt


def test_the_last_strong_factor_stays(robin: Person, desk: Visitor) -> None:
    row = Authenticator.objects.get(type="totp")

    answer = desk.post(f"/account/factors/{row.pk}/remove/")

    assert answer.status_code == 403
    assert b"last passkey or app" in answer.content
    assert Authenticator.objects.filter(pk=row.pk).exists()


def test_another_one_goes(robin: Person, desk: Visitor) -> None:
    add_passkey(desk)
    row = Authenticator.objects.get(type="totp")

    assert desk.get(f"/account/factors/{row.pk}/remove/").status_code == 200
    assert desk.post(f"/account/factors/{row.pk}/remove/").status_code == 302
    assert not Authenticator.objects.filter(pk=row.pk).exists()
    assert notebook.EVENTS[-1].kind == Kind.FACTOR_REMOVED


def test_nobody_removes_anothers_factor(desk: Visitor) -> None:
    kim = person("kim@shop.example")
    row = Authenticator.objects.get(user=kim.account)
    add_passkey(desk)

    assert desk.post(f"/account/factors/{row.pk}/remove/").status_code == 404
    assert Authenticator.objects.filter(pk=row.pk).exists()


def test_recovery_codes_are_shown_once_and_the_old_ones_end(robin: Person, desk: Visitor) -> None:
    first, second = (shown(desk.post("/account/recovery-codes/")) for _ in range(2))
    visitor = robin.visitor()
    robin.type_password(visitor)

    assert len(set(first + second)) == 20
    assert not shown(desk.get("/account/recovery-codes/"))
    assert not any(code in str(Authenticator.objects.values()) for code in first + second)
    assert visitor.post("/sign-in/recovery-code/", {"code": first[0]}).status_code == 403
    assert visitor.post("/sign-in/recovery-code/", {"code": second[0].lower()}).status_code == 302


# --- password ------------------------------------------------------------------------------------


def test_a_new_password_ends_other_sessions_and_keeps_this_one(
    robin: Person, desk: Visitor, time: Clock
) -> None:
    other = robin.sign_in(browser(CHROME))
    assert desk.post("/account/password/", {"password": NEW}).status_code == 302

    assert desk.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    assert robin.type_password(robin.visitor()).status_code == 403
    robin.password = NEW
    assert robin.type_password(robin.visitor()).status_code == 302
    assert notebook.MAILS[-1].subject == "Your ways to sign in were changed"


def test_a_refused_password_says_why(desk: Visitor) -> None:
    answer = desk.post("/account/password/", {"password": "summersummer2024"})

    assert answer.status_code == 403
    assert b"common passwords" in answer.content
    assert b"summersummer2024" not in answer.content


def test_the_card_profile_remembers_the_last_four(
    robin: Person, desk: Visitor, house: Any, time: Clock
) -> None:
    house(staff_passwords="pci")
    used = [f"{NEW} {n}" for n in range(5)]
    for password in used:
        assert desk.post("/account/password/", {"password": password}).status_code == 302
    for password in used[-4:]:
        answer = desk.post("/account/password/", {"password": password})
        assert b"last 4 passwords" in answer.content

    assert desk.post("/account/password/", {"password": used[0]}).status_code == 302
    assert EarlierPassword.objects.count() == 3
    answer = desk.post("/account/password/", {"password": "only letters and blanks here"})
    assert b"letters and digits" in answer.content


# --- sessions ------------------------------------------------------------------------------------


def test_a_session_ends_after_a_quarter_of_an_hour_of_quiet(desk: Visitor, time: Clock) -> None:
    for _ in range(3):
        time.move(minutes=14)
        assert desk.get("/account/").status_code == 200
    time.move(minutes=15)

    assert desk.get("/account/")["Location"].startswith("/sign-in/")
    time.move(minutes=-15)
    assert desk.get("/account/").status_code == 302


def test_and_after_twelve_hours_whatever_happens_in_it(desk: Visitor, time: Clock) -> None:
    for _ in range(59):
        time.move(minutes=12)
        assert desk.get("/account/").status_code == 200
    time.move(minutes=12)

    assert desk.get("/account/").status_code == 302


def test_activity_is_written_at_most_once_a_minute(desk: Visitor, time: Clock) -> None:
    seen = set()
    for _ in range(12):
        desk.get("/account/")
        seen.add(UserSession.objects.get().last_seen_at)
        time.move(seconds=10)

    assert len(seen) <= 3


def test_sessions_are_listed_and_ended_one_by_one(
    robin: Person, desk: Visitor, time: Clock
) -> None:
    other = robin.sign_in(browser(CHROME))
    page = desk.get("/account/").content.decode()
    assert "Chrome on Linux" in page
    (row,) = [one for one in UserSession.objects.all() if one.user_agent == "Chrome on Linux"]

    assert desk.get(f"/account/sessions/{row.pk}/end/").status_code == 200
    assert desk.post(f"/account/sessions/{row.pk}/end/").status_code == 302
    assert other.get("/account/").status_code == 302
    assert desk.get("/account/").status_code == 200


def test_nobody_ends_anothers_session(desk: Visitor, time: Clock) -> None:
    kim = person("kim@shop.example")
    hers = kim.sign_in()
    row = UserSession.objects.get(user=kim.account)
    desk.post(f"/account/sessions/{row.pk}/end/")

    assert hers.get("/account/").status_code == 200


def test_all_others_end_at_once(robin: Person, desk: Visitor, time: Clock) -> None:
    others = []
    for _ in range(2):
        others.append(robin.sign_in())
        time.move(seconds=30)
    assert desk.post("/account/sessions/end-others/").status_code == 302

    assert [one.get("/account/").status_code for one in [desk, *others]] == [200, 302, 302]
    assert notebook.EVENTS[-1].about == "sessions=2"


def test_signing_out_ends_the_session_on_the_server(desk: Visitor) -> None:
    copy = browser()
    copy.cookies[desk.site.cookie] = cookie(desk)
    desk.post("/sign-out/")

    assert copy.get("/account/").status_code == 302
    assert desk.get("/sign-out/").status_code in {302, 405}
    assert not UserSession.objects.exists()


def test_a_session_of_django_without_its_row_is_nobodys(robin: Person) -> None:
    visitor = browser()
    visitor.be(robin.account)
    UserSession.objects.all().delete()

    assert visitor.get("/account/").status_code == 302


def test_cookies_are_bound_to_the_host_and_out_of_reach_of_scripts(desk: Visitor) -> None:
    names = {name for name, one in desk.cookies.items() if one["secure"] and one["httponly"]}

    assert {"__Host-shopward-staff", "__Host-shopward-device"} <= names
    assert all(not one["domain"] and one["path"] == "/" for one in desk.cookies.values())


def test_the_sessions_name_for_the_vault_opens_nothing(desk: Visitor) -> None:
    name = proven(desk).session

    assert re.fullmatch(r"[0-9a-f]{32}", name)
    assert name not in cookie(desk)
    assert not Account.objects.filter(password__contains=name).exists()


def test_the_password_never_stands_in_the_database(robin: Person, desk: Visitor) -> None:
    assert PASSWORD not in str(list(Account.objects.values()))
    assert Account.objects.get().password.startswith("$argon2id$")
