"""Invented customers: whole, and never two alike."""

from __future__ import annotations

import itertools

_numbers = itertools.count(1)


def person(**changes: str | None) -> dict[str, str]:
    """A customer's fields; mail and phone are new each time. None leaves a field out."""
    number = next(_numbers)
    fields: dict[str, str | None] = {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": f"ada.{number}@example.com",
        "phone": f"+4930{90_000_000 + number}",
        "company": "Analytical Engines",
        "address1": "12 St James's Square",
        "city": "London",
        "postcode": "SW1Y 4JH",
        "country": "GB",
        "note": "asked for a quiet delivery",
        "vat_id": "GB123456789",
    }
    return {name: value for name, value in (fields | changes).items() if value is not None}


def number() -> str:
    """A number that was not used before, for orders and the like."""
    return str(1000 + next(_numbers))
