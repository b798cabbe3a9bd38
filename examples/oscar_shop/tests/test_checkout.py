"""Orders of guests and members, from the basket to the page that thanks them."""

from __future__ import annotations

from django.core import mail
from oscar.core.loading import get_model
from oscar.test import factories

from examples.oscar_shop.tests.conftest import are_tokens, leaks, put_in_basket
from shopward_client.django import page

Order = get_model("order", "Order")
UserAddress = get_model("address", "UserAddress")


def test_a_guest_orders(client, person, buy):
    assert buy(client, person, is_guest=True).status_code == 302
    page.begin()
    order = Order.objects.get()
    assert order.guest_email == order.email == person.email
    assert order.shipping_address.name == f"{person.first} {person.last}"
    assert are_tokens("order_order.guest_email")
    assert are_tokens("order_shippingaddress.line1")
    assert leaks(person.mark) == []


def test_the_page_that_thanks_shows_where_it_goes(client, person, buy):
    buy(client, person, is_guest=True)
    shown = client.get("/checkout/thank-you/").content.decode()
    assert Order.objects.get().number in shown
    for part in (person.first, person.last, f"12 {person.mark} Square", "SW1Y 4JH"):
        assert part in shown


def test_the_confirmation_goes_to_the_guests_real_address(client, person, buy):
    buy(client, person, is_guest=True)
    assert [one.to for one in mail.outbox] == [[person.email]]
    assert Order.objects.get().number in mail.outbox[0].body


def test_the_preview_shows_the_address_before_anything_is_kept(client, person, product, calls):
    put_in_basket(client, product)
    client.post("/checkout/", {"username": person.email, "options": "anonymous"})
    client.post("/checkout/shipping-address/", person.address)
    client.get("/checkout/shipping-method/")
    assert person.mark in client.get("/checkout/preview/").content.decode()
    assert calls["/v1/records"] == 0
    assert leaks(person.mark) == []


def test_a_guest_with_an_account_is_asked_to_sign_in(client, member, person, product):
    put_in_basket(client, product)
    answer = client.post("/checkout/", {"username": person.email, "options": "anonymous"})
    assert answer.status_code == 200
    assert "already exists" in answer.content.decode()


def test_a_member_signs_in_on_the_way(client, member, person, product):
    put_in_basket(client, product)
    sent = {"username": person.email, "password": "correct-horse-9-battery", "options": "existing"}
    assert client.post("/checkout/", sent).status_code == 302
    assert "_auth_user_id" in client.session


def test_a_member_orders_to_a_new_address(browser, member, person, buy):
    assert buy(browser, person).status_code == 302
    page.begin()
    order = Order.objects.get()
    assert order.user == member
    assert order.shipping_address.line1 == f"12 {person.mark} Square"
    assert leaks(person.mark) == ["auth_user.username"]


def test_a_new_address_goes_to_the_address_book_as_a_row_of_its_own(browser, person, buy):
    buy(browser, person)
    page.begin()
    kept = UserAddress.objects.get()
    sent = Order.objects.get().shipping_address
    assert (kept.line1, kept.postcode) == (sent.line1, sent.postcode)
    assert kept._state.shopward["line1"].token != sent._state.shopward["line1"].token


def test_a_member_orders_to_an_address_of_the_book(browser, person, product):
    browser.post("/accounts/addresses/add/", person.address)
    address = UserAddress.objects.get()
    put_in_basket(browser, product)
    sent = {"action": "ship_to", "address_id": address.pk}
    assert browser.post("/checkout/shipping-address/", sent).status_code == 302
    browser.get("/checkout/shipping-method/")
    answer = browser.post("/checkout/preview/", {"action": "place_order"})
    assert answer.status_code == 302
    page.begin()
    order = Order.objects.get()
    assert order.shipping_address.line1 == f"12 {person.mark} Square"
    assert UserAddress.objects.get().num_orders_as_shipping_address == 1


def test_an_order_keeps_its_address_when_the_book_changes(browser, person, buy):
    buy(browser, person)
    address = UserAddress.objects.get()
    changed = person.address | {"line1": "1 Ockham Park"}
    browser.post(f"/accounts/addresses/{address.pk}/", changed)
    page.begin()
    assert UserAddress.objects.get().line1 == "1 Ockham Park"
    assert Order.objects.get().shipping_address.line1 == f"12 {person.mark} Square"


def test_the_confirmation_goes_to_the_members_real_address(browser, person, buy):
    buy(browser, person)
    assert mail.outbox[-1].to == [person.email]


def test_a_member_sees_orders_and_their_addresses(browser, person, buy):
    buy(browser, person)
    number = Order.objects.get().number
    assert number in browser.get("/accounts/orders/").content.decode()
    shown = browser.get(f"/accounts/orders/{number}/").content.decode()
    assert f"12 {person.mark} Square" in shown


def test_a_member_orders_again(browser, person, buy):
    buy(browser, person)
    number = Order.objects.get().number
    sent = {"order_id": Order.objects.get().pk, "action": "reorder"}
    assert browser.post(f"/accounts/orders/{number}/", sent).status_code == 302
    assert "9.50" in browser.get("/basket/").content.decode()


def test_a_guest_follows_the_order_by_its_link(client, person, buy):
    buy(client, person, is_guest=True)
    order = Order.objects.get()
    client.session.flush()
    signed = f"{order.number}/{order.verification_hash()}/"
    form = f"/accounts/order-status-form/{signed}"
    assert client.get(f"/accounts/order-status/{signed}").url == form
    assert "Order not found" in client.post(form, {"email": "x@y.example"}).content.decode()
    shown = client.post(form, {"email": person.email}, follow=True).content.decode()
    assert f"12 {person.mark} Square" in shown


def test_another_address_than_shipping_pays(person, member, product):
    basket = factories.create_basket(empty=True)
    basket.add_product(product)
    billing = get_model("order", "BillingAddress")(
        **{
            k: v for k, v in person.address.items() if k not in {"phone_number", "notes", "country"}
        },
        country_id="GB",
    )
    billing.save()
    order = factories.create_order(basket=basket, user=member)
    order.billing_address = billing
    order.save()
    page.begin()
    assert Order.objects.get().billing_address.last_name == person.last
    assert are_tokens("order_billingaddress.search_text")
    assert leaks(person.mark) == ["auth_user.username"]


def test_without_the_vault_there_is_no_order_and_the_basket_stays(
    client, person, buy, away, product
):
    put_in_basket(client, product)
    client.post("/checkout/", {"username": person.email, "options": "anonymous"})
    client.post("/checkout/shipping-address/", person.address)
    client.get("/checkout/shipping-method/")
    away()
    answer = client.post("/checkout/preview/", {"action": "place_order"})
    assert answer.status_code in {200, 503}
    assert not Order.objects.exists()
    assert "9.50" in client.get("/basket/").content.decode()
