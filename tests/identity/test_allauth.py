"""The known faults of the base, and that none of its pages or ways in is open.

django-allauth 65.21.1 is pinned exactly: whoever moves the pin looks here first.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import authenticate
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from shopward.identity.web.models import Account
from tests.identity.people import PASSWORD, Clock, browser, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("house")]
PATHS = [
    "/accounts/login/",
    "/accounts/login/code/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/2fa/authenticate/",
    "/_allauth/browser/v1/auth/code/request",
    "/_allauth/browser/v1/auth/webauthn/signup",
    "/_allauth/browser/v1/auth/login",
    "/_allauth/app/v1/auth/login",
    "/_allauth/openapi.json",
]


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def views(resolver: URLResolver) -> list[Any]:
    found = []
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            found.append(one.callback)
        else:
            found += views(one)
    return found


def test_the_pin_is_the_version_these_tests_speak_of() -> None:
    assert version("django-allauth") == "65.21.1"


@pytest.mark.parametrize("urls", ["shopward.console.urls_staff", "shopward.console.urls_public"])
def test_no_view_of_the_base_is_mounted(urls: str) -> None:
    mounted = views(get_resolver(urls))

    assert mounted
    assert not [one for one in mounted if one.__module__.startswith("allauth")]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["get", "post", "put"])
def test_its_usual_addresses_are_not_there(path: str, method: str) -> None:
    answer = getattr(browser(), method)(path, {}, content_type="application/json")

    assert answer.status_code == 404


def test_an_empty_address_is_answered_calmly() -> None:
    """Allauth's request for a code breaks on it (500)."""
    assert browser().post("/sign-in/", {"email": "", "password": ""}).status_code == 403


def test_a_passkey_without_a_begun_sign_in_is_answered_calmly(time: Clock) -> None:
    """Allauth's `PUT webauthn/signup` breaks without a pending stage (500)."""
    visitor = browser()

    assert visitor.post("/sign-in/second/", {"credential": "{}"})["Location"] == "/sign-in/"
    assert visitor.post("/join/", {"credential": "{}"}).status_code == 404
    assert visitor.post("/sign-in/passkey/", {"credential": "{}"}).status_code == 403


def test_a_totp_code_that_was_used_is_still_right_for_the_base_and_not_for_us(
    time: Clock,
) -> None:
    """Allauth remembers codes in the cache, for one period, per process; we remember the step."""
    robin = person()
    code = robin.code()
    robin.sign_in()
    time.move(seconds=30)
    visitor = robin.visitor()
    robin.type_password(visitor)

    assert visitor.post("/sign-in/second/", {"code": code}).status_code == 403


def test_the_base_cannot_verify_our_factors_by_itself(time: Clock) -> None:
    robin = person()
    row = Authenticator.objects.get(user=robin.account)

    with pytest.raises(KeyError):
        row.wrap().validate_code(robin.code())


def test_a_password_alone_authenticates_nobody(time: Clock) -> None:
    person()
    request = RequestFactory().post("/")

    assert authenticate(request, email="robin@shop.example", password=PASSWORD) is None
    assert Account.objects.get().has_usable_password()
