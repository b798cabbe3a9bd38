"""WooCommerce's customers: the report of WooCommerce itself, and exports of two plug-ins.

The report (Analytics, Customers, Download) has no id and one column for both names:

    Name, Username, Last Active, Sign Up, Email, Orders, Total Spend, AOV, Country / Region, City,
    Region, Postal Code, Billing Phone, Shipping Phone, Role

The phones and the role came later; older files lack them. Column names are in the shop's language:
only English ones are known.

The plug-in Export and Import Users and Customers (WebToffee) writes WordPress's own names:
`ID, customer_id, user_login, user_pass, user_email, …, billing_first_name, …, shipping_country`.
Its `user_pass` and `session_tokens` are never taken.

Source: woocommerce/woocommerce, plugins/woocommerce/src/Admin/API/Reports/Customers/Controller.php
(`get_export_columns`); users-customers-import-export-for-wp-woocommerce,
admin/modules/user/data/data-user-columns.php (version 2.6.5).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from shopward.sources.export_form import Export

REPORT: Final = Export(
    "WooCommerce customer report",
    source="woocommerce/woocommerce src/Admin/API/Reports/Customers/Controller.php",
    needed=("Name", "Username", "Sign Up", "Email", "Total Spend", "AOV"),
    columns=MappingProxyType(
        {
            "last_name": ("Name",),
            "email": ("Email",),
            "phone": ("Billing Phone", "Shipping Phone"),
            "city": ("City",),
            "province": ("Region",),
            "country": ("Country / Region",),
            "postcode": ("Postal Code",),
        }
    ),
    region=("Country / Region",),
    remark="first and last name are in one column, which goes whole into last_name",
)
USERS: Final = Export(
    "WooCommerce users and customers (WebToffee)",
    source="users-customers-import-export-for-wp-woocommerce data-user-columns.php, 2.6.5",
    needed=("ID", "user_login", "user_email", "user_registered", "billing_email"),
    columns=MappingProxyType(
        {
            "first_name": ("first_name", "billing_first_name", "shipping_first_name"),
            "last_name": ("last_name", "billing_last_name", "shipping_last_name"),
            "email": ("user_email", "billing_email"),
            "phone": ("billing_phone", "shipping_phone"),
            "company": ("billing_company", "shipping_company"),
            "address1": ("billing_address_1", "shipping_address_1"),
            "address2": ("billing_address_2", "shipping_address_2"),
            "city": ("billing_city", "shipping_city"),
            "postcode": ("billing_postcode", "shipping_postcode"),
            "province": ("billing_state", "shipping_state"),
            "country": ("billing_country", "shipping_country"),
        }
    ),
    external=("ID",),
    region=("billing_country",),
)
ORDERS_SUITE: Final = Export(
    "WooCommerce Customer/Order/Coupon Export (SkyVerge)",
    source="",
    needed=("customer_id", "email", "date_registered", "billing_first_name", "billing_address_1"),
    columns=MappingProxyType(
        {
            "first_name": ("first_name", "billing_first_name"),
            "last_name": ("last_name", "billing_last_name"),
            "email": ("email", "billing_email"),
            "phone": ("billing_phone",),
            "company": ("billing_company",),
            "address1": ("billing_address_1",),
            "address2": ("billing_address_2",),
            "city": ("billing_city",),
            "postcode": ("billing_postcode",),
            "province": ("billing_state",),
            "country": ("billing_country",),
        }
    ),
    external=("customer_id",),
    region=("billing_country",),
)
EXPORTS: Final = (REPORT, USERS, ORDERS_SUITE)
