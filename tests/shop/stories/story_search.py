"""Filters, the admin's pages, fixtures and migrations of a protected shop."""

from __future__ import annotations

import io
import json
import os

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.forms import modelform_factory

from shopward_client import ConflictError
from shopward_client.django import page
from tests.shop.bookshop.models import Address, Customer
from tests.shop.database import columns


@pytest.fixture
def name() -> str:
    """A name nobody has had before in this vault."""
    return "Q" + os.urandom(5).hex()


@pytest.fixture
def two(name):
    for number, last in enumerate((f"{name}son", f"Mc{name}")):
        Customer.objects.create(
            email=f"{number}.{name}@example.com", first_name=f"F{number}", last_name=last
        )
    page.begin()
    return Customer.objects.order_by("pk")


def found(**asked) -> list[str]:
    return [str(one) for one in Customer.objects.filter(**asked).order_by("pk")]


def test_each_lookup_finds_whom_it_should(two, name):
    one, both = [f"F0 {name}son"], [f"F0 {name}son", f"F1 Mc{name}"]
    assert found(email=f"0.{name}@example.com") == one
    assert found(email__iexact=f"0.{name.upper()}@Example.com") == one
    assert found(last_name__iexact=f"{name}SON") == one
    assert found(last_name__in=[f"{name}son", f"mc{name}", "nobody"]) == both
    assert found(last_name__startswith=name[:4]) == one
    assert found(last_name__istartswith=name[:4].lower()) == one
    assert found(last_name__icontains=name[2:8]) == both
    assert found(email__icontains=name[1:7]) == both
    assert found(last_name__icontains="nobody here") == []
    assert found(last_name__icontains="x") == []
    assert found(email="no address") == []


def test_filters_join_and_negate(two, name):
    Address.objects.create(customer=two[0], line1="Here", postcode="1")
    rows = Address.objects.filter(customer__last_name__istartswith=name)
    assert [one.line1 for one in rows] == ["Here"]
    left = Customer.objects.exclude(last_name__icontains=name[2:8])
    assert not left.exists()
    assert Customer.objects.filter(first_name__isnull=False).count() == 2
    assert Customer.objects.filter(first_name="").count() == 0
    Customer.objects.create(email=f"2.{name}@example.com", last_name="Blank")
    assert Customer.objects.filter(first_name="").count() == 1


def test_a_search_is_asked_once_for_a_page_and_again_after_a_save(two, name, calls):
    rows = Customer.objects.filter(last_name__istartswith=name)
    assert rows.count() == len(rows) == 1
    assert calls["/v1/find"] == 1
    two[1].delete()
    late = two[0]
    late.last_name = f"Else{name}"
    late.save()
    assert not Customer.objects.filter(last_name__istartswith=name).exists()


def test_what_the_policy_does_not_index_is_refused(two):
    with pytest.raises(ConflictError):
        list(Address.objects.filter(line1__icontains="street"))


def test_the_admin_lists_searches_edits_and_deletes(two, name, client):
    client.force_login(User.objects.create_superuser("root", "root@example.com", "x"))
    listed = client.get("/admin/bookshop/customer/").content.decode()
    assert f"{name}son" in listed
    hit = client.get(f"/admin/bookshop/customer/?q={name}son").content.decode()
    assert f"{name}son" in hit
    assert f"Mc{name}" not in hit
    pk = two[0].pk
    form = client.get(f"/admin/bookshop/customer/{pk}/change/").content.decode()
    assert f'value="{name}son"' in form
    sent = {"email": f"0.{name}@example.com", "first_name": "New", "last_name": f"{name}son"}
    answer = client.post(f"/admin/bookshop/customer/{pk}/change/", sent | {"likes": "book"})
    assert answer.status_code == 302
    page.begin()
    assert Customer.objects.get(pk=pk).first_name == "New"
    assert not any("New" in str(row) for row in columns("bookshop_customer", "first_name"))
    client.post(f"/admin/bookshop/customer/{pk}/delete/", {"post": "yes"})
    assert Customer.objects.count() == 1


def test_forms_check_what_the_plain_fields_check(two, name):
    form_class = modelform_factory(Customer, fields=["email", "first_name", "last_name", "likes"])
    taken = {"email": f"0.{name}@example.com", "last_name": "X"}
    assert "already exists" in str(form_class(taken).errors["email"])
    assert "20 characters" in str(form_class(taken | {"first_name": "x" * 21}).errors)
    assert form_class({"email": "no", "last_name": "x"}).errors.keys() == {"email"}
    same = form_class(taken | {"last_name": "Same"}, instance=two[0])
    assert same.is_valid(), same.errors
    assert same.save().last_name == "Same"


def test_dumpdata_writes_tokens_and_loaddata_takes_them(two, name, calls, tmp_path):
    written = io.StringIO()
    call_command("dumpdata", "bookshop", stdout=written)
    assert name not in written.getvalue()
    assert calls["/v1/reveal/batch"] == 0
    before = columns("bookshop_customer", "id", "email", "last_name")
    assert json.loads(written.getvalue())[0]["fields"]["email"] == before[0][1]
    (tmp_path / "all.json").write_text(written.getvalue())
    Customer.objects.all()._raw_delete("default")
    call_command("loaddata", str(tmp_path / "all.json"), verbosity=0)
    assert columns("bookshop_customer", "id", "email", "last_name") == before
    page.begin()
    assert found(last_name__istartswith=name) == [f"F0 {name}son"]


def test_there_is_nothing_to_migrate():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
    call_command("check", fail_level="WARNING")
