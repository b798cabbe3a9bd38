"""`fill.py FILE`: a few books, a country, and one member of staff, whose password goes to FILE."""

from __future__ import annotations

import os
import secrets
import sys
from decimal import Decimal
from pathlib import Path

import django

BOOKS = (
    ("A Pattern Language", "38.00"),
    ("The Mythical Man-Month", "24.50"),
    ("Invisible Cities", "11.90"),
    ("The Code Book", "14.00"),
    ("Sketch of the Analytical Engine", "9.50"),
    ("The Left Hand of Darkness", "10.90"),
)


def fill(password_file: Path) -> None:
    """Fill an empty shop."""
    from django.contrib.auth.models import User  # noqa: PLC0415 - Django is set up now
    from oscar.core.loading import get_model  # noqa: PLC0415 - as above

    country = get_model("address", "Country")
    for code, name in (("GB", "United Kingdom"), ("DE", "Germany"), ("NL", "Netherlands")):
        country.objects.get_or_create(
            iso_3166_1_a2=code,
            defaults={"name": name, "printable_name": name, "is_shipping_country": True},
        )
    kind, _ = get_model("catalogue", "ProductClass").objects.get_or_create(name="Book")
    partner, _ = get_model("partner", "Partner").objects.get_or_create(name="Warehouse")
    for number, (title, price) in enumerate(BOOKS):
        book, _ = get_model("catalogue", "Product").objects.get_or_create(
            upc=f"book-{number}", defaults={"title": title, "product_class": kind}
        )
        get_model("partner", "StockRecord").objects.get_or_create(
            product=book,
            partner=partner,
            defaults={
                "partner_sku": f"sku-{number}",
                "price": Decimal(price),
                "price_currency": "EUR",
                "num_in_stock": 1_000,
            },
        )
    password = secrets.token_urlsafe(12)
    User.objects.create_superuser("staff", "staff@oscar.example", password)
    password_file.touch(mode=0o600)
    password_file.write_text(password + "\n", "utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "examples.oscar_shop.settings")
    django.setup()
    fill(Path(sys.argv[1]))
