"""Two sites in one project: neither serves the other's pages, hosts, cookies or accounts."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.test import RequestFactory

from shopward.console.middleware import SiteMiddleware
from shopward.console.sessions import SiteSessionMiddleware
from shopward.identity.web.models import Account, Realm
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def account(realm: Realm, email: str = "ada@example.com") -> Account:
    return Account.objects.create(realm=realm, email=email)


@pytest.mark.parametrize(("name", "path"), [("public", "/"), ("staff", "/sign-in/")])
def test_each_site_answers_under_its_own_host(name: str, path: str) -> None:
    visitor = Visitor(name)

    answer = visitor.get(path)

    assert answer.status_code == 200
    assert visitor.site.name == name


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("public", "console.shopward.localhost:8444"),
        ("staff", "shopward.localhost:8443"),
        ("staff", "console.shopward.localhost"),
        ("public", "shop.example"),
        ("public", "shopward.localhost:8443, evil.example"),
    ],
)
def test_a_listener_refuses_every_other_host(name: str, host: str) -> None:
    assert Visitor(name).get("/", headers={"host": host}).status_code == 421


def test_what_came_through_no_listener_is_refused() -> None:
    request = RequestFactory(headers={"host": "shopward.localhost:8443"}).get("/", secure=True)

    answer = SiteMiddleware(lambda _: pytest.fail("it was served"))(request)

    assert answer.status_code == 421


@pytest.mark.parametrize("name", ["public", "staff"])
@pytest.mark.parametrize("path", ["/", "/nothing-here"])
def test_every_answer_carries_the_security_headers(name: str, path: str) -> None:
    answer = Visitor(name).get(path)

    assert {key: answer.headers[key] for key in HEADERS} == HEADERS
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(("name", "realm"), [("public", Realm.CUSTOMER), ("staff", Realm.STAFF)])
def test_the_session_cookie_is_the_sites_own_and_bound_to_its_host(name: str, realm: Realm) -> None:
    visitor = Visitor(name)
    visitor.be(account(realm))

    answer = visitor.get("/")

    assert answer.wsgi_request.user.is_authenticated
    assert visitor.site.cookie in visitor.cookies
    assert all(name.startswith("__Host-") for name in visitor.cookies)


def test_a_session_key_out_of_the_database_opens_nothing() -> None:
    visitor, thief = Visitor("staff"), Visitor("staff")
    visitor.be(account(Realm.STAFF))
    (key,) = Session.objects.values_list("session_key", flat=True)
    for cookie in (key, f"{key}:", f"{key}:{'A' * 43}"):
        thief.cookies[thief.site.cookie] = cookie

        assert not thief.get("/").wsgi_request.user.is_authenticated


def test_django_s_own_cookie_name_opens_nothing() -> None:
    visitor, thief = Visitor("staff"), Visitor("staff")
    visitor.be(account(Realm.STAFF))
    (key,) = Session.objects.values_list("session_key", flat=True)
    thief.cookies["__Host-session"] = key

    assert not thief.get("/").wsgi_request.user.is_authenticated


def test_a_cookie_of_one_site_opens_nothing_on_the_other() -> None:
    customer, thief = Visitor("public"), Visitor("staff")
    customer.be(account(Realm.CUSTOMER))
    thief.cookies[thief.site.cookie] = customer.cookies[customer.site.cookie].value

    assert not thief.get("/").wsgi_request.user.is_authenticated


@pytest.mark.parametrize(("name", "realm"), [("public", Realm.STAFF), ("staff", Realm.CUSTOMER)])
def test_an_account_of_the_other_realm_is_signed_out(name: str, realm: Realm) -> None:
    visitor = Visitor(name)
    visitor.be(account(realm))

    answer = visitor.get("/")

    assert not answer.wsgi_request.user.is_authenticated
    assert not Session.objects.exists()


def test_a_request_that_comes_late_with_an_old_id_does_not_take_the_new_one_away() -> None:
    visitor = Visitor("staff")
    visitor.be(account(Realm.STAFF))
    old = visitor.cookies[visitor.site.cookie].value
    Session.objects.all().delete()
    visitor.cookies[visitor.site.cookie] = old

    for path in ("/static/0/console/site.css", "/nothing-here", "/people/"):
        assert visitor.site.cookie not in visitor.get(path).cookies


def test_a_new_cookie_is_secure_http_only_and_without_domain() -> None:
    visitor = Visitor("staff")
    visitor.be(account(Realm.STAFF))
    answer = visitor.get("/")
    request = answer.wsgi_request
    request.session["touched"] = True
    told = SiteSessionMiddleware(lambda _: answer).process_response(request, answer)

    (cookie,) = (c for c in told.cookies.values() if c.key == "__Host-shopward-staff")
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert not cookie["domain"]


def test_static_files_may_be_kept_for_ever_and_only_under_the_present_build() -> None:
    visitor = Visitor("public")
    page = visitor.get("/").content.decode()
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]

    answer = visitor.get(address)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["Cache-Control"]
    assert visitor.get(address.replace("/static/", "/static/0")).status_code == 404
    assert visitor.get("/static/../settings.py").status_code == 404
