"""A customer's way in: address, code, passkey or password; and what nobody learns from it."""

from __future__ import annotations

from typing import Any

import pytest

from shopward.events import Kind
from shopward.identity.web import mailed, session
from shopward.identity.web.models import Account, Realm
from shopward.identity.web.views import common
from tests.identity import customers, notebook, shelf
from tests.identity.customers import ADA, LONG, ask_for_code, confirmed, mailed_code, visitor
from tests.identity.people import CHROME, Clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
CODE = "/sign-up/code/"


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def kinds() -> list[Kind]:
    return [event.kind for event in notebook.EVENTS]


def seen(answer: Any) -> tuple[int, str, str]:
    """What a stranger sees of an answer."""
    return answer.status_code, answer.get("Location", ""), answer.content.decode()


def test_somebody_new_signs_up_with_a_passkey() -> None:
    browser, _ = customers.with_passkey()

    account = customers.account()
    assert (account.realm, account.subject, account.name) == (
        Realm.CUSTOMER,
        shelf.KNOWN[ADA],
        "",
    )
    page = browser.get("/account/ways/")
    assert page.status_code == 200
    proof = session.proof(page.wsgi_request)
    assert proof is not None
    assert proof.level == 2
    assert kinds() == [
        Kind.CUSTOMER_CODE_SENT,
        Kind.CUSTOMER_ADDED,
        Kind.CUSTOMER_SIGNED_IN,
        Kind.FACTOR_ADDED,
    ]
    assert {event.subject for event in notebook.EVENTS} == {account.subject}
    assert {mail.to for mail in notebook.MAILS} == {account.email}
    assert [verb for _, verb in shelf.ASKED[:2]] == ["store", "search"]


def test_a_passkey_signs_in_later_and_a_staff_page_does_not_know_it() -> None:
    _, key = customers.with_passkey()
    browser = visitor(CHROME)

    answer = browser.post("/sign-in/passkey/", {"credential": key.get(browser.get("/sign-in/"))})

    assert answer["Location"] == "/account/"
    assert browser.get("/account/ways/").status_code == 200


def test_somebody_new_signs_up_with_a_password_and_signs_in_with_it() -> None:
    customers.with_password()
    browser = visitor()

    answer = customers.sign_in(browser, f" {ADA.upper()} ")

    assert answer["Location"] == "/account/"
    proof = session.proof(browser.get("/account/ways/").wsgi_request)
    assert proof is not None
    assert (proof.level, proof.amr) == (1, ("pwd",))


def test_a_short_password_is_refused_since_it_would_stand_alone() -> None:
    browser = confirmed()

    answer = browser.post("/sign-up/password/", {"password": "orbit kettle 7"})

    assert answer.status_code == 403
    assert "15" in answer.content.decode()


def test_until_there_is_a_way_to_sign_in_nothing_else_is_open() -> None:
    browser = confirmed()

    for page in ("/account/devices/", "/account/password/", "/prove/"):
        assert browser.get(page)["Location"] == "/account/ways/"
    assert browser.get("/account/passkey/").status_code == 200


def test_whoever_left_in_between_begins_again() -> None:
    confirmed()
    customers.with_passkey()

    assert Account.objects.count() == 1
    assert kinds().count(Kind.CUSTOMER_ADDED) == 1


def test_the_page_is_the_same_for_new_known_and_finished_addresses() -> None:
    shelf.knows("known@mail.example")
    customers.with_passkey()
    answers = []
    for address in ("new@mail.example", "known@mail.example", ADA):
        browser = visitor()
        asked = ask_for_code(browser, address)
        answers.append((seen(asked), browser.get(CODE).content, sorted(browser.cookies)))

    bodies = {(first, normal(page)) for first, page, _ in answers}
    assert len(bodies) == 1
    assert len({tuple(names) for _, _, names in answers}) == 1


def test_each_address_is_asked_about_in_the_same_two_questions() -> None:
    customers.with_passkey()
    shelf.ASKED.clear()
    for address in ("new@mail.example", ADA):
        ask_for_code(visitor(), address)

    assert shelf.ASKED == [("accounts", "store"), ("accounts", "search")] * 2


def test_who_has_an_account_is_mailed_that_and_no_code_of_this_browser_is_right() -> None:
    customers.with_passkey()
    browser = visitor()
    ask_for_code(browser)

    assert notebook.MAILS[-1].subject == "You have an account already"
    for _ in range(3):
        assert browser.post(CODE, {"code": "12345678"}).status_code == 403


def test_a_code_opens_once_here_and_for_ten_minutes(time: Clock) -> None:
    browser, other = visitor(), visitor()
    ask_for_code(browser)
    code = mailed_code()

    assert other.post(CODE, {"code": code})["Location"] == "/sign-up/"
    time.move(minutes=10)
    assert browser.post(CODE, {"code": code})["Location"] == "/sign-up/"
    ask_for_code(browser)
    assert browser.post(CODE, {"code": code}).status_code == 403
    newest = mailed_code()
    assert browser.post(CODE, {"code": newest.replace(" ", "-")}).status_code == 302
    assert visitor().post(CODE, {"code": newest})["Location"] == "/sign-up/"


def test_a_code_that_two_requests_bring_at_once_opens_one_door(rf: Any) -> None:
    browser = visitor()
    ask_for_code(browser)
    kept = dict(browser.get(CODE).wsgi_request.session)
    assert browser.post(CODE, {"code": mailed_code()}).status_code == 302

    request = rf.post(CODE)
    request.session = kept
    with pytest.raises(mailed.WrongError):
        mailed.take(request, "sign-up", mailed_code())


def test_five_wrong_codes_use_the_right_one_up() -> None:
    browser = visitor()
    ask_for_code(browser)
    code = mailed_code()
    for wrong in range(5):
        assert browser.post(CODE, {"code": f"{wrong:08d}"}).status_code == 403

    assert browser.post(CODE, {"code": code}).status_code == 403
    assert kinds().count(Kind.CUSTOMER_CODE_REFUSED) == 6


def test_an_address_is_sent_five_codes_an_hour_and_the_page_says_nothing(time: Clock) -> None:
    for _ in range(7):
        ask_for_code(visitor())

    assert len(notebook.MAILS) == 5
    time.move(hours=1)
    ask_for_code(visitor())
    assert len(notebook.MAILS) == 6


def test_what_is_no_address_is_said_so() -> None:
    answer = visitor().post("/sign-up/", {"email": "ada"})

    assert answer.status_code == 403
    assert "name@example.com" in answer.content.decode()


def test_a_vault_that_is_away_asks_to_come_back() -> None:
    shelf.is_away()

    for page, form in (
        ("/sign-up/", {"email": ADA}),
        ("/forgotten/", {"email": ADA}),
        ("/sign-in/", {"email": ADA, "password": LONG}),
    ):
        answer = visitor().post(page, form)
        assert answer.status_code == 503
        assert answer["Retry-After"]
    assert notebook.MAILS == []


def test_no_typed_address_stays_in_a_session() -> None:
    browser = visitor()
    ask_for_code(browser)

    kept = str(dict(browser.get(CODE).wsgi_request.session))
    assert shelf.KNOWN[ADA] in kept
    assert "mail.example" not in kept
    assert "mail.example" not in str(Account.objects.values())


def test_answers_to_forms_leave_on_a_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(common.time, "sleep", waits.append)
    monkeypatch.setattr(common, "BEAT_S", 0.5)
    ask_for_code(visitor())
    visitor().get("/sign-up/")

    assert len(waits) == 1
    assert 0 < waits[0] <= 0.5


def normal(page: bytes) -> str:
    """A page without what differs each time it is made."""
    text = page.decode()
    head, _, rest = text.partition('name="csrfmiddlewaretoken" value="')
    while rest:
        head += rest.partition('"')[2].partition('name="csrfmiddlewaretoken" value="')[0]
        rest = rest.partition('"')[2].partition('name="csrfmiddlewaretoken" value="')[2]
    return head
