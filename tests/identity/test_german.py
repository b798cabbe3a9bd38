"""Pages in German are German: no sentence of ours that has a German one is left in English."""

from __future__ import annotations

import re
from functools import lru_cache
from gettext import GNUTranslations
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.utils import translation

from shopward.identity.web.flows import people
from tests.identity.people import Clock, Person, browser, first_link, person
from tests.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]

STAFF = (
    *("/", "/customers/", "/policy/", "/policy/compare/", "/policy/ask/", "/ledger/", "/callers/"),
    *("/vault/", "/tasks/", "/health/", "/settings/", "/people/", "/people/invite/", "/account/"),
    *("/account/passkey/", "/account/app/", "/account/recovery-codes/", "/account/password/"),
    *("/account/sessions/end-others/", "/prove/", "/nothing-here/"),
)
OUTSIDE = ("/sign-in/", "/join/", "/join/nothing/", "/not-me/nothing/", "/nothing-here/")
NOT_SHOWN = re.compile(
    r"<(script|style|head)\b.*?</\1>|<(\w+)[^>]* lang=\"en\"[^>]*>.*?</\2>|<[^>]*>", re.DOTALL
)


@lru_cache
def english() -> tuple[re.Pattern[str], ...]:
    """Every English text that has another German one, with its placeholders left open."""
    found = set()
    for app in apps.get_app_configs():
        path = Path(app.path, "locale/de/LC_MESSAGES/django.mo")
        if app.name.startswith("shopward.") and path.exists():
            with path.open("rb") as file:
                said = GNUTranslations(file)._catalog.items()  # type: ignore[attr-defined]
            found |= {_plain(key) for key, german in said if _plain(key) != german}
    return tuple(
        re.compile(r"\b" + re.sub(r"%\\\(\w+\\\)[sd]", ".+?", re.escape(one)) + r"(?!\w)")
        for one in found
        if len(re.sub(r"%\(\w+\)[sd]", " ", one).split()) > 1
    )


def _plain(key: Any) -> str:
    return key[0] if isinstance(key, tuple) else str(key)


def left_over(page: Any) -> list[str]:
    """What is English on a page."""
    html = page.content.decode()
    text = " ".join(unescape(NOT_SHOWN.sub(" ", html)).split())
    wrong = [one.pattern for one in english() if one.search(text)]
    return wrong if '<html lang="de"' in html else ["the page does not say that it is German"]


def in_german(visitor: Visitor, path: str, **form: str) -> Any:
    headers = {"accept-language": "de"}
    if form:
        return visitor.post(path, form, headers=headers)
    return visitor.get(path, headers=headers)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def boss(time: Clock) -> Person:
    return person("boss@shop.example", manages=True, name="Boss", role="owner")


def test_the_words_of_a_library_do_not_take_the_place_of_ours() -> None:
    """Django has "Remove" too, and says "remove the selected ones" in German."""
    with translation.override("de"):
        found = {one: translation.gettext(one) for one in ("Remove", "Recovery codes", "Password")}

    assert found == {
        "Remove": "Entfernen",
        "Recovery codes": "Wiederherstellungscodes",
        "Password": "Passwort",
    }


def test_there_is_something_to_look_for(boss: Person) -> None:
    assert len(english()) > 250
    assert len(left_over(boss.sign_in().get("/account/"))) == 1
    html = b'<html lang="de"><p>So: I have\n kept them.</p><p lang="en">Ways to sign in</p>'
    assert left_over(SimpleNamespace(content=html)) == [r"\bI\ have\ kept\ them(?!\w)"]


def test_every_page_of_the_staff_is_german(boss: Person, time: Clock) -> None:
    visitor, kim = boss.sign_in(), person("kim@shop.example")
    row = Authenticator.objects.filter(user=boss.account).first()
    assert row is not None
    paths = [*STAFF, f"/people/{kim.account.pk}/", f"/account/factors/{row.pk}/remove/"]
    wrong = {path: found for path in paths if (found := left_over(in_german(visitor, path)))}

    assert wrong == {}


def test_every_page_before_sign_in_is_german(boss: Person, time: Clock) -> None:
    visitor = browser()
    wrong = {path: found for path in OUTSIDE if (found := left_over(in_german(visitor, path)))}
    assert visitor.get(first_link()).status_code == 302
    wrong["/join/"] = left_over(in_german(visitor, "/join/"))
    boss.type_password(visitor)
    for path in ("/sign-in/second/", "/sign-in/recovery-code/"):
        wrong[path] = left_over(in_german(visitor, path))

    assert {path: found for path, found in wrong.items() if found} == {}


def test_mistakes_are_told_in_german(boss: Person, time: Clock) -> None:
    outside, visitor = browser(), boss.sign_in()
    typed = {"email": boss.account.email, "password": "wrong and long enough"}
    told = [
        in_german(outside, "/sign-in/", **typed),
        in_german(visitor, "/account/password/", password="short"),
        in_german(visitor, "/people/invite/", email="no address", name="", role=""),
    ]

    assert [found for page in told if (found := left_over(page))] == []
    assert "Nehmen Sie mindestens 12 Zeichen" in told[1].content.decode()
    assert people.invitations() == []
