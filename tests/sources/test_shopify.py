from __future__ import annotations

import pytest

from shopward.sources import Item, batches, understand
from shopward.sources.shopify import HEADER, recognise
from tests.sources.conftest import Write

OLD = (
    "First Name,Last Name,Email,Company,Address1,Address2,City,Province,Province Code,Country,"
    "Country Code,Zip,Phone,Accepts Marketing,Total Spent,Total Orders,Tags,Note,Tax Exempt"
)
EVERY = [
    *("first_name", "last_name", "email", "phone", "company", "address1", "address2", "city"),
    *("province", "country", "postcode", "accepts_marketing", "tags", "note"),
]


def one(write: Write, header: str, row: str) -> Item:
    plan = understand(write(f"{header}\n{row}\n"), None, EVERY)
    return next(batches(plan, 0, 10)).items[0]


def test_the_current_header_fills_every_field() -> None:
    mapping = recognise(HEADER)
    assert mapping is not None
    assert list(mapping.fields) == EVERY
    assert mapping.external is not None
    assert mapping.external.columns == ("Customer ID",)


def test_a_current_row(write: Write) -> None:
    row = (
        "'7210448301122,Aldeva,Ashquill,a@example.com,yes,Heron & Loom,1 Tanager Way,,Mapleford,"
        'WA,US,\'00012,(202) 555-0143,,no,7.00,1,A note.,no,"b2b, vip"'
    )
    item = one(write, ",".join(HEADER), row)
    assert item.external == "7210448301122"
    assert item.fields == {
        "first_name": "Aldeva",
        "last_name": "Ashquill",
        "email": "a@example.com",
        "phone": "+12025550143",
        "company": "Heron & Loom",
        "address1": "1 Tanager Way",
        "city": "Mapleford",
        "province": "WA",
        "country": "US",
        "postcode": "00012",
        "accepts_marketing": "yes",
        "tags": "b2b, vip",
        "note": "A note.",
    }


def test_an_older_row(write: Write) -> None:
    address = "Dimfors,Bohuslän,O,Sweden,SE,000 12,'+46313900600"
    row = f",'t Vogelzand,b@example.net,,,,{address},no,0,0,,,no"
    item = one(write, OLD, row)
    assert item.external is None
    assert item.fields == {
        "last_name": "'t Vogelzand",
        "email": "b@example.net",
        "phone": "+46313900600",
        "city": "Dimfors",
        "province": "O",
        "country": "SE",
        "postcode": "000 12",
        "accepts_marketing": "no",
    }


def test_without_an_id_column_the_plan_warns(write: Write) -> None:
    plan = understand(write(f"{OLD}\nA,B,{',' * 16}\n"), None, EVERY)
    assert any("no external id" in warning for warning in plan.warnings)


def test_the_customers_own_number_comes_before_the_addresss(write: Write) -> None:
    cells = dict.fromkeys(HEADER, "") | {"Customer ID": "1", "Phone": "'+442079460001"}
    cells["Default Address Phone"] = "'+442079460002"
    item = one(write, ",".join(HEADER), ",".join(cells.values()))
    assert item.fields == {"phone": "+442079460001"}


@pytest.mark.parametrize(
    "header",
    ["id,name,mail", "First Name,Last Name,Email", "Email,Total Spent,Tax Exempt,Tags", ""],
)
def test_another_header_is_not_recognised(header: str) -> None:
    assert recognise(tuple(header.split(","))) is None


def test_the_case_of_a_header_does_not_matter() -> None:
    mapping = recognise(tuple(name.upper() for name in HEADER))
    assert mapping is not None
    assert mapping.fields["email"].columns == ("EMAIL",)
