"""Shopify's customer export, recognised by its header, now and as it was.

The current header:

    Customer ID, First Name, Last Name, Email, Accepts Email Marketing, Default Address Company,
    Default Address Address1, Default Address Address2, Default Address City, Default Address
    Province Code, Default Address Country Code, Default Address Zip, Default Address Phone, Phone,
    Accepts SMS Marketing, Total Spent, Total Orders, Note, Tax Exempt, Tags

Before, there was no id, the address columns had no prefix (Company, Address1, … Zip), province and
country had a name and a code column, and consent was `Accepts Marketing`. Files are UTF-8. Shopify
writes an apostrophe before ids, phone numbers and postcodes, so that a spreadsheet keeps them as
text; it is dropped. A number in `Default Address Phone` often has no country code: the row's
country supplies it. It does not read the file (`rows`).

Source: https://help.shopify.com/en/manual/customers/import-export-customers and, for the older
columns, https://help.shopify.com/en/manual/migrating-to-shopify/transporter-app/csv-customers
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from shopward.sources.mapping import FieldMap, Take

HEADER: Final = (
    "Customer ID",
    "First Name",
    "Last Name",
    "Email",
    "Accepts Email Marketing",
    "Default Address Company",
    "Default Address Address1",
    "Default Address Address2",
    "Default Address City",
    "Default Address Province Code",
    "Default Address Country Code",
    "Default Address Zip",
    "Default Address Phone",
    "Phone",
    "Accepts SMS Marketing",
    "Total Spent",
    "Total Orders",
    "Note",
    "Tax Exempt",
    "Tags",
)
_EXTERNAL: Final = ("Customer ID", "ID")
_COUNTRY_CODE: Final = ("Default Address Country Code", "Country Code")
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "first_name": ("First Name",),
        "last_name": ("Last Name",),
        "email": ("Email",),
        "phone": ("Phone", "Default Address Phone"),
        "company": ("Default Address Company", "Company"),
        "address1": ("Default Address Address1", "Address1"),
        "address2": ("Default Address Address2", "Address2"),
        "city": ("Default Address City", "City"),
        "province": ("Default Address Province Code", "Province Code", "Province"),
        "country": (*_COUNTRY_CODE, "Country"),
        "postcode": ("Default Address Zip", "Zip"),
        "accepts_marketing": ("Accepts Email Marketing", "Accepts Marketing"),
        "tags": ("Tags",),
        "note": ("Note",),
    }
)
_NEEDED: Final = ("First Name", "Last Name", "Email")
_MARKS: Final = (
    "Accepts Email Marketing",
    "Accepts Marketing",
    "Accepts SMS Marketing",
    "Total Spent",
    "Total Orders",
    "Tax Exempt",
)
_FIELDS_WITH_APOSTROPHE: Final = frozenset({"phone", "postcode"})


def recognise(header: tuple[str, ...]) -> FieldMap | None:
    """The mapping for a Shopify customer export's header, or None for any other file."""
    found = {name.casefold(): name for name in reversed(header)}
    if not all(name.casefold() in found for name in _NEEDED):
        return None
    if sum(name.casefold() in found for name in _MARKS) < 2:
        return None
    takes = {field: _take(field, _present(names, found)) for field, names in _COLUMNS.items()}
    external = _present(_EXTERNAL, found)
    country = _present(_COUNTRY_CODE, found)
    return FieldMap(
        MappingProxyType({field: take for field, take in takes.items() if take.columns}),
        Take(external[:1], required=True, drop_apostrophe=True) if external else None,
        region_column=country[0] if country else None,
    )


def _present(names: tuple[str, ...], found: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(found[name.casefold()] for name in names if name.casefold() in found)


def _take(field: str, columns: tuple[str, ...]) -> Take:
    drop = field in _FIELDS_WITH_APOSTROPHE
    return Take(columns, drop_apostrophe=drop, phone=field == "phone")
