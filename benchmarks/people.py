"""Invented customers: ten fields, made from a number, never the same mail or phone twice."""

from __future__ import annotations

FIRST = ("Ada", "Björn", "Chloé", "Dilan", "Eva", "Farid", "Greta", "Hana", "Ilse", "João")
LAST = ("Abel", "Brandt", "Çelik", "Dvořák", "Engel", "Ferrari", "Gruber", "Hansen", "Ito")
CITIES = ("Aachen", "Bremen", "Chemnitz", "Dortmund", "Essen", "Freiburg", "Görlitz")


def person(number: int) -> dict[str, str]:
    """The ten fields of one invented customer.

    Args:
        number: Below 10^8, the room of the eight digits after the phone's prefix.
    """
    return {
        "first_name": FIRST[number % len(FIRST)],
        "last_name": LAST[number % len(LAST)],
        "email": f"customer{number:08d}@example.com",
        "phone": f"+49151{number:08d}",
        "company": f"Example {number % 997} GmbH",
        "address1": f"Beispielweg {number % 251}",
        "city": CITIES[number % len(CITIES)],
        "postcode": f"{10000 + number % 80000}",
        "country": "DE",
        "note": f"Leave parcel {number % 89} with the neighbour on the ground floor.",
    }
