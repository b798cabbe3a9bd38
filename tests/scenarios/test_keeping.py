"""What goes in comes out: store, update, search, erase, tokens, masks and the shop's own ids."""

from __future__ import annotations

import json
from functools import partial

import pytest

from shopward_client import Client, ConflictError, DeniedError, InvalidError, NotFoundError, Stored
from tests.postgres.engine import sql
from tests.scenarios.people import number, person
from tests.scenarios.plane import DataPlane, at_once, kind_of

CONTACT = ["first_name", "last_name", "email", "phone", "city"]


@pytest.fixture
def shop(plane: DataPlane) -> Client:
    return plane.caller("shop-backend")


@pytest.fixture
def orders(plane: DataPlane) -> Client:
    return plane.caller("order-system")


def _fact(orders: Client, kind: str, subject: str) -> str:
    fact = f"{kind}:{number()}"
    orders.put_fact(fact, subject, "open")
    return fact


def test_a_customer_comes_out_as_it_went_in(shop: Client) -> None:
    fields = person(first_name="Zoë", last_name="Ångström 😀", address2="c/o  O'Hara; -- x")
    stored = shop.store(fields)
    asked = ["first_name", "last_name", "email", "phone", "company", "address2", "city", "postcode"]
    seen = shop.reveal(stored.subject, asked, purpose="account")
    assert seen.subject == stored.subject
    assert seen.fields == {name: fields[name] for name in asked}
    assert seen.receipt.index > stored.receipt.index


def test_a_field_that_was_never_stored_is_null(shop: Client) -> None:
    subject = shop.store(person(phone=None)).subject
    assert shop.reveal(subject, ["phone"], purpose="account").fields == {"phone": None}


def test_the_longest_values_fit_and_longer_ones_are_refused(shop: Client) -> None:
    longest = "ß" * 5000
    subject = shop.store(person(note=longest)).subject
    assert subject.startswith("cus_")
    with pytest.raises(InvalidError) as caught:
        shop.store(person(note=longest + "x"))
    assert caught.value.field == "note"


def test_masks_show_no_more_than_they_say(plane: DataPlane, shop: Client, orders: Client) -> None:
    subject = shop.store(
        person(first_name="Grace", phone="+49 30 90182000", email="grace@navy.example")
    ).subject
    support, courier = plane.caller("support"), plane.caller("courier")
    ticket, shipment = (_fact(orders, kind, subject) for kind in ("ticket", "shipment"))
    asked = ["first_name", "email", "phone"]
    seen = support.reveal(subject, asked, purpose="support", fact=ticket)
    assert seen.fields == {"first_name": "Grace", "email": "navy.example", "phone": "•••2000"}
    seen = courier.reveal(subject, ["first_name", "phone"], purpose="deliver", fact=shipment)
    assert seen.fields == {"first_name": "G.", "phone": "•••2000"}


def test_a_customer_is_found_by_mail_phone_and_the_shops_own_id(shop: Client) -> None:
    own = f"shop-{number()}"
    fields = person(email="Ada.King@Example.COM", phone="030 90820000")
    subject = shop.store(fields, external=own).subject
    for mail in ("ada.king@example.com", "ADA.KING@EXAMPLE.COM", " Ada.King@example.com "):
        assert shop.search("email", mail, purpose="account").subject == subject
    assert shop.search("phone", "+49 30 90820000", purpose="account").subject == subject
    for reference in (f"external:{own}", "email:ada.king@EXAMPLE.com", "phone:+493090820000"):
        seen = shop.reveal(reference, ["city"], purpose="account")
        assert (seen.subject, seen.fields) == (subject, {"city": "London"})


def test_a_search_that_finds_nobody_says_so_and_is_entered(plane: DataPlane, shop: Client) -> None:
    missed = shop.search("email", "nobody.at.all@example.com", purpose="account")
    assert (missed.found, missed.subject) == (False, None)
    row = plane.operator().entries(missed.receipt.index, 1).entries[0]
    assert kind_of(row.leaf) == "record:searched"
    assert "nobody.at.all" not in (row.details or "")


def test_a_search_needs_a_purpose_and_an_index(shop: Client) -> None:
    with pytest.raises(DeniedError) as caught:
        shop.search("email", "ada@example.com")
    assert caught.value.reason == "purpose-missing"
    with pytest.raises(InvalidError) as unindexed:
        shop.search("city", "London", purpose="account")
    assert unindexed.value.field == "field"


def test_a_search_on_a_fact_finds_only_the_customer_of_that_fact(
    plane: DataPlane, shop: Client, orders: Client
) -> None:
    support = plane.caller("support", assurance=2)
    ada, bob = person(), person()
    subject, other = shop.store(ada).subject, shop.store(bob).subject
    ticket = _fact(orders, "ticket", subject)
    assert support.search("email", ada["email"], purpose="support", fact=ticket).subject == subject
    for mail in (bob["email"], "nobody@example.com"):
        with pytest.raises(DeniedError) as caught:
            support.search("email", mail, purpose="support", fact=ticket)
        assert caught.value.reason == "fact-foreign"
        assert other not in str(caught.value.detail)


def test_field_tokens_stand_in_columns_and_lead_back(plane: DataPlane, shop: Client) -> None:
    fields = person()
    stored = shop.store(fields, tokens=["email", "phone"])
    mail, phone = stored.tokens["email"], stored.tokens["phone"]
    assert mail.endswith("@token.invalid")
    assert phone.startswith("+999")
    for token in (mail, phone, stored.subject):
        seen = shop.reveal(token, ["email"], purpose="account")
        assert (seen.subject, seen.fields["email"]) == (stored.subject, fields["email"])
    details = plane.entry(plane.operator(), seen.receipt.index)
    assert details["subject"] == stored.subject


def test_a_new_token_of_a_field_ends_the_old_one(shop: Client) -> None:
    stored = shop.store(person(), tokens=["email"])
    changed = shop.update(stored.subject, {"email": person()["email"]}, tokens=["email"])
    assert changed.tokens["email"] != stored.tokens["email"]
    with pytest.raises(NotFoundError):
        shop.reveal(stored.tokens["email"], ["city"], purpose="account")
    seen = shop.reveal(changed.tokens["email"], ["city"], purpose="account")
    assert seen.subject == stored.subject
    shop.update(stored.subject, {"email": None})
    with pytest.raises(NotFoundError):
        shop.reveal(changed.tokens["email"], ["city"], purpose="account")


def test_only_fields_with_a_token_in_the_policy_get_one(shop: Client) -> None:
    for tokens in (["city"], ["phone"], ["shoe_size"]):
        with pytest.raises(InvalidError) as caught:
            shop.store(person(phone=None), tokens=tokens)
        assert caught.value.field == "tokens"


def test_an_update_changes_what_it_names_and_keeps_the_rest(shop: Client) -> None:
    fields = person()
    subject = shop.store(fields).subject
    changed = person()["email"]
    shop.update(subject, {"email": changed, "phone": None, "city": "Rome"})
    seen = shop.reveal(subject, CONTACT, purpose="account").fields
    assert seen == {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": changed,
        "phone": None,
        "city": "Rome",
    }
    assert not shop.search("email", fields["email"], purpose="account").found
    assert not shop.search("phone", fields["phone"], purpose="account").found
    assert shop.search("email", changed, purpose="account").subject == subject
    assert shop.store(person(email=fields["email"], phone=fields["phone"])).subject != subject


def test_an_update_seals_each_touched_class_under_a_new_key(plane: DataPlane, shop: Client) -> None:
    subject = shop.store(person()).subject
    before = _classes(plane)
    shop.update(subject, {"city": "Rome"})
    changed = [(key, row) for key, row in _classes(plane).items() if before[key] != row]
    (((whose, name), (version, wrapped, body)),) = changed
    old_version, old_wrapped, old_body = before[whose, name]
    assert name == "order"
    assert version == old_version + 1
    assert wrapped != old_wrapped
    assert _pieces(body).isdisjoint(_pieces(old_body))


def _classes(plane: DataPlane) -> dict[tuple[bytes, str], tuple[int, bytes, bytes]]:
    rows = sql(plane.place, "SELECT subject, class, version, wrapped, body FROM record")
    return {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}


def _pieces(body: bytes) -> set[bytes]:
    """Every 16 bytes of what is sealed; names of fields are shorter."""
    return {body[at : at + 16] for at in range(len(body) - 16)}


def test_half_an_update_never_happens(shop: Client) -> None:
    taken, fields = person(), person()
    shop.store(taken)
    subject = shop.store(fields).subject
    with pytest.raises(ConflictError) as caught:
        shop.update(subject, {"city": "Rome", "email": taken["email"]})
    assert (caught.value.reason, caught.value.field) == ("already-taken", "email")
    with pytest.raises(InvalidError):
        shop.update(subject, {"city": "Rome", "shoe_size": "47"})
    with pytest.raises(InvalidError):
        shop.update(subject, {"city": "Rome", "email": "no address"})
    seen = shop.reveal(subject, ["city", "email"], purpose="account").fields
    assert seen == {"city": "London", "email": fields["email"]}


def test_an_erased_customer_leaves_mail_and_id_free(shop: Client) -> None:
    fields, own = person(), f"shop-{number()}"
    stored = shop.store(fields, external=own, tokens=["email"])
    erased = shop.erase(stored.subject)
    assert erased.classes == ("account", "order")
    assert [one.name for one in erased.stays] == ["tax"]
    for reference in (f"external:{own}", f"email:{fields['email']}", stored.tokens["email"]):
        with pytest.raises(NotFoundError):
            shop.reveal(reference, ["city"], purpose="account")
    again = shop.store(fields, external=own)
    assert again.subject != stored.subject
    assert shop.search("email", fields["email"], purpose="account").subject == again.subject


def test_an_erasure_by_mail_names_the_customer(shop: Client) -> None:
    fields = person()
    stored = shop.store(fields)
    assert shop.erase(f"email:{fields['email']}").subject == stored.subject


def test_one_class_can_be_erased_and_written_again(shop: Client) -> None:
    fields = person()
    stored = shop.store(fields, tokens=["phone"])
    erased = shop.erase(stored.subject, classes=["account", "order"])
    assert erased.classes == ("account", "order")
    seen = shop.reveal(stored.subject, CONTACT, purpose="account").fields
    assert seen == dict.fromkeys(CONTACT)
    assert not shop.search("email", fields["email"], purpose="account").found
    with pytest.raises(NotFoundError):
        shop.reveal(stored.tokens["phone"], ["city"], purpose="account")
    assert shop.erase(stored.subject, classes=["account"]).classes == ()
    shop.update(stored.subject, {"email": fields["email"]})
    assert shop.search("email", fields["email"], purpose="account").subject == stored.subject


def test_a_class_that_the_policy_does_not_have_is_refused(shop: Client) -> None:
    subject = shop.store(person()).subject
    for classes in (["order", "_ledger"], ["shoes"], []):
        with pytest.raises(InvalidError):
            shop.erase(subject, classes=classes)
    assert shop.reveal(subject, ["city"], purpose="account").fields == {"city": "London"}


def test_of_two_stores_of_one_mail_at_once_exactly_one_wins(plane: DataPlane, shop: Client) -> None:
    auditor = plane.operator()
    for _ in range(5):
        mail = person()["email"]
        tries = [partial(shop.store, person(email=mail)) for _ in range(2)]
        answers = sorted(at_once(*tries), key=lambda one: isinstance(one, Exception))
        winner, loser = answers
        assert isinstance(winner, Stored)
        assert isinstance(loser, ConflictError)
        assert (loser.reason, loser.field) == ("already-taken", "email")
        assert shop.search("email", mail, purpose="account").subject == winner.subject
        assert plane.entry(auditor, winner.receipt.index)["decision"] == "permit"
        assert loser.receipt is not None
        row = auditor.entries(loser.receipt.index, 1).entries[0]
        assert kind_of(row.leaf) == "record:failed"
        assert json.loads(row.details or "")["reason"] == "already-taken"


def test_one_of_ten_customers_gets_the_shops_id(shop: Client) -> None:
    own = f"shop-{number()}"
    answers = at_once(*[partial(shop.store, person(), external=own) for _ in range(10)])
    errors = [one for one in answers if isinstance(one, Exception)]
    assert len(errors) == 9
    assert all(isinstance(one, ConflictError) and one.field == "external" for one in errors)


def test_a_mail_that_was_given_up_can_be_taken_over(shop: Client) -> None:
    ada, bob = person(), person()
    first, second = shop.store(ada).subject, shop.store(bob).subject
    third = person()["email"]
    shop.update(first, {"email": third})
    shop.update(second, {"email": ada["email"]})
    shop.update(first, {"email": bob["email"]})
    assert shop.search("email", ada["email"], purpose="account").subject == second
    assert shop.search("email", bob["email"], purpose="account").subject == first
