"""What the shop's staff see, search and change in the dashboard and the admin."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client as Browser
from oscar.core.loading import get_model

from examples.oscar_shop.tests.conftest import PASSWORD, Person, are_tokens, leaks
from shopward_client.django import page

Order = get_model("order", "Order")
ORDERS, USERS = "/dashboard/orders/", "/dashboard/users/"


@pytest.fixture
def order(person, buy):
    """A guest's."""
    assert buy(Browser(), person, is_guest=True).status_code == 302
    page.begin()
    return Order.objects.get()


def found(desk, path, **asked):
    page.begin()
    return desk.get(path, asked).content.decode()


def test_orders_are_found_by_how_a_name_begins(desk, order, person):
    filters = {"order_number": "", "product_title": "", "upc": "", "partner_sku": ""}
    for name in (person.last[:9], person.first[:9].upper(), f"{person.first} {person.last}"):
        asked = filters | {"name": name, "response_format": "html"}
        assert order.number in found(desk, ORDERS, **asked), name
    asked = filters | {"name": "Nobody", "response_format": "html"}
    assert order.number not in found(desk, ORDERS, **asked)


def test_a_members_orders_are_found_by_name(desk, browser, person, buy):
    buy(browser, person)
    asked = {"name": person.last[:8], "response_format": "html"}
    assert Order.objects.get().number in found(desk, ORDERS, **asked)


def test_an_order_shows_whom_it_goes_to(desk, order, person):
    shown = found(desk, f"{ORDERS}{order.number}/")
    for part in (person.email, f"12 {person.mark} Square", f"ring {person.mark} twice"):
        assert part in shown
    assert "+442071838750" in shown


def test_an_order_is_one_call_to_the_vault(desk, order, calls):
    found(desk, f"{ORDERS}{order.number}/")
    assert calls["/v1/reveal/batch"] == 1


def test_an_orders_address_is_corrected(desk, order, person):
    path = f"{ORDERS}{order.number}/shipping-address/"
    form = desk.get(path).content.decode()
    assert f'value="{person.last}"' in form
    sent = person.address | {"country": "GB", "line1": "1 Ockham Park"}
    assert desk.post(path, sent).status_code == 302
    page.begin()
    assert Order.objects.get().shipping_address.line1 == "1 Ockham Park"
    assert are_tokens("order_shippingaddress.line1")
    assert leaks(person.mark, "Ockham") == []


def test_a_note_is_kept_in_the_vault(desk, order, person):
    sent = {"order_action": "save_note", "message": f"{person.last} called", "note_type": ""}
    assert desk.post(f"{ORDERS}{order.number}/", sent).status_code == 302
    assert f"{person.last} called" in found(desk, f"{ORDERS}{order.number}/")
    assert are_tokens("order_ordernote.message")


def test_a_page_of_twenty_orders_is_one_call(desk, buy, calls):
    people = [Person() for _ in range(20)]
    for one in people:
        buy(Browser(), one, is_guest=True)
    calls.clear()
    page.begin()
    orders = list(Order.objects.select_related("shipping_address", "user"))
    shown = [f"{one.shipping_address.summary} {one.guest_email}" for one in orders]
    assert all(any(one.mark in line for line in shown) for one in people)
    assert calls == {"/v1/reveal/batch": 1}
    calls.clear()
    shown = found(desk, ORDERS)
    assert all(one.number in shown for one in orders)
    assert calls == {"/v1/reveal/batch": 2}, "who is signed in, and the twenty orders"


def test_customers_are_found_by_parts_of_mail_address_and_name(desk, member, person):
    nobody = Person()
    User.objects.create_user(nobody.mark, nobody.email, PASSWORD, last_name=nobody.last)
    for asked in ({"email": person.mark[2:8]}, {"name": person.last[3:9]}, {"name": person.first}):
        shown = found(desk, USERS, search="", **asked)
        assert person.email in shown
        assert nobody.email not in shown, asked


def test_a_customer_is_shown_with_orders(desk, browser, member, person, buy):
    buy(browser, person)
    shown = found(desk, f"{USERS}{member.pk}/")
    assert person.email in shown
    assert Order.objects.get().number in shown


def test_staff_send_a_password_reset_to_the_real_address(desk, member, person):
    assert desk.post(f"{USERS}{member.pk}/password-reset/").status_code == 302
    assert mail.outbox[-1].to == [person.email]


def test_the_admin_finds_and_shows_people(desk, member, person):
    shown = found(desk, "/admin/auth/user/", q=person.last[2:9])
    assert person.email in shown
    form = found(desk, f"/admin/auth/user/{member.pk}/change/")
    assert f'value="{person.first}"' in form


def test_a_guests_review_is_kept_in_the_vault(client, desk, product, person):
    sent = {
        "title": "Good",
        "score": 5,
        "body": "It holds",
        "name": person.last,
        "email": person.email,
    }
    path = f"/catalogue/{product.slug}_{product.pk}/reviews/add/"
    assert client.post(path, sent).status_code == 302
    assert are_tokens("reviews_productreview.email")
    assert leaks(person.mark) == []
    assert "Good" in found(desk, "/dashboard/reviews/", keyword="Good")


def test_an_alert_for_a_guest_is_confirmed_by_mail(client, product, person):
    stock = product.stockrecords.get()
    stock.num_in_stock = 0
    stock.save()
    sent = {"email": person.email}
    assert client.post(f"/accounts/alerts/create/{product.pk}/", sent).status_code == 302
    assert mail.outbox[-1].to == [person.email]
    again = client.post(f"/accounts/alerts/create/{product.pk}/", sent)
    assert again.status_code in {200, 302}
    assert get_model("customer", "ProductAlert").objects.count() == 1
    assert are_tokens("customer_productalert.email")


def test_without_the_vault_the_dashboard_shows_masks(desk, order, person, away):
    away()
    shown = desk.get(f"{ORDERS}{order.number}/")
    assert shown.status_code == 200
    assert "•••" in shown.content.decode()
    assert person.mark not in shown.content.decode()
    assert desk.get(ORDERS, {"name": "Love"}).status_code == 503
