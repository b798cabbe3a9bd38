"""What names of columns and tables suggest."""

from __future__ import annotations

import pytest

from shopward.sources.detect.kinds import Kind
from shopward.sources.detect.names import is_about_people, suggest


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("email", Kind.EMAIL),
        ("CustomerEmail", Kind.EMAIL),
        ("billing_email_address", Kind.EMAIL),
        ("E-Mail", Kind.EMAIL),
        ("telefon", Kind.PHONE),
        ("shippingPhoneNumber", Kind.PHONE),
        ("Vorname", Kind.FIRST_NAME),
        ("lastName", Kind.LAST_NAME),
        ("billing_address_1", Kind.STREET),
        ("PLZ", Kind.POSTCODE),
        ("date_of_birth", Kind.BIRTH_DATE),
        ("vat_id", Kind.VAT_ID),
        ("email_md5", Kind.MAIL_HASH),
        ("remote_addr", Kind.IP),
        ("user.http.remote_addr", Kind.IP),
        ("cvv", Kind.CARD_CODE),
        ("user_pass", Kind.PASSWORD),
        ("api_key", Kind.SECRET),
        ("delivery_instructions", Kind.NOTE),
    ],
)
def test_a_name_suggests_a_kind(name: str, kind: Kind) -> None:
    suggestion = suggest(name)

    assert suggestion is not None
    assert suggestion.kind is kind


@pytest.mark.parametrize(
    "name",
    ["email_verified", "is_email_confirmed", "password_changed_at", "phone_id", "address_id",
     "country_id", "num_emails", "email_template", "reference", "sku", "price", "quantity", "id"],
)  # fmt: skip
def test_a_name_about_a_value_suggests_nothing(name: str) -> None:
    assert suggest(name) is None


@pytest.mark.parametrize(
    ("table", "expected"),
    [("auth_user", True), ("wp_users", True), ("order_shippingaddress", True),
     ("catalogue_category", False), ("catalogue_product", False), ("django_migrations", False),
     ("kunden", True), ("order_ordernote", True), ("offer_range", False)],
)  # fmt: skip
def test_a_table_is_about_people_by_its_name(table: str, *, expected: bool) -> None:
    assert is_about_people(table, ()) is expected


def test_a_table_is_about_people_by_two_columns_that_only_people_have() -> None:
    assert is_about_people("t17", ("id", "email", "lastname"))
    assert not is_about_people("t17", ("id", "email"))
