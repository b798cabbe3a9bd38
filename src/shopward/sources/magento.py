"""Magento 2 and Adobe Commerce: customers with their addresses, in one file or in two.

    customers            email, _website, _store, …, firstname, …, lastname, …, taxvat, …, password
    customer addresses   _website, _email, _entity_id, city, company, country_id, fax, firstname, …
    composite            the columns of both, those of the address as `_address_city`

In the composite file a row without `email` is one more address of the customer above it. A customer
is one `email` on one `_website`. The address marked as default for shipping is taken, then the one
for billing, then the first; its name and phone fill what the customer's own row leaves empty. A
street of several lines stays in `address1`. The hash of the password is never taken. There is no
number of the customer's in these files.

Source: magento/magento2, app/code/Magento/CustomerImportExport/Model/Export/Customer.php,
Export/Address.php and Import/CustomerComposite.php, and the files of its integration tests in
dev/tests/integration/testsuite/Magento/CustomerImportExport/Model/Import/_files.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from shopward.sources.export_form import AddressFile, Export

_BILLING: Final = "_address_default_billing_"
_SHIPPING: Final = "_address_default_shipping_"

ADDRESSES: Final = AddressFile(
    "Magento customer addresses",
    needed=("_website", "_email", "_entity_id", "street", "city"),
    key=("_email", "_website"),
    prefix="_address_",
    preferred=(_SHIPPING, _BILLING),
)
CUSTOMERS: Final = Export(
    "Magento customer export",
    source="magento/magento2 CustomerImportExport/Model/Export/Customer.php, Export/Address.php",
    needed=("email", "_website", "_store", "firstname", "lastname", "group_id"),
    columns=MappingProxyType(
        {
            "first_name": ("firstname", "_address_firstname"),
            "last_name": ("lastname", "_address_lastname"),
            "email": ("email",),
            "phone": ("_address_telephone",),
            "company": ("_address_company",),
            "address1": ("_address_street",),
            "city": ("_address_city",),
            "postcode": ("_address_postcode",),
            "province": ("_address_region",),
            "country": ("_address_country_id",),
            "vat_id": ("taxvat", "_address_vat_id"),
        }
    ),
    region=("_address_country_id",),
    key=("email", "_website"),
    is_continued=True,
    addresses=ADDRESSES,
)
GRID: Final = Export(
    "Magento customer grid",
    source="",
    needed=("ID", "Name", "Email", "Group", "Phone", "ZIP", "Customer Since"),
    columns=MappingProxyType(
        {
            "last_name": ("Name",),
            "email": ("Email",),
            "phone": ("Phone",),
            "postcode": ("ZIP",),
            "province": ("State/Province",),
        }
    ),
    external=("ID",),
    remark="first and last name are in one column, which goes whole into last_name",
)
EXPORTS: Final = (CUSTOMERS, GRID)
