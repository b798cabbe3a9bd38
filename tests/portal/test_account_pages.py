"""The customer's own pages, against a running data plane."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.conf import settings as django
from msgspec.structs import replace

from shopward import clock
from shopward.console.models import Event
from shopward.identity.assurance import Factor
from shopward.ledger.receipt import parse_receipt, verify_receipt
from shopward.portal.digest import Every
from shopward.portal.guides import Nudge
from shopward.portal.web.flows import digests
from shopward.portal.web.models import Choice, Waved
from shopward.settings import Settings
from shopward.signing import Verifier
from tests.portal.conftest import VALUES, Customer, work
from tests.scenarios.plane import DataPlane
from tests.visitor import Visitor

PAGES = ("", "activity/", "data/", "data/city/", "phrase/", "not-me/", "my-data.json")


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_sent_to_the_sign_in(path: str) -> None:
    answer = Visitor("public").get(f"/account/{path}")

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in/?next=%2Faccount%2F")


@pytest.mark.parametrize("path", PAGES)
def test_her_pages_are_never_kept_by_a_browser(robin: Customer, path: str) -> None:
    answer = robin.get(f"/account/{path}")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_security_says_one_line_one_step_and_when_each_way_was_used(robin: Customer) -> None:
    assert "a password alone can be stolen" in robin.text("/account/")
    now = clock.now()
    robin.add_way("my phone", now - timedelta(days=9), now - timedelta(hours=2))
    page = robin.text("/account/")

    assert "Your account is safe. But you have only one way in." in page
    assert "Passkey: my phone" in page
    assert "used 2\u00a0hours ago" in page
    robin.add_way("my laptop", now - timedelta(days=8))
    assert "Your account is safe.</h2>" in robin.text("/account/")


def test_activity_tells_who_read_what_and_why(robin: Customer, other: Customer) -> None:
    robin.courier_looks("last_name", "city")
    other.courier_looks("address1")
    page = robin.text("/account/activity/")

    fact = robin.order.replace("order:", "shipment ")
    assert f"Acme Courier saw your last name and city to deliver your order ({fact})." in page
    assert "street address to deliver" not in page
    for value in ("Canarybird", "Canary Lane", "Riga-Canary", "canary note", robin.email):
        assert value not in page


def test_activity_goes_back_page_by_page(robin: Customer) -> None:
    looks = [robin.courier_looks() for _ in range(20)]
    first = robin.text("/account/activity/")
    older = first.partition("?before=")[2].partition('"')[0]
    second = robin.text(f"/account/activity/?before={older}")

    assert f"/activity/{looks[-1]}/" in first
    assert f"/activity/{looks[0]}/" not in first
    assert f"/activity/{looks[0]}/" in second
    assert robin.text("/account/activity/?before=x") is not None


def test_a_line_has_its_receipt_and_anothers_line_is_not_found(
    robin: Customer, other: Customer, plane: DataPlane
) -> None:
    hers, foreign = robin.courier_looks(), other.courier_looks()
    receipt = robin.get(f"/account/activity/{hers}/receipt.json")
    key = Verifier.parse(plane.operator().log_key())

    text = receipt.content.decode()
    verify_receipt(text, key)
    assert parse_receipt(text).proof.index == hers
    assert json.loads(json.loads(text)["details"])["subject"] == robin.subject
    assert "Ask about this" in robin.text(f"/account/activity/{hers}/")
    for path in (f"{foreign}/", f"{foreign}/receipt.json", "999999/"):
        assert robin.get(f"/account/activity/{path}").status_code == 404
    assert robin.post(f"/account/activity/{foreign}/question/").status_code == 404


def test_a_question_about_a_look_opens_a_case(robin: Customer) -> None:
    index = robin.courier_looks()
    assert robin.get(f"/account/activity/{index}/question/").status_code == 405

    assert robin.post(f"/account/activity/{index}/question/").status_code == 302

    event = Event.objects.get(kind="incident:reported")
    assert event.subject == robin.subject
    assert f"why=look entry={index}" in event.about
    work()
    assert "We opened a case." in robin.text("/account/activity/")


def test_data_says_what_why_until_and_who_saw_it(robin: Customer) -> None:
    robin.courier_looks("address1")
    page = robin.text("/account/data/")

    assert "Canary Lane 7319" in page
    assert robin.email in page
    assert "to deliver your order" in page
    assert "Kept until " in page
    assert re.search(r"Seen by\s+Acme Courier \(", page)
    assert "canary note" not in page
    assert "Note in our files" in page


def test_a_correction_reaches_the_vault_and_an_emptied_field_is_gone(robin: Customer) -> None:
    assert robin.post("/account/data/first_name/", {"value": " Robina "}).status_code == 302
    assert robin.post("/account/data/country/", {"value": ""}).status_code == 302

    assert robin.kept("first_name", "country") == {"first_name": "Robina", "country": None}


@pytest.mark.parametrize("name", ["note", "mail_phrase", "before_change", "nothing", "vat_id"])
def test_what_is_not_hers_to_correct_is_not_there(robin: Customer, name: str) -> None:
    robin.browser.be(robin.account, Factor.PASSWORD)  # one factor: too little for the VAT number
    assert robin.post(f"/account/data/{name}/", {"value": "x"}).status_code == 404


def test_a_value_that_the_vault_refuses_is_said_without_repeating_it(robin: Customer) -> None:
    answer = robin.post("/account/data/country/", {"value": "x" * 61})

    assert answer.status_code == 403
    assert "That did not work." in answer.content.decode()
    assert robin.kept("country") == {"country": "LV"}


def test_her_data_as_files(robin: Customer) -> None:
    robin.courier_looks("city")
    document = json.loads(robin.get("/account/my-data.json").content)
    page = robin.get("/account/my-data.html").content.decode()

    assert document["format"] == "shopward-export/v1"
    data = {one["field"]: one for one in document["data"]}
    assert {name: data[name]["value"] for name in VALUES} == {**VALUES, "note": None}
    assert data["city"]["saw"][0]["who"] == "Acme Courier"
    assert data["city"]["until"].endswith("Z")
    assert any(one["said"].startswith("Acme Courier saw your city") for one in document["activity"])
    for text in ("Canary Lane 7319", "Acme Courier", "What for"):
        assert text in page


def test_a_vault_that_is_away_breaks_no_page(robin: Customer, settings: Settings) -> None:
    house = django.SHOPWARD
    gone = house.home / "gone.sock"
    settings.SHOPWARD = replace(house, listen=replace(house.listen, socket=gone))
    for path in ("activity/", "data/"):
        assert "We cannot show this right now." in robin.text(f"/account/{path}")
    assert robin.get("/account/my-data.json").status_code == 503
    assert robin.get("/account/activity/1/receipt.json").status_code == 503
    assert robin.text("/account/")


def test_a_phrase_stands_in_every_mail_and_on_no_page(robin: Customer) -> None:
    answer = robin.post("/account/phrase/", {"phrase": "violet  canary teapot"})
    assert answer.status_code == 200
    digests.send(digests.choice_of(robin.subject), clock.now())
    (mail,) = robin.mails("Your data at")

    assert "Your phrase: violet canary teapot\n" in mail
    for path in ("", "phrase/", "data/", "activity/"):
        assert "violet canary" not in robin.text(f"/account/{path}")


@pytest.mark.parametrize("phrase", ["", "abc", "x" * 61, "two\u0085lines\u0000"])
def test_what_is_no_phrase_is_not_taken(robin: Customer, phrase: str) -> None:
    assert robin.post("/account/phrase/", {"phrase": phrase}).status_code == 403


def test_each_mail_has_a_code_that_verifies(robin: Customer) -> None:
    digests.send(digests.choice_of(robin.subject), clock.now())
    (mail,) = robin.mails("Your data at")
    code = mail.partition("Code of this mail: ")[2][:14]

    said = robin.post("/verify/", {"pasted": code}).content.decode()
    assert "Yes, this is ours." in said
    assert "Your data at Example Shop: what happened" in said


def test_the_letter_comes_when_it_is_due_and_as_often_as_she_chose(robin: Customer) -> None:
    now = clock.now()
    digests.choose(robin.subject, Every.MONTH)
    robin.courier_looks("city")
    assert digests.send_due(now) == 0
    Choice.objects.update(digest_sent=now - timedelta(days=31))

    assert digests.send_due(now) == 1
    assert digests.send_due(now) == 0
    (mail,) = robin.mails("Your data at")
    assert "Acme Courier saw your city to deliver your order" in mail
    assert "Riga" not in mail

    assert robin.post("/account/digest/", {"every": "never"}).status_code == 302
    Choice.objects.update(digest_sent=now - timedelta(days=400))
    assert digests.send_due(now) == 0


def test_a_guide_is_offered_and_waved_away(robin: Customer) -> None:
    page = robin.text("/account/")
    assert "Read the guide" in page

    for nudge in (Nudge.NEW_DEVICE, Nudge.NO_PASSKEY):
        assert robin.post(f"/account/nudges/{nudge.value}/later/").status_code == 302
    assert robin.post("/account/nudges/nothing/later/").status_code == 302

    assert Waved.objects.filter(subject=robin.subject).count() == 2
    assert "Read the guide" not in robin.text("/account/")
