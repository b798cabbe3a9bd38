"""A filled django-oscar schema: made-up customers, orders, mails and sessions, and a shop's things.

Every column gets values of the kind the shop writes there. `PERSONAL` says, decided before anything
was measured, which columns hold data about a person, a credential or card data.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import apsw

SCHEMA: Final = Path(__file__).with_name("schema.sql")
ROWS: Final = 60
FIRST: Final = ("Ada", "Jörg", "Marie", "Linus", "Priya", "Tomasz", "Eva", "Nils", "Chloé", "Bo")
LAST: Final = ("Lovelace", "Müller", "Dahl", "O'Neil", "van Dijk", "Nowak", "Berg", "Silva", "Ek")
STREETS: Final = ("Hauptstr. {}", "{} Mill Lane", "Rue Pasteur {}", "Storgatan {} B")
CITIES: Final = ("Berlin", "York", "Lyon", "Malmö", "Kraków", "Porto", "Graz")
THINGS: Final = ("Oak chair", "Blue jeans", "Desk lamp", "Wool scarf", "Tea pot", "City bike")
SENTENCES: Final = (
    "Lasts for years and looks good in every room.",
    "Free delivery from 50 on.",
    "Made of wood from forests nearby.",
)

_ADDRESS: Final = "title first_name last_name line1 line2 line3 line4 state postcode search_text"
PERSONAL: Final = {
    "auth_user": "password username last_name email first_name",
    "address_useraddress": f"{_ADDRESS} phone_number notes hash",
    "order_billingaddress": _ADDRESS,
    "order_shippingaddress": f"{_ADDRESS} phone_number notes",
    "partner_partneraddress": _ADDRESS,
    "order_order": "guest_email",
    "order_ordernote": "message",
    "communication_email": "body_text body_html email",
    "communication_notification": "body",
    "customer_productalert": "email key",
    "django_session": "session_key session_data",
    "django_admin_log": "object_repr",
    "analytics_usersearch": "query",
    "payment_bankcard": "name number expiry_date",
    "reviews_productreview": "name email homepage body",
    "wishlists_wishlist": "key",
    "wishlists_wishlistsharedemail": "email",
}
Maker = Callable[[int], Any]


def personal() -> set[tuple[str, str]]:
    """Every (table, column) that a careful person would list."""
    return {(table, name) for table, names in PERSONAL.items() for name in names.split()}


def first(n: int) -> str:
    return FIRST[n * 7 % len(FIRST)]


def last(n: int) -> str:
    return LAST[n * 5 % len(LAST)]


def mail(n: int) -> str:
    plain = f"{first(n)}.{last(n)}{n}".lower().translate(str.maketrans("öüéó' ", "oueo__"))
    return f"{plain.replace('_', '')}@post{n % 5}.se"


def street(n: int) -> str:
    return STREETS[n % len(STREETS)].format(n + 1)


def phone(n: int) -> str:
    return f"+4930{9018200 + n}"


def thing(n: int) -> str:
    return THINGS[n % len(THINGS)]


def digest(n: int, chars: int) -> str:
    return f"{(n + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 16**chars:0{chars}x}"


def session(n: int) -> str:
    data = {"_auth_user_id": str(n), "checkout_data": {"guest": {"email": mail(n)}}}
    packed = base64.urlsafe_b64encode(zlib.compress(json.dumps(data).encode())).decode()
    return f".{packed.rstrip('=')}:1tGx{n % 10}Y:{digest(n, 40)[:43]}abc"


def spoken(n: int) -> str:
    return f"{first(n)} {last(n)} {street(n)} {CITIES[n % 7]} {10115 + n}"


BY_NAME: Final[dict[str, Maker]] = {
    "title": lambda n: ("Mr", "Ms", "Dr", "Mx")[n % 4],
    "first_name": first,
    "last_name": last,
    "line1": street,
    "line2": lambda n: f"Apartment {n}" if n % 6 == 0 else "",
    "line3": lambda n: "Old Town" if n % 9 == 0 else "",
    "line4": lambda n: CITIES[n % 7],
    "state": lambda n: "Bayern" if n % 4 == 0 else "",
    "postcode": lambda n: f"{10115 + n}",
    "search_text": spoken,
    "phone_number": phone,
    "email": mail,
    "guest_email": lambda n: mail(n) if n % 3 == 0 else "",
    "hash": lambda n: str((n + 1) * 2654435761 % 2**32),
    "key": lambda n: digest(n, 32),
}
ADDRESSES: Final = frozenset(
    {"address_useraddress", "order_billingaddress", "order_shippingaddress",
     "partner_partneraddress"}
)  # fmt: skip
BY_PLACE: Final[dict[tuple[str, str], Maker]] = {
    ("address_useraddress", "notes"): lambda n: "Ring twice, the dog is old" if n % 5 == 0 else "",
    ("order_shippingaddress", "notes"): lambda n: "Leave it with Mrs Ek" if n % 5 == 0 else "",
    ("auth_user", "password"): lambda n: f"pbkdf2_sha256$870000${digest(n, 22)}${digest(n, 43)}=",
    ("auth_user", "username"): lambda n: f"{first(n).lower()}{n}",
    ("order_ordernote", "message"): lambda n: (
        f"Customer rang from {phone(n)}" if n % 4 == 0 else "Packed with a gift card"
    ),
    ("communication_email", "subject"): lambda n: f"Confirmation of order {100000 + n}",
    ("communication_email", "body_text"): lambda n: (
        f"Hello {first(n)},\nwe ship to {street(n)}. You wrote from {mail(n)}.\n"
    ),
    ("communication_email", "body_html"): lambda n: f"<p>Hello {first(n)}, {mail(n)}</p>",
    ("communication_notification", "subject"): lambda _: "An item is back in stock",
    ("communication_notification", "body"): lambda n: f"Dear {first(n)}, {thing(n)} is back",
    ("django_session", "session_key"): lambda n: digest(n, 32),
    ("django_session", "session_data"): session,
    ("django_admin_log", "object_repr"): lambda n: mail(n) if n % 2 else thing(n),
    ("django_admin_log", "change_message"): lambda _: '[{"changed": {"fields": ["Status"]}}]',
    ("analytics_usersearch", "query"): lambda n: thing(n).lower(),
    ("payment_bankcard", "card_type"): lambda n: ("Visa", "Mastercard")[n % 2],
    ("payment_bankcard", "name"): lambda n: f"{first(n)} {last(n)}",
    ("payment_bankcard", "number"): lambda n: f"XXXX-XXXX-XXXX-{1000 + n}",
    ("payment_bankcard", "expiry_date"): lambda n: f"202{7 + n % 3}-05-31",
    ("reviews_productreview", "title"): lambda _: "As I hoped",
    ("reviews_productreview", "name"): lambda n: f"{first(n)} {last(n)[0]}.",
    ("reviews_productreview", "homepage"): lambda n: f"https://{first(n).lower()}.blog/",
    ("reviews_productreview", "body"): lambda n: (
        f"Fine. Write to {mail(n)} for photos" if n % 8 == 0 else SENTENCES[n % 3]
    ),
    ("communication_communicationeventtype", "email_subject_template"): lambda _: (
        "Order {{ order.number }}"
    ),
    ("order_order", "number"): lambda n: f"{100000 + n}",
    ("wishlists_wishlist", "name"): lambda _: "Default",
    ("catalogue_product", "upc"): lambda n: f"{4006381333000 + n}",
    ("django_site", "domain"): lambda _: "shop.se",
}


def maker_of(table: str, column: str, kind: str) -> Maker:
    """What fills a column: of this place, of this name in tables about people, or of this type."""
    if (table, column) in BY_PLACE:
        return BY_PLACE[table, column]
    if column in BY_NAME and (table in ADDRESSES or column not in {"title", "state"}):
        return BY_NAME[column]
    return _by_type(column, kind)


def _by_type(column: str, kind: str) -> Maker:
    if "int" in kind.lower() or column.endswith("_id"):
        return lambda n: n + 1
    if kind.startswith(("date", "time")):
        return lambda n: f"2026-0{1 + n % 9}-1{n % 9} 10:00:00"
    if kind.startswith(("decimal", "real", "bool")):
        return lambda n: n % 2 if kind == "bool" else n + 0.99
    if re.search(r"slug|code|sku|reference|path|class|type|status|upc|image|file|url|key", column):
        return lambda n: f"{column[:4]}-{n % 12}"
    if re.search(r"description|text|message|notes|help|template|content|value", column):
        return lambda n: SENTENCES[n % 3]
    return thing


def fill(path: Path) -> set[tuple[str, str]]:
    """A database with `ROWS` rows in every table; every (table, column) there is."""
    connection = apsw.Connection(str(path))
    connection.execute(SCHEMA.read_text("utf-8"))
    columns = set()
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master ORDER BY name")]
    for table in tables:
        info = [(row[1], row[2]) for row in connection.execute(f'PRAGMA table_info("{table}")')]
        columns |= {(table, name) for name, _ in info}
        makers = [maker_of(table, name, kind) for name, kind in info]
        marks = ",".join("?" * len(makers))
        rows = [tuple(make(number) for make in makers) for number in range(ROWS)]
        connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows)  # noqa: S608
    connection.close()
    return columns
