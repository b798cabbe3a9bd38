"""Rows of a protected shop: read, saved, copied, deleted."""

from __future__ import annotations

import copy
import gc
import pickle
from collections import Counter

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, transaction
from django.db.models import F

from shopward_client import (
    ErasedError,
    InvalidError,
    NotFoundError,
    ShopwardError,
    UnreachableError,
    purpose,
)
from shopward_client.django import conf, page, tokens, unsure
from tests.shop.bookshop.models import Address, Customer
from tests.shop.database import columns


def token_of(row: object) -> str:
    return next(iter(row._state.shopward.values())).token


def is_in_vault(token: str) -> bool:
    try:
        conf.client().reveal(token, ["last_name"], purpose="account")
    except (ErasedError, NotFoundError):
        return False
    return True


def test_columns_hold_tokens_and_attributes_give_text(ada):
    [(email, first, last)] = columns("bookshop_customer", "email", "first_name", "last_name")
    assert tokens.token_in(email) == tokens.token_in(first) == tokens.token_in(last)
    assert email.endswith("@customer.invalid")
    assert ada.first_name == "Ada"
    assert type(ada.first_name) is str
    assert str(ada).startswith("Ada Lovelace")


def test_a_row_is_one_call_to_save_and_one_to_read(calls, ada):
    assert calls["/v1/records"] == 2
    assert all([ada.email, ada.first_name, ada.last_name])
    assert calls["/v1/reveal/batch"] == 1


def test_saving_what_did_not_change_asks_nothing(ada, calls):
    assert ada.first_name
    ada.first_name = "Ada"
    ada.save()
    ada.save(update_fields=["likes"])
    assert calls["/v1/update"] == calls["/v1/records"] == 0


def test_a_change_keeps_the_token(ada):
    before = columns("bookshop_customer", "email", "first_name")
    ada.first_name = "Augusta"
    ada.save()
    assert columns("bookshop_customer", "email", "first_name") == before
    page.begin()
    assert Customer.objects.get().first_name == "Augusta"


def test_what_was_loaded_reads_as_it_was_when_it_was_loaded(ada):
    earlier = Customer.objects.get()
    ada.first_name = "Augusta"
    ada.save()
    assert earlier.first_name == "Ada"


def test_update_fields_leaves_the_others_as_they_are(ada):
    ada.first_name, ada.last_name = "Augusta", "Byron"
    ada.save(update_fields=["first_name"])
    again = Customer.objects.get()
    assert again.first_name == "Augusta"
    assert again.last_name.startswith("Lovelace")


def test_blank_text_and_null_stay_what_they_are(ada):
    ada.first_name = ""
    ada.save()
    assert columns("bookshop_customer", "first_name") == [("",)]
    assert columns("bookshop_address", "note") == [(None,)]
    address = Address.objects.get()
    address.note = "ring twice"
    address.save()
    [(line1, note)] = columns("bookshop_address", "line1", "note")
    assert tokens.token_in(line1) == tokens.token_in(note)
    ada.first_name = "Ada"
    ada.save()
    assert Customer.objects.get().first_name == "Ada"


def test_a_field_that_converts_goes_on_converting(ada):
    address = Address.objects.get()
    assert address.postcode == "SW1Y 4JH"
    address.postcode = "ec1a 1bb"
    assert address.postcode == "EC1A 1BB"
    address.full_clean()
    address.save()
    page.begin()
    assert Address.objects.get().postcode == "EC1A 1BB"


def test_code_that_reads_beneath_the_attributes_works(ada):
    address = Address.objects.get()
    address.full_clean()
    address.save()
    assert Address.objects.get().line1 == "12 St James's Square"


def test_twenty_rows_and_what_belongs_to_them_are_one_call(calls):
    for number in range(20):
        made = Customer.objects.create(
            email=f"{number}-{id(calls)}@example.com", first_name="Grace", last_name=f"H{number:02}"
        )
        Address.objects.create(customer=made, line1=f"{number} Harbour Road")
    page.begin()
    calls.clear()
    rows = list(Customer.objects.prefetch_related("address_set"))
    assert calls == Counter()
    shown = [(one.last_name, one.email, one.address_set.all()[0].line1) for one in rows]
    assert len(set(shown)) == 20
    assert calls == {"/v1/reveal/batch": 1}


def test_what_nobody_holds_any_more_is_not_revealed(ada, calls):
    other = Customer.objects.create(email=f"b{id(calls)}@example.com", last_name="Babbage")
    page.begin()
    pk, token = other.pk, token_of(other)
    del other
    loaded = Customer.objects.get(pk=pk)
    kept = Customer.objects.get(pk=ada.pk)
    del loaded
    gc.collect()
    waiting = [one() for one in page.page().values if one() is not None]
    assert token not in {one.token for one in waiting}
    assert kept.first_name == "Ada"


def test_deferred_columns_are_loaded_without_a_look(ada, calls):
    few = Customer.objects.only("likes").get()
    page.begin()
    few.likes = "book"
    few.save()
    few.first_name = "Augusta"
    few.save()
    assert calls["/v1/reveal/batch"] == 0
    assert calls["/v1/update"] == 1
    page.begin()
    again = Customer.objects.only("pk").get()
    assert again.first_name == "Augusta"
    again.refresh_from_db()
    again.save()
    assert calls["/v1/update"] == 1


def test_values_and_values_list_give_what_prints(ada):
    [(email,)] = Customer.objects.values_list("email")
    assert str(email).startswith("ada-")
    assert f"{Customer.objects.values('first_name')[0]['first_name']}" == "Ada"


def test_a_copied_row_has_a_customer_of_its_own(ada):
    token = token_of(ada)
    address = Address.objects.get()
    first = token_of(address)
    address.pk = None
    address.line1 = "1 Ockham Park"
    address.save()
    assert token_of(address) not in {first, token}
    page.begin()
    assert sorted(Address.objects.values_list("line1", flat=True).order_by("pk"), key=str)
    one, two = Address.objects.order_by("pk")
    assert (one.line1, two.line1) == ("12 St James's Square", "1 Ockham Park")
    assert two.postcode == "SW1Y 4JH"


def test_bulk_create_keeps_every_row(ada):
    made = [Address(customer=ada, line1=f"{number} Mill Lane") for number in range(3)]
    Address.objects.bulk_create(made)
    page.begin()
    lines = [one.line1 for one in Address.objects.order_by("pk")]
    assert lines[1:] == ["0 Mill Lane", "1 Mill Lane", "2 Mill Lane"]
    assert not [line for (line,) in columns("bookshop_address", "line1") if "Mill" in line]


def test_a_rows_customer_is_erased_with_it(ada):
    token, address = token_of(ada), token_of(Address.objects.get())
    Customer.objects.all().delete()
    assert not is_in_vault(token)
    with pytest.raises(ErasedError):
        conf.client().reveal(address, ["line1"], purpose="account")


def test_a_delete_that_is_rolled_back_erases_nobody(ada):
    token = token_of(ada)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        ada.delete()
        raise ZeroDivisionError
    assert is_in_vault(token)
    assert Customer.objects.get().first_name == "Ada"


def test_who_was_stored_and_rolled_back_is_erased(ada):
    def fail() -> str:
        with transaction.atomic():
            made = Customer.objects.create(email=f"x{id(ada)}@example.com", last_name="Gone")
            token = token_of(made)
            transaction.set_rollback(True)
            return token

    token = fail()
    gc.collect()
    assert is_in_vault(token)
    unsure.sweep()
    assert not is_in_vault(token)
    Customer.objects.create(email=f"x{id(ada)}@example.com", last_name="There")


def test_who_is_saved_after_a_savepoint_failed_is_not_erased(ada):
    made = Customer(email=f"y{id(ada)}@example.com", last_name="Second try")
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            made.save()
            raise ZeroDivisionError
        made.pk, made._state.adding = None, True
        made.save()
    pk = made.pk
    del made
    gc.collect()
    unsure.sweep()
    page.begin()
    assert Customer.objects.get(pk=pk).last_name == "Second try"


def test_a_value_that_is_unique_stays_unique(ada):
    with pytest.raises(IntegrityError):
        Customer.objects.create(email=ada.email.upper(), last_name="Twin")
    assert Customer.objects.count() == 1
    twin = Customer(email=ada.email, last_name="Twin")
    with pytest.raises(Exception, match="already exists"):
        twin.full_clean()


def test_texts_that_name_no_row_are_refused(ada):
    with pytest.raises(InvalidError):
        Customer.objects.update(first_name="Everybody")
    ada.first_name = "Augusta"
    with pytest.raises(InvalidError):
        Customer.objects.bulk_update([ada], ["first_name"])
    assert Customer.objects.update(likes="game", first_name="") == 1


def test_a_token_that_somebody_types_is_a_text(ada):
    other = Customer.objects.create(email=f"z{id(ada)}@example.com", last_name="Mallory")
    other.first_name = token_of(ada)
    other.save()
    page.begin()
    again = Customer.objects.get(pk=other.pk)
    assert again.first_name == token_of(ada)
    assert not Customer.objects.filter(last_name=token_of(ada)).exists()


def test_copies_and_pickles_are_without_values(ada):
    assert ada.first_name == "Ada"
    assert b"Ada" not in pickle.dumps(ada)
    assert pickle.loads(pickle.dumps(ada)).first_name == "Ada"
    assert copy.deepcopy(ada).first_name == "Ada"
    assert "Ada" not in repr(ada.__dict__["first_name"])


def test_the_purpose_of_the_block_is_the_one_that_is_named(ada):
    with purpose("nothing-we-know"):
        assert ada.first_name == conf.PLACEHOLDER
    page.begin()
    assert Customer.objects.get().first_name == "Ada"


def test_a_text_is_compared_with_texts_alone(ada):
    for wrong in (
        {"last_name__regex": "L"},
        {"last_name__gt": "L"},
        {"last_name": F("first_name")},
    ):
        with pytest.raises(FieldError):
            list(Customer.objects.filter(**wrong))


def test_a_page_without_the_vault_shows_placeholders(ada, away, client):
    answer = client.get("/customers/")
    assert answer.status_code == 200
    assert answer.content.decode().count(conf.PLACEHOLDER) == 4


def test_code_that_needs_values_says_so(ada, away):
    with page.strict(), pytest.raises(UnreachableError):
        assert ada.first_name


def test_without_the_vault_nothing_is_saved_and_nothing_lost(ada, away):
    before = columns("bookshop_customer", "email", "first_name", "last_name")
    ada.first_name = "Augusta"
    with pytest.raises(UnreachableError):
        ada.save()
    with pytest.raises(UnreachableError):
        Customer.objects.create(email="new@example.com", last_name="New")
    again = Customer.objects.get()
    again.last_name = again.last_name
    with pytest.raises(ShopwardError):
        again.save()
    assert columns("bookshop_customer", "email", "first_name", "last_name") == before


def test_a_placeholder_is_never_saved_over_a_value(ada):
    ada.first_name = conf.PLACEHOLDER
    with pytest.raises(InvalidError, match="shown in place"):
        ada.save()
    with pytest.raises(Exception, match="not shown"):
        ada.full_clean()


def test_a_search_without_the_vault_is_answered_503(ada, away, client):
    answer = client.get("/customers/?name=love")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "10"
