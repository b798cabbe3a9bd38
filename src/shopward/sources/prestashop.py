"""PrestaShop: the files of its import page, and the list of customers as its grid exports it.

    customers   Customer ID;Active (0/1);Titles ID (…);Email *;Password *;Birthday (yyyy-mm-dd);
                Last Name *;First Name *;Newsletter (0/1);Opt-in (0/1);Registration date (…);…
    addresses   Address ID;Alias*;Active (0/1);Customer e-mail*;Customer ID;…;Address 1*;Address 2;
                Zipcode*;City*;Country*;State;Other;Phone;Mobile Phone;VAT number;DNI
    the grid    ID;Social title;First name;Last name;Email address;…;Newsletter;Partner offers;…

The two files of the import page are joined by the mail address. A customer's first address is
taken. Countries are names there, not codes. Passwords and birthdays are never taken.

Source: PrestaShop/PrestaShop, docs/csv_import/customers_import.csv and addresses_import.csv, and
src/PrestaShopBundle/Controller/Admin/Sell/Customer/CustomerController.php (`exportAction`). The
grid's column names are in the language of whoever exports; only English ones are known.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from shopward.sources.export_form import AddressFile, Export

_PREFIX: Final = "Address: "

ADDRESSES: Final = AddressFile(
    "PrestaShop addresses",
    needed=("Alias", "Customer e-mail", "Address 1", "City", "Country"),
    key=("Customer e-mail",),
    prefix=_PREFIX,
)
CUSTOMERS: Final = Export(
    "PrestaShop customers",
    source="PrestaShop/PrestaShop docs/csv_import/customers_import.csv, addresses_import.csv",
    needed=("Customer ID", "Email", "Last Name", "First Name", "Newsletter", "Opt-in"),
    columns=MappingProxyType(
        {
            "first_name": ("First Name", f"{_PREFIX}Firstname"),
            "last_name": ("Last Name", f"{_PREFIX}Lastname"),
            "email": ("Email",),
            "phone": (f"{_PREFIX}Mobile Phone", f"{_PREFIX}Phone"),
            "company": (f"{_PREFIX}Company",),
            "address1": (f"{_PREFIX}Address 1",),
            "address2": (f"{_PREFIX}Address 2",),
            "city": (f"{_PREFIX}City",),
            "postcode": (f"{_PREFIX}Zipcode",),
            "province": (f"{_PREFIX}State",),
            "country": (f"{_PREFIX}Country",),
            "vat_id": (f"{_PREFIX}VAT number",),
            "accepts_marketing": ("Newsletter",),
        }
    ),
    external=("Customer ID",),
    key=("Email",),
    addresses=ADDRESSES,
)
GRID: Final = Export(
    "PrestaShop customer list",
    source="PrestaShop/PrestaShop Controller/Admin/Sell/Customer/CustomerController.php",
    needed=("ID", "Social title", "First name", "Last name", "Email address", "Partner offers"),
    columns=MappingProxyType(
        {
            "first_name": ("First name",),
            "last_name": ("Last name",),
            "email": ("Email address",),
            "company": ("Company",),
            "accepts_marketing": ("Newsletter",),
        }
    ),
    external=("ID",),
)
EXPORTS: Final = (CUSTOMERS, GRID)
