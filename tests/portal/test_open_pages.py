"""Pages for everybody: guides, and "Did you send this?"."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.conf import settings as django

from shopward.console.models import Event, Mail, Task
from shopward.portal import verify_code
from shopward.portal.guides import GUIDES
from shopward.portal.web.flows import codes
from shopward.portal.web.models import SentMail
from shopward.settings import MailSettings, PortalSettings
from tests.visitor import Visitor

POLICY = Path(__file__).parents[2] / "policy.example.toml"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(settings: Any) -> None:
    """The example shop, with a mail domain and phones. No data plane runs: nobody is looked up."""
    settings.SHOPWARD = msgspec.structs.replace(
        django.SHOPWARD,
        policy=POLICY,
        mail=MailSettings(sender="hello@shop.example"),
        portal=PortalSettings(phones="+4930901820, +4930901821"),
    )


def asked(pasted: str) -> str:
    """The page's main part after this was pasted."""
    answer = Visitor("public").post("/verify/", {"pasted": pasted})
    assert answer.status_code == 200
    return answer.content.decode().partition("<main")[2]


def test_every_guide_is_on_the_list_and_has_its_page() -> None:
    browser = Visitor("public")
    listed = browser.get("/guides/").content.decode()

    for guide in GUIDES:
        assert f'href="/guides/{guide.slug}/"' in listed
        page = browser.get(f"/guides/{guide.slug}/").content.decode()
        assert page.count("<li>") >= len(guide.steps)
    assert browser.get("/guides/nothing/").status_code == 404


def test_a_code_in_the_address_is_filled_in_and_not_asked_for() -> None:
    code = codes.code_of("mail-1", "digest", NOW)
    page = Visitor("public").get(f"/verify/?code={code}").content.decode()

    assert code in page
    assert 'id="verdict"' not in page
    assert SentMail.objects.get().checks == 0


def test_a_code_of_ours_is_ours_and_says_what_the_mail_was_about() -> None:
    said = asked(codes.code_of("mail-1", "1234 5678 is your code", NOW).lower())

    assert "Yes, this is ours." in said
    assert "2026-11-24, at 10:00 UTC: “••• is your code”." in said


def test_a_mail_that_is_sent_twice_has_one_code_and_another_mail_another() -> None:
    one, again, other = (codes.code_of(name, "digest", NOW) for name in ("m1", "m1", "m2"))

    assert one == again != other
    assert SentMail.objects.count() == 2


def test_a_code_that_nobody_sent_is_not_ours() -> None:
    assert "No, this is not ours." in asked("K7QF-2M9X-4PT8")


def test_a_code_that_many_ask_for_may_be_copied() -> None:
    code = codes.code_of("mail-1", "digest", NOW)
    said = [asked(code) for _ in range(verify_code.MANY + 1)]

    assert "Many people asked for it" not in said[-2]
    assert "Many people asked for it" in said[-1]


def test_codes_of_long_ago_are_forgotten() -> None:
    codes.code_of("mail-1", "digest", NOW)
    codes.tidy(NOW + timedelta(days=401))

    assert not SentMail.objects.exists()


@pytest.mark.parametrize(
    ("pasted", "verdict"),
    [
        ("https://shopward.localhost:8443/account/", "Yes, this is ours."),
        ("https://shopward.localhost.evil.test/", "No, this is not ours."),
        ("hello@shop.example", "It could be ours."),
        ("hello@evil.test", "No, this is not ours."),
        ("+49 30 901820", "It could be ours."),
        ("030 901821", "It could be ours."),
        ("+49 30 12345", "No, this is not ours."),
        ("Please confirm your password at\nhttps://evil.test/", "No, this is not ours."),
    ],
)
def test_what_is_pasted_gets_a_verdict(pasted: str, verdict: str) -> None:
    assert verdict in asked(pasted)


def test_what_is_pasted_is_shown_escaped_and_kept_nowhere() -> None:
    said = asked("<script>canary()</script>\nhttps://<b>canary</b>.evil.test/")

    assert "<script>canary" not in said
    assert "<b>canary" not in said
    for model in (SentMail, Event, Mail, Task):
        assert not model.objects.exists()


def test_an_empty_form_asks_again() -> None:
    assert "This field is required." in asked(" ")
