"""Signing in: what lets somebody in, what does not, and what nobody can tell apart."""

from __future__ import annotations

import re
from typing import Any

import pytest
from argon2 import PasswordHasher

from shopward.events import Kind
from shopward.identity import hashing
from shopward.identity.web import codes, keys, session
from shopward.identity.web.models import Account, Throttle
from tests.identity import notebook
from tests.identity.people import CHROME, PASSWORD, Clock, Person, browser, person
from tests.identity.softkey import SoftKey
from tests.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
ELSEWHERE = "198.51.100.9"


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def robin(time: Clock) -> Person:
    return person()


def wrong(visitor: Visitor, email: str = "robin@shop.example", password: str = "wrong" * 4) -> Any:
    return visitor.post("/sign-in/", {"email": email, "password": password})


def kinds() -> list[Kind]:
    return [event.kind for event in notebook.EVENTS]


def with_passkey(robin: Person) -> SoftKey:
    key, visitor = SoftKey(), robin.sign_in()
    page = visitor.get("/account/passkey/")
    answer = visitor.post("/account/passkey/", {"credential": key.create(page), "name": "Laptop"})
    assert answer.status_code == 302, answer.content.decode()
    notebook.EVENTS.clear()
    notebook.MAILS.clear()
    return key


def test_password_and_code_let_somebody_in(robin: Person) -> None:
    visitor = robin.sign_in()

    page = visitor.get("/account/")
    assert page.status_code == 200
    proof = session.proof(page.wsgi_request)
    assert proof is not None
    assert (proof.level, proof.acr, proof.amr) == (2, "aal2", ("mfa", "otp", "pwd"))
    assert kinds() == [Kind.STAFF_SIGNED_IN]
    assert notebook.EVENTS[0].about == "acr=aal2"


def test_the_address_is_found_whatever_its_case(robin: Person) -> None:
    visitor = robin.visitor()
    form = {"email": " Robin@SHOP.example ", "password": PASSWORD}
    assert visitor.post("/sign-in/", form).status_code == 302


def test_a_password_alone_opens_nothing(robin: Person) -> None:
    visitor = robin.visitor()
    robin.type_password(visitor)

    for page in ("/", "/account/", "/account/passkey/", "/prove/"):
        assert visitor.get(page)["Location"].startswith("/sign-in/")


def test_a_passkey_is_a_whole_sign_in(robin: Person) -> None:
    key, visitor = with_passkey(robin), browser(CHROME)

    answer = visitor.post("/sign-in/passkey/", {"credential": key.get(visitor.get("/sign-in/"))})

    assert answer.status_code == 302
    proof = session.proof(visitor.get("/account/").wsgi_request)
    assert proof is not None
    assert (proof.level, proof.acr) == (2, "aal2")


def test_one_that_cannot_leave_its_device_reaches_level_3(robin: Person) -> None:
    key, visitor = with_passkey(robin), browser()
    key.flags = 0x05

    visitor.post("/sign-in/passkey/", {"credential": key.get(visitor.get("/sign-in/"))})

    proof = session.proof(visitor.get("/account/").wsgi_request)
    assert proof is not None
    assert proof.acr == "aal3"


def test_a_passkey_is_a_second_factor_too(robin: Person) -> None:
    key, visitor = with_passkey(robin), browser()
    robin.type_password(visitor)
    page = visitor.get("/sign-in/second/")

    answer = visitor.post("/sign-in/second/", {"credential": key.get(page)})

    assert answer.status_code == 302
    assert visitor.get("/account/").status_code == 200


def test_another_persons_passkey_is_no_second_factor(robin: Person, time: Clock) -> None:
    key = with_passkey(robin)
    kim = person("kim@shop.example")
    visitor = kim.visitor()
    kim.type_password(visitor)
    first = browser()
    options = first.get("/sign-in/")
    del options
    page = visitor.get("/sign-in/second/")
    assert 'data-ceremony="get"' not in page.content.decode()

    answer = visitor.post("/sign-in/second/", {"credential": key.get(first.get("/sign-in/"))})

    assert answer.status_code == 403


@pytest.mark.parametrize("what", ["replay", "origin", "unverified", "late", "other session"])
def test_a_passkeys_answer_counts_once_here_and_now(robin: Person, time: Clock, what: str) -> None:
    key, visitor = with_passkey(robin), browser()
    page = visitor.get("/sign-in/")
    if what == "origin":
        key.origin = "https://console.shopward.localhost"
    if what == "unverified":
        key.flags = 0x01
    answer = key.get(page)
    if what == "replay":
        assert visitor.post("/sign-in/passkey/", {"credential": answer}).status_code == 302
        visitor.post("/sign-out/")
    if what == "late":
        time.move(minutes=5)
    if what == "other session":
        visitor = browser()
        visitor.get("/sign-in/")

    refused = visitor.post("/sign-in/passkey/", {"credential": answer})

    assert refused.status_code == 403
    assert visitor.get("/account/").status_code == 302


def test_two_tabs_may_ask_at_the_same_time(robin: Person) -> None:
    key, visitor = with_passkey(robin), browser()
    first, _ = visitor.get("/sign-in/"), visitor.get("/sign-in/")

    assert visitor.post("/sign-in/passkey/", {"credential": key.get(first)}).status_code == 302


def test_a_copy_of_a_passkey_gives_itself_away(robin: Person) -> None:
    key = with_passkey(robin)
    key.counts = True
    visitor = browser()
    visitor.post("/sign-in/passkey/", {"credential": key.get(visitor.get("/sign-in/"))})
    key.counter -= 1
    other = browser()

    answer = other.post("/sign-in/passkey/", {"credential": key.get(other.get("/sign-in/"))})

    assert answer.status_code == 403


def test_a_code_is_good_for_one_use(robin: Person) -> None:
    code = robin.code()
    robin.sign_in()
    second = robin.visitor()
    robin.type_password(second)

    answer = second.post("/sign-in/second/", {"code": code})

    assert answer.status_code == 403


def test_a_code_from_before_the_last_one_is_not_taken(robin: Person) -> None:
    earlier = robin.code(-1)
    robin.sign_in()
    second = robin.visitor()
    robin.type_password(second)

    assert second.post("/sign-in/second/", {"code": earlier}).status_code == 403


def test_the_second_step_waits_ten_minutes(robin: Person, time: Clock) -> None:
    visitor = robin.visitor()
    robin.type_password(visitor)
    time.move(minutes=10)

    answer = visitor.post("/sign-in/second/", {"code": robin.code()})

    assert answer["Location"] == "/sign-in/"
    assert visitor.get("/account/").status_code == 302


def test_a_recovery_code_lets_in_once_to_bind_a_new_factor_and_nothing_else(
    robin: Person, time: Clock
) -> None:
    made = codes.renew_recovery(robin.account)
    visitor = robin.visitor()
    robin.type_password(visitor)

    assert visitor.post("/sign-in/recovery-code/", {"code": made[0]}).status_code == 302
    assert visitor.get("/")["Location"] == "/account/"
    assert visitor.get("/account/password/")["Location"] == "/account/"
    time.move(minutes=14)
    page = visitor.get("/account/passkey/")
    key = SoftKey()
    visitor.post("/account/passkey/", {"credential": key.create(page), "name": ""})
    assert visitor.get("/").status_code == 200
    other = robin.visitor()
    robin.type_password(other)
    assert other.post("/sign-in/recovery-code/", {"code": made[0]}).status_code == 403
    assert any("9 are left" in mail.body for mail in notebook.MAILS)


# --- what nobody can tell apart ------------------------------------------------------------------


def shape(answer: Any) -> tuple[int, str]:
    """An answer without what is random in every page."""
    random = r'(name="csrfmiddlewaretoken" value=|data-options=)"[^"]*"'
    text = re.sub(random, r"\1", answer.content.decode())
    return answer.status_code, re.sub(r'value="[^"]*@[^"]*"', "", text)


def test_known_unknown_and_left_look_alike(robin: Person) -> None:
    person("left@shop.example", is_active=False)
    said = {
        shape(wrong(browser(), email))
        for email in ("robin@shop.example", "nobody@shop.example", "left@shop.example")
    }
    assert len(said) == 1


def test_known_and_unknown_pause_alike(robin: Person) -> None:
    for email in ("robin@shop.example", "nobody@shop.example"):
        answers = {shape(wrong(browser(), email)) for _ in range(12)}
        assert len(answers) == 1


@pytest.mark.parametrize("email", ["robin@shop.example", "nobody@shop.example", "not an address"])
def test_every_attempt_costs_one_hash(
    robin: Person, email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = hashing._ARGON2, list[str]()

    class Counting:
        def verify(self, against: str, keyed: bytes) -> bool:
            asked.append(against)
            return real.verify(against, keyed)

    keys.hashing()
    monkeypatch.setattr(hashing, "_ARGON2", Counting())
    wrong(browser(), email)

    assert len(asked) == 1


# --- what is borne -------------------------------------------------------------------------------


def test_after_ten_wrong_attempts_even_the_right_password_waits_half_an_hour(
    robin: Person, time: Clock
) -> None:
    for _ in range(10):
        wrong(browser())

    assert robin.type_password(browser(address=ELSEWHERE)).status_code == 403
    time.move(minutes=29)
    assert robin.type_password(browser(address=ELSEWHERE)).status_code == 403
    time.move(minutes=1)
    assert robin.type_password(browser(address=ELSEWHERE)).status_code == 302
    assert kinds().count(Kind.STAFF_LOCKED) == 1
    assert [mail.subject for mail in notebook.MAILS] == ["Too many wrong attempts at your account"]


def test_wrong_codes_count_like_wrong_passwords(robin: Person) -> None:
    visitor = robin.visitor()
    robin.type_password(visitor)
    for _ in range(10):
        assert visitor.post("/sign-in/second/", {"code": "000000"}).status_code == 403

    assert visitor.post("/sign-in/second/", {"code": robin.code()}).status_code == 403
    assert robin.type_password(robin.visitor()).status_code == 403


def test_a_device_that_is_known_still_works_during_the_pause(robin: Person, time: Clock) -> None:
    desk = robin.sign_in()
    desk.post("/sign-out/")
    for _ in range(10):
        wrong(browser(address=ELSEWHERE))
    time.move(seconds=30)

    assert robin.type_password(browser()).status_code == 403
    robin.sign_in(desk)


def test_a_known_device_has_ten_attempts_too(robin: Person, time: Clock) -> None:
    desk = robin.sign_in()
    desk.post("/sign-out/")
    for _ in range(10):
        wrong(desk)

    assert robin.type_password(desk).status_code == 403


def test_a_stolen_device_cookie_in_another_browser_is_not_that_device(
    robin: Person, time: Clock
) -> None:
    desk = robin.sign_in()
    for _ in range(10):
        wrong(browser(address=ELSEWHERE))
    thief = browser(CHROME)
    thief.cookies["__Host-shopward-device"] = desk.cookies["__Host-shopward-device"].value

    assert robin.type_password(thief).status_code == 403


def test_a_passkey_works_during_the_pause(robin: Person) -> None:
    key = with_passkey(robin)
    for _ in range(10):
        wrong(browser(address=ELSEWHERE))
    visitor = browser()

    answer = visitor.post("/sign-in/passkey/", {"credential": key.get(visitor.get("/sign-in/"))})

    assert answer.status_code == 302


def test_a_success_forgives_oneself_and_nobody_else(robin: Person, time: Clock) -> None:
    kim = person("kim@shop.example")
    for _ in range(9):
        wrong(browser())
        wrong(browser(), "kim@shop.example")
    robin.sign_in()
    time.move(seconds=30)
    wrong(browser(), "kim@shop.example")

    assert kim.type_password(browser()).status_code == 403
    assert robin.type_password(browser()).status_code == 302


def test_a_success_with_mfa_does_not_forgive_the_network(robin: Person, time: Clock) -> None:
    """Allauth clears the network's failures when MFA succeeds (its `check_rate_limit`)."""
    for n in range(20):
        wrong(browser(), f"nobody{n}@shop.example")
    before = Throttle.objects.get(pk="network:192.0.2.7").failures
    robin.sign_in()

    assert before == 20
    assert Throttle.objects.get(pk="network:192.0.2.7").failures == before


def test_a_network_that_tries_many_addresses_is_stopped_and_others_are_not(
    robin: Person, time: Clock
) -> None:
    Throttle.objects.create(key="network:192.0.2.7", failures=99, since=time.now)
    wrong(browser(), "nobody@shop.example")

    assert robin.type_password(browser()).status_code == 403
    assert robin.type_password(browser(address=ELSEWHERE)).status_code == 302


def test_one_ipv6_household_is_one_network(robin: Person, time: Clock) -> None:
    wrong(browser(address="2001:db8:1:2::1"))
    wrong(browser(address="2001:db8:1:2:ffff::9"))

    assert Throttle.objects.get(pk="network:2001:db8:1:2::/64").failures == 2


def test_a_forwarded_header_is_not_believed(robin: Person, time: Clock) -> None:
    for n in range(3):
        visitor = browser()
        headers = {"x-forwarded-for": f"203.0.113.{n}"}
        form = {"email": "nobody@shop.example", "password": "x" * 20}
        visitor.post("/sign-in/", form, headers=headers)

    assert Throttle.objects.get(pk="network:192.0.2.7").failures == 3


def test_it_is_believed_from_the_operators_own_proxy(
    robin: Person, time: Clock, house: Any
) -> None:
    house(trusted_proxies="192.0.2.7")
    headers = {"x-forwarded-for": "203.0.113.1"}
    form = {"email": "nobody@shop.example", "password": "x" * 20}
    browser().post("/sign-in/", form, headers=headers)

    assert Throttle.objects.get(pk="network:203.0.113.1").failures == 1


def test_a_hundred_wrong_passwords_and_it_is_worth_nothing_until_it_is_set_anew(
    robin: Person, time: Clock
) -> None:
    key = with_passkey(robin)
    row = keys.keyed_name("password", "robin@shop.example")
    Throttle.objects.filter(pk=row).delete()
    Throttle.objects.create(key=row, failures=99, since=time.now)
    wrong(browser())
    time.move(hours=11)

    assert robin.type_password(browser()).status_code == 403
    assert Kind.FACTOR_USED_UP in kinds()
    visitor = browser()
    visitor.post("/sign-in/passkey/", {"credential": key.get(visitor.get("/sign-in/"))})
    assert visitor.post("/account/password/", {"password": PASSWORD + " 2"}).status_code == 302
    robin.password = PASSWORD + " 2"
    assert robin.type_password(browser()).status_code == 302


def test_no_typed_address_stands_in_the_table_of_counts(robin: Person) -> None:
    wrong(browser(), "nobody@shop.example")
    wrong(browser())

    assert "shop.example" not in str(list(Throttle.objects.values()))


# --- who is told ---------------------------------------------------------------------------------


def test_nobody_is_told_of_the_first_device_and_somebody_of_the_second(
    robin: Person, time: Clock
) -> None:
    robin.sign_in()
    assert not notebook.MAILS
    time.move(seconds=30)
    robin.sign_in(browser(CHROME))

    mail = notebook.MAILS[-1]
    assert mail.to == "robin@shop.example"
    assert mail.subject == "A sign-in from a new device"
    assert "Chrome on Linux" in mail.body


def test_a_known_device_is_no_news(robin: Person, time: Clock) -> None:
    desk = robin.sign_in()
    desk.post("/sign-out/")
    time.move(seconds=30)
    robin.sign_in(desk)

    assert not notebook.MAILS


def test_a_right_password_and_a_wrong_code_is_told_once_an_hour(robin: Person, time: Clock) -> None:
    visitor = robin.visitor()
    robin.type_password(visitor)
    for _ in range(3):
        visitor.post("/sign-in/second/", {"code": "000000"})

    assert [mail.subject for mail in notebook.MAILS] == ["Somebody knows your password"]


def test_the_links_of_mails_change_nothing_when_opened(robin: Person, time: Clock) -> None:
    robin.sign_in()
    time.move(seconds=30)
    visitor = robin.sign_in(browser(CHROME))
    (link,) = re.findall(r"https://[^/]+(/\S+)", notebook.MAILS[-1].body)
    before = Account.objects.get().__dict__ | {"_state": None}
    visitor.get(link)

    assert Account.objects.get().__dict__ | {"_state": None} == before


def test_failures_are_entered_without_the_typed_address(robin: Person) -> None:
    wrong(browser())
    wrong(browser(), "nobody@shop.example")

    assert [(e.kind, e.actor) for e in notebook.EVENTS] == [
        (Kind.STAFF_SIGN_IN_FAILED, str(robin.account.pk)),
        (Kind.STAFF_SIGN_IN_FAILED, "nobody"),
    ]
    assert "shop.example" not in str(notebook.EVENTS)


# --- pages ---------------------------------------------------------------------------------------


def test_the_wanted_page_comes_after_sign_in_and_only_one_of_this_site(
    robin: Person, time: Clock
) -> None:
    for wanted, reached in [
        ("/people/", "/people/"),
        ("https://evil.example/", "/"),
        ("//evil", "/"),
    ]:
        visitor = robin.visitor()
        robin.type_password(visitor, next=wanted)
        answer = visitor.post("/sign-in/second/", {"code": robin.code()})
        assert answer["Location"] == reached
        time.move(seconds=30)


def test_pages_are_not_kept_by_browsers(robin: Person) -> None:
    visitor = robin.sign_in()
    for page in ("/account/", "/prove/", "/sign-in/"):
        assert "no-store" in visitor.get(page)["Cache-Control"]


def test_too_many_hashes_at_once_is_a_calm_503(
    robin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = hashing.Gate(1, 0, 0.01)
    monkeypatch.setattr(keys.hashing(), "_gate", gate)
    with gate.place():
        answer = wrong(browser())

    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert set(Throttle.objects.values_list("failures", flat=True)) == {0}


def test_a_hash_with_yesterdays_costs_is_made_anew_at_sign_in(
    robin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr(hashing, "_ARGON2", today)
    robin.type_password(robin.visitor())

    assert "m=16,t=2,p=1" in Account.objects.get().password
    assert robin.type_password(robin.visitor()).status_code == 302
