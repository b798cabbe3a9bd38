"""Exports of shop software, in the shapes that its own sources and tests write.

The headers and rows of Magento are of magento/magento2, in its folder
dev/tests/integration/testsuite/Magento/CustomerImportExport/Model/Import/_files; those of
PrestaShop of PrestaShop/PrestaShop, docs/csv_import; WooCommerce's header is what
`get_export_columns` of its Reports/Customers/Controller.php lists. Names in them were replaced.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from shopward.errors import InvalidError
from shopward.sources import Item, Plan, Reject, batches, understand
from shopward.sources.exports import EXPORTS, find
from tests.sources.conftest import Write

EVERY = [
    *("first_name", "last_name", "email", "phone", "company", "address1", "address2", "city"),
    *("province", "country", "postcode", "accepts_marketing", "vat_id"),
]
WOO = (
    "Name,Username,Last Active,Sign Up,Email,Orders,Total Spend,AOV,Country / Region,City,Region,"
    "Postal Code,Billing Phone,Shipping Phone,Role"
)
MAGENTO = (
    "email,_website,_store,confirmation,created_at,created_in,disable_auto_group_change,dob,"
    "firstname,gender,group_id,lastname,middlename,password_hash,prefix,rp_token,"
    "rp_token_created_at,store_id,suffix,taxvat,website_id,password"
)
MAGENTO_ADDRESS = (
    "_address_city,_address_company,_address_country_id,_address_fax,_address_firstname,"
    "_address_lastname,_address_middlename,_address_postcode,_address_prefix,_address_region,"
    "_address_street,_address_suffix,_address_telephone,_address_vat_id,"
    "_address_default_billing_,_address_default_shipping_"
)
MAGENTO_ADDRESSES = (
    '"_website","_email","_entity_id","city","company","country_id","fax","firstname","lastname",'
    '"middlename","postcode","prefix","region","region_id","street","suffix","telephone","vat_id",'
    '"vat_is_valid","vat_request_date","vat_request_id","vat_request_success",'
    '"_address_default_billing_","_address_default_shipping_"'
)
PRESTA = (
    "Customer ID;Active (0/1);Titles ID (Mr = 1, Ms = 2, else 0);Email *;Password *;"
    "Birthday (yyyy-mm-dd);Last Name *;First Name *;Newsletter (0/1);Opt-in (0/1);"
    "Registration date (yyyy-mm-dd);Groups (x,y,z...);Default group ID"
)
PRESTA_ADDRESSES = (
    "Address ID;Alias*;Active (0/1);Customer e-mail*;Customer ID;Manufacturer;Supplier;Company;"
    "Lastname*;Firstname*;Address 1*;Address 2;Zipcode*;City*;Country*;State;Other;Phone;"
    "Mobile Phone;VAT number;DNI"
)


def customer(mail: str, first: str, website: str = "base") -> str:
    return f"{mail},{website},admin,,,Admin,0,,{first},Male,1,Nealy,A.,6a9c:RF,,,,0,,,1,"


def read(plan: Plan) -> tuple[list[Item], list[Reject]]:
    every = list(batches(plan, 0, 2))
    return [i for one in every for i in one.items], [r for one in every for r in one.rejects]


def test_a_woocommerce_report_row(write: Write) -> None:
    row = (
        "Ada Nealy,ada,2026-05-06 15:53:00,2026-05-06,ada@example.com,2,40.00,20.00,US,"
        "Fayetteville,AR,72701,(479) 555-0149,,customer"
    )
    plan = understand(write(f"\ufeff{WOO}\n{row}\n"), None, EVERY)
    assert plan.kind == "WooCommerce customer report"
    assert any("goes whole into last_name" in each for each in plan.warnings)
    (item,), _ = read(plan)
    assert item.external is None
    assert item.fields == {
        "last_name": "Ada Nealy",
        "email": "ada@example.com",
        "phone": "+14795550149",
        "city": "Fayetteville",
        "province": "AR",
        "country": "US",
        "postcode": "72701",
    }


def test_an_older_woocommerce_report_has_no_phones(write: Write) -> None:
    header = WOO.removesuffix(",Billing Phone,Shipping Phone,Role")
    row = "Ada Nealy,,,,ada@example.com,0,0,0,SE,Umeå,,907 02"
    plan = understand(write(f"{header}\n{row}\n", encoding="cp1252"), None, EVERY)
    (item,), _ = read(plan)
    assert item.fields["city"] == "Umeå"


def test_a_customer_of_the_webtoffee_plug_in(write: Write) -> None:
    header = (
        "ID,customer_id,user_login,user_pass,user_nicename,user_email,user_url,user_registered,"
        "first_name,last_name,roles,session_tokens,billing_first_name,billing_email,billing_phone,"
        "billing_address_1,billing_city,billing_country,shipping_city"
    )
    row = (
        "17,,ada,$P$Bsecret,ada,ada@example.com,,2026-05-06,,Nealy,customer,{},Ada,,030 23125001,"
        "Kranichstr. 3,,DE,Süßhafen"
    )
    plan = understand(write(f"{header}\n{row}\n"), None, EVERY)
    (item,), _ = read(plan)
    assert item.external == "17"
    assert item.fields == {
        "first_name": "Ada",
        "last_name": "Nealy",
        "email": "ada@example.com",
        "phone": "+493023125001",
        "address1": "Kranichstr. 3",
        "city": "Süßhafen",
        "country": "DE",
    }


def test_a_magento_customer_alone_has_no_address(write: Write) -> None:
    plan = understand(write(f"{MAGENTO}\n{customer('a@example.com', 'Anthony')}\n"), None, EVERY)
    assert plan.kind == "Magento customer export"
    (item,), _ = read(plan)
    assert item.fields == {
        "first_name": "Anthony",
        "last_name": "Nealy",
        "email": "a@example.com",
    }


def test_the_rows_of_a_magento_composite_become_one_customer_each(write: Write) -> None:
    first = (
        "Fayetteville,,US,,Anthony,Nealy,,72701,,Arkansas,3176 Cambridge Court,,479-555-0149,,1,"
    )
    second = "Irvine,Heron & Loom,US,,Anthony,Nealy,,92664,,California,4709 Pleasant,,,,,1"
    third = "Nowhere,,DE,,,,,00001,,,Gasse 1,,,,,"
    bare = "," * 15
    data = [
        f"{MAGENTO},{MAGENTO_ADDRESS}",
        f"{customer('a@example.com', 'Anthony')},{first}",
        f"{',' * 21},{second}",
        f"{',' * 21},{third}",
        f"{customer('b@example.com', 'Lori')},{bare}",
        f"{',' * 21},{third}",
        f"{customer('c@example.com', 'Kelly')},{bare}",
    ]
    plan = understand(write("\n".join(data) + "\n"), None, EVERY)
    assert (plan.rows, plan.counted) == (3, True)
    items, rejects = read(plan)
    assert not rejects
    assert [item.line for item in items] == [2, 5, 7]
    assert items[0].fields["city"] == "Irvine"
    assert items[0].fields["company"] == "Heron & Loom"
    assert "phone" not in items[0].fields
    assert items[1].fields["city"] == "Nowhere"
    assert "city" not in items[2].fields


def test_an_address_without_a_customer_is_rejected(write: Write) -> None:
    third = "Nowhere,,DE,,,,,00001,,,Gasse 1,,,,,"
    data = [
        f"{MAGENTO},{MAGENTO_ADDRESS}",
        f"{',' * 21},{third}",
        "broken",
        f"{',' * 21},{third}",
        f"{customer('a@example.com', 'Ada')},{third}",
    ]
    items, rejects = read(understand(write("\n".join(data) + "\n"), None, EVERY))
    assert [item.line for item in items] == [5]
    assert [(one.line, one.reason) for one in rejects] == [
        (2, "no-customer-above"),
        (3, "wrong-column-count"),
        (4, "no-customer-above"),
    ]


def addresses_of(*rows: str) -> str:
    return "\r\n".join((MAGENTO_ADDRESSES, *rows)) + "\r\n"


def address(mail: str, city: str, marks: str = ",", website: str = "base") -> str:
    who, what = f'"{website}","{mail}",1,"{city}"', ',"FR",,"J","S",,36400,,"X",7,"1 Rue\n2e"'
    return f'{who},{what},,"1",,,,,,{marks}'


def test_magentos_customers_and_their_addresses_are_joined(write: Write) -> None:
    main = [customer("a@example.com", "Ann"), customer("b@example.com", "Ben")]
    main += [customer("a@example.com", "Other", "two"), customer("z@example.com", "Zoe")]
    path = write("\n".join([MAGENTO, *main]) + "\n")
    other = write(
        addresses_of(
            address("b@example.com", "First"),
            address("A@Example.com", "Wien"),
            address("b@example.com", "Bill", "1,"),
            '"base","broken"',
            address("a@example.com", "Two", ",1", "two"),
            address("b@example.com", "Ship", ",1"),
            address("b@example.com", "Late", ",1"),
            address("gone@example.com", "Gone"),
            '"base",,3,"x",,,,,,,,,,,,,,,,,,,,',
        ),
        "addresses.csv",
    )
    plan = understand(path, None, EVERY, addresses=other)
    assert plan.warnings[-2:] == (
        "addresses of 1 customers who are not in the file: left out",
        "2 rows of addresses name nobody or cannot be read: left out",
    )
    items, _ = read(plan)
    assert [item.fields.get("city") for item in items] == ["Wien", "Ship", "Two", None]
    assert items[0].fields["address1"] == "1 Rue\n2e"


def test_many_addresses_are_found_again(write: Write) -> None:
    many = 3_000
    main = [customer(f"c{n}@example.com", "A") for n in range(many)]
    rows = [address(f"c{n}@example.com", f"Town{n}") for n in reversed(range(many))]
    plan = understand(
        write("\n".join([MAGENTO, *main]) + "\n"),
        None,
        EVERY,
        addresses=write(addresses_of(*rows), "addresses.csv"),
    )
    items, _ = read(plan)
    assert [item.fields["city"] for item in items] == [f"Town{n}" for n in range(many)]


def test_prestashop_customers_with_their_addresses(write: Write) -> None:
    path = write(
        f"{PRESTA}\n1;1;1;p@example.com;123456789;1987-04-02;Pan;Peter;1;0;2015-01-10;Customer;3\n"
    )
    other = write(
        f"{PRESTA_ADDRESSES}\n"
        "7;Home;1;p@example.com;;;;Räuber GmbH;Pan;Peter;12 Platz;Hof;13505;Berlin;DE;;;"
        "01 02;06 02 03 04 05;DE1;\n"
        "8;Apple;1;;;Apple;;;Doe;J;1 Loop;;95014;Cupertino;United States;;;;;;\n",
        "addresses.csv",
        encoding="cp1252",
    )
    plan = understand(path, None, EVERY, addresses=other)
    (item,), _ = read(plan)
    assert item.external == "1"
    assert item.fields == {
        "first_name": "Peter",
        "last_name": "Pan",
        "email": "p@example.com",
        "phone": "06 02 03 04 05",
        "company": "Räuber GmbH",
        "address1": "12 Platz",
        "address2": "Hof",
        "city": "Berlin",
        "country": "DE",
        "postcode": "13505",
        "vat_id": "DE1",
        "accepts_marketing": "1",
    }


def test_the_list_of_prestashop(write: Write) -> None:
    header = (
        "ID;Social title;First name;Last name;Email address;Group;Company;Sales;Enabled;"
        "Newsletter;Partner offers;Registration;Last visit"
    )
    (item,), _ = read(
        understand(write(f"{header}\n3;Mr;P;Pan;p@example.com;;;0;1;1;0;;\n"), None, EVERY)
    )
    assert (item.external, item.fields["accepts_marketing"]) == ("3", "1")


def test_a_file_of_addresses_alone_says_whose_it_is(write: Write) -> None:
    with pytest.raises(InvalidError, match="Magento customer addresses") as caught:
        understand(write(f"{MAGENTO_ADDRESSES}\n"), None, EVERY)
    assert "Import the Magento customer export with `--addresses" in caught.value.hint
    with pytest.raises(InvalidError, match="PrestaShop addresses"):
        understand(write(f"{PRESTA_ADDRESSES}\n"), None, EVERY)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (WOO, "WooCommerce customer report, which has no file of addresses"),
        (MAGENTO, "does not have the columns of Magento customer addresses"),
        ("a,b", "no export with no file"),
    ],
)
def test_files_that_do_not_go_together_are_refused(write: Write, header: str, words: str) -> None:
    other = write(PRESTA_ADDRESSES + "\n", "addresses.csv")
    with pytest.raises(InvalidError, match=words):
        understand(write(header + "\n"), None, EVERY, addresses=other)


def test_addresses_in_utf16_are_refused(write: Write) -> None:
    path = write(f"{MAGENTO}\n{customer('a@example.com', 'A')}\n")
    other = write(addresses_of(address("a@example.com", "X")), "wide.csv", encoding="utf-16")
    with pytest.raises(InvalidError, match="UTF-16"):
        understand(path, None, EVERY, addresses=other)


def test_an_export_nobody_checked_says_so(write: Write) -> None:
    header = "ID,Name,Email,Group,Phone,ZIP,Country,State/Province,Customer Since"
    plan = understand(write(f"{header}\n1,A B,a@example.com,General,,1,,,x\n"), None, EVERY)
    assert plan.is_unverified
    assert plan.warnings[0].startswith("nobody compared these columns")


def test_no_export_takes_a_password(write: Write) -> None:
    taken = {
        column.casefold()
        for export in EXPORTS
        for names in export.columns.values()
        for column in names
    }
    assert not any("pass" in column or "token" in column or "birth" in column for column in taken)


def test_each_export_is_known_by_its_own_columns_alone() -> None:
    for export in EXPORTS:
        if export.recognise is None:
            found = find(export.needed)
            assert found is not None
            assert found[0] is export


def test_the_addresses_are_part_of_the_jobs_name(write: Write, tmp_path: Path) -> None:
    path = write(f"{MAGENTO}\n{customer('a@example.com', 'A')}\n")
    one = write(addresses_of(address("a@example.com", "X")), "one.csv")
    two = write(addresses_of(address("a@example.com", "Y")), "two.csv")
    plans = [understand(path, None, EVERY, addresses=each) for each in (None, one, two)]
    assert len({plan.digest for plan in plans}) == 3
