"""A member's address book."""

from __future__ import annotations

import pytest
from oscar.core.loading import get_model

from examples.oscar_shop.tests.conftest import Person, are_tokens, leaks
from shopward_client.django import page

UserAddress = get_model("address", "UserAddress")
ADD = "/accounts/addresses/add/"


@pytest.fixture
def address(browser, person):
    assert browser.post(ADD, person.address).status_code == 302
    page.begin()
    return UserAddress.objects.get()


def test_an_address_is_kept_and_shown(browser, address, person):
    shown = browser.get("/accounts/addresses/").content.decode()
    assert f"12 {person.mark} Square" in shown
    assert f"London {person.mark}" in shown
    for column in ("line1", "line4", "postcode", "phone_number", "search_text", "hash", "notes"):
        assert are_tokens(f"address_useraddress.{column}"), column
    assert leaks(person.mark) == ["auth_user.username"]


def test_the_form_shows_what_was_kept(browser, address, person):
    form = browser.get(f"/accounts/addresses/{address.pk}/").content.decode()
    for value in person.address.values():
        assert value in form or value == person.address["phone_number"]
    assert "+44" in form


def test_an_address_is_changed(browser, address, person):
    sent = person.address | {"line1": "1 Ockham Park", "notes": ""}
    answer = browser.post(f"/accounts/addresses/{address.pk}/", sent)
    assert answer.status_code == 302
    page.begin()
    again = UserAddress.objects.get()
    assert (again.line1, again.notes) == ("1 Ockham Park", "")
    assert again.last_name == person.last
    assert "1 Ockham Park" in again.search_text


def test_the_same_address_is_not_kept_twice(browser, address, person):
    answer = browser.post(ADD, person.address)
    assert answer.status_code == 200
    assert UserAddress.objects.count() == 1


def test_an_address_is_deleted_with_its_customer(
    browser, address, calls, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(f"/accounts/addresses/{address.pk}/delete/")
    assert answer.status_code == 302
    assert not UserAddress.objects.exists()
    assert calls["/v1/erase"] == 1


def test_an_address_becomes_the_default(browser, address, calls):
    browser.get(f"/accounts/addresses/{address.pk}/default_for_shipping/")
    page.begin()
    assert UserAddress.objects.get().is_default_for_shipping
    assert calls["/v1/update"] == 0


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("postcode", "not a postcode"), ("phone_number", "12"), ("line1", ""), ("last_name", "")],
)
def test_what_is_wrong_is_refused_as_before(browser, person, field, wrong):
    answer = browser.post(ADD, person.address | {field: wrong})
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert not UserAddress.objects.exists()


def test_fields_convert_as_before(browser, person):
    sent = person.address | {"postcode": "sw1y 4jh", "line1": "  padded  "}
    browser.post(ADD, sent)
    page.begin()
    kept = UserAddress.objects.get()
    assert (kept.postcode, kept.line1) == ("SW1Y 4JH", "padded")
    assert kept.phone_number.as_national == "020 7183 8750"


def test_everybody_sees_their_own_addresses(browser, address, person, desk):
    other = Person()
    sent = other.address
    desk.post(ADD, sent)
    shown = browser.get("/accounts/addresses/").content.decode()
    assert person.mark in shown
    assert other.mark not in shown


def test_a_page_of_addresses_is_one_call(browser, person, calls):
    for number in range(5):
        browser.post(ADD, person.address | {"line1": f"{number} Mill Lane"})
    calls.clear()
    shown = browser.get("/accounts/addresses/").content.decode()
    assert all(f"{number} Mill Lane" in shown for number in range(5))
    assert calls["/v1/reveal/batch"] == 1


def test_without_the_vault_the_page_is_masked_and_nothing_saved(browser, address, person, away):
    browser.get("/accounts/addresses/")  # the message that it was kept is shown once
    away()
    shown = browser.get("/accounts/addresses/")
    assert shown.status_code == 200
    assert "•••" in shown.content.decode()
    assert person.mark not in shown.content.decode()
    assert browser.post(ADD, person.address | {"line1": "2"}).status_code == 503
