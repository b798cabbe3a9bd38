"""Every table and key of `policy.toml`, described once.

The reader checks files by these descriptors and `reference` prints the documentation page from
them, so what is enforced and what is documented cannot drift apart.
"""

from __future__ import annotations

from typing import Final

from shopward.policy.descriptor import Key, Kind, Shape, Table
from shopward.policy.indexes import Way
from shopward.policy.model import Basis, Show, Verb
from shopward.policy.taxonomy import CATEGORIES, USES
from shopward.policy.words import STARTED

SLUG: Final = r"[a-z][a-z0-9_-]{0,39}"
TYPES: Final = ("text", "email", "phone", "postcode", "country", "date")
STARTS: Final = tuple(STARTED)
TOKENS: Final = ("opaque", "mail", "phone")
INDEXES: Final = ("unique", *(kind for kind in Way if kind is not Way.COMPOUND))


def _title(says: str, example: str) -> Key:
    return Key("title", Kind.TEXT, says, example)


SHOP: Final = Table(
    "shop",
    Shape.ONCE,
    "Whose policy this is.",
    (
        Key("name", Kind.LINE, "The shop's name as customers know it.", '"Example Shop"'),
        Key(
            "time_zone",
            Kind.ZONE,
            "Hours and dates in this file are on this clock.",
            '"Europe/Berlin"',
        ),
        Key(
            "languages",
            Kind.LANGUAGES,
            "The languages titles may be given in; the first is the main one.",
            '["en", "de"]',
            default='["en"]',
        ),
    ),
)

CLASSES: Final = Table(
    "classes",
    Shape.NAMED,
    "A retention class: fields that are kept equally long. Each customer has one data key per "
    "class, so a whole class can be destroyed on its own date.",
    (
        _title("What the class is called for people.", '"account data"'),
        Key(
            "keep_days",
            Kind.INTEGER,
            "How many days the data is kept, counted from `starts`.",
            "730",
            bounds=(1, 36_525),
        ),
        Key("starts", Kind.CHOICE, "The event the days run from.", '"last-order"', choices=STARTS),
        Key(
            "survives_erasure",
            Kind.BOOLEAN,
            "Whether a law makes the shop keep it when the customer is erased. It then stays until "
            "its own date, for purposes with the basis `legal-obligation` alone.",
            "true",
            default="false",
        ),
        Key(
            "ground",
            Kind.TEXT,
            "The law that demands it, for people. Required with `survives_erasure`.",
            '"section 147 of the German Fiscal Code"',
            default="none",
        ),
    ),
)

FOLDS: Final = Key(
    "fold_accents",
    Kind.BOOLEAN,
    "Whether `Muller` finds `Müller`: accents are dropped before it is indexed. For fields of type "
    "text; not for `unique`.",
    "true",
    default="false",
)
ACCEPTS: Final = Key(
    "accepts_leak",
    Kind.LINE,
    "Who accepted, and why, that a thief of the database may guess values from how often they "
    "occur in its indexes other than `unique`. Without it these are not used.",
    '"support finds callers by name; data protection officer, 2026-11-24"',
    default="none",
)

FIELDS: Final = Table(
    "fields",
    Shape.NAMED,
    "One kind of customer data. What is not listed here cannot be stored.",
    (
        _title('What it is called, as the end of "your …".', '"phone number"'),
        Key(
            "category",
            Kind.CHOICE,
            "What kind of data it is, in Fideslang.",
            '"user.contact.phone_number"',
            choices=tuple(sorted(CATEGORIES)),
        ),
        Key("retention", Kind.NAME, "The class it is kept with.", '"account"', refers="classes"),
        Key(
            "type",
            Kind.CHOICE,
            "How the value is checked and brought to one form for searching.",
            '"phone"',
            default='"text"',
            choices=TYPES,
        ),
        Key(
            "max_chars",
            Kind.INTEGER,
            "The longest value accepted, in characters.",
            "40",
            default="1000",
            bounds=(1, 10_000),
        ),
        Key(
            "indexes",
            Kind.CHOICES,
            "How customers can be found by it. `unique` also means that no two customers share a "
            "value; only for data that differs from person to person. `exact` finds everybody with "
            "a value, `prefix` by how it begins (2 characters at least), `infix` by any part of it "
            "(3 at least). All but `unique` show a thief of the database how often values occur, "
            "and are used only with `accepts_leak`.",
            '["unique"]',
            default="[]",
            choices=INDEXES,
        ),
        FOLDS,
        ACCEPTS,
        Key(
            "token",
            Kind.CHOICE,
            "The stand-in the shop keeps in its own database: `opaque`, or shaped like a mail "
            "address or a phone number for columns that check. None unless given.",
            '"phone"',
            default="none",
            choices=TOKENS,
        ),
    ),
)

COMPOUND: Final = Table(
    "compound",
    Shape.LIST,
    "Finds customers by several fields at once, each exactly, such as surname and postcode. Less "
    "is given away than by an index over each of them.",
    (
        Key(
            "fields",
            Kind.NAMES,
            "Two to four fields, all of which a search names.",
            '["last_name", "postcode"]',
            refers="fields",
        ),
        FOLDS,
        ACCEPTS,
    ),
)

PURPOSES: Final = Table(
    "purposes",
    Shape.NAMED,
    "A reason to look at customer data. A look without one of these is refused.",
    (
        _title('What it is for, as the end of "to …".', '"deliver your order"'),
        Key(
            "use",
            Kind.CHOICE,
            "What the data is used for, in Fideslang.",
            '"essential.fulfillment"',
            choices=tuple(sorted(USES)),
        ),
        Key(
            "basis",
            Kind.CHOICE,
            "The legal ground, GDPR Article 6(1).",
            '"contract"',
            choices=tuple(Basis),
        ),
        Key(
            "fact",
            Kind.SLUG,
            "The type of fact it rests on. Such a fact of the customer must be open, and it is "
            "written by another system than the one that looks. Required when `basis` is "
            "`consent`.",
            '"shipment"',
            default="none",
        ),
        Key(
            "despite_freeze",
            Kind.BOOLEAN,
            "Whether it goes on while the customer is frozen: to warn her, for instance.",
            "true",
            default="false",
        ),
    ),
)

ROLES: Final = Table(
    "roles",
    Shape.NAMED,
    "A kind of caller: a program, a team or a partner.",
    (
        _title("What it is called for people.", '"our warehouse"'),
        Key(
            "may",
            Kind.CHOICES,
            "What it may do at all. A role with `facts` cannot have `reveal` or `search`: who "
            "opens the door must not walk through it.",
            '["reveal"]',
            choices=tuple(Verb),
        ),
        Key(
            "rate_per_minute",
            Kind.INTEGER,
            "The most requests a minute, per caller.",
            "600",
            default="600",
            bounds=(1, 10_000_000),
        ),
    ),
)

RECIPIENTS: Final = Table(
    "recipients",
    Shape.NAMED,
    "A partner outside the shop that receives data.",
    (
        _title("The partner's name.", '"Acme Courier"'),
        Key("role", Kind.NAME, "The role it acts in.", '"courier"', refers="roles"),
        Key("country", Kind.COUNTRY, "Where it is, ISO 3166-1, two letters.", '"DE"'),
    ),
)

ALLOW: Final = Table(
    "allow",
    Shape.LIST,
    "Lets a role see fields for a purpose. What no `[[allow]]` gives is refused.",
    (
        Key("role", Kind.NAME, "Who may look.", '"courier"', refers="roles"),
        Key("purpose", Kind.NAME, "For what.", '"deliver"', refers="purposes"),
        Key("fields", Kind.NAMES, "At which fields.", '["last_name", "phone"]', refers="fields"),
        Key(
            "show",
            Kind.CHOICE,
            "In which form. `domain` needs a field of type email; `year` and `ageband` one of "
            "type date; `city` one of type text.",
            '"last4"',
            default='"clear"',
            choices=tuple(Show),
        ),
        Key(
            "assurance",
            Kind.INTEGER,
            "How surely the caller must have signed in: 1 one factor, 2 two factors, "
            "3 a hardware-backed key.",
            "2",
            default="1",
            bounds=(1, 3),
        ),
        Key(
            "auth_age_s",
            Kind.INTEGER,
            "How many seconds ago, at most, the person has signed in or confirmed who it is. A "
            "program never did, and is refused.",
            "900",
            default="none",
            bounds=(1, 31_536_000),
        ),
        Key(
            "hours",
            Kind.HOURS,
            "Only between these times on the shop's clock; from later than until spans midnight.",
            '["08:00", "20:00"]',
            default="none",
        ),
        Key(
            "require",
            Kind.CLAUSES,
            "Clauses the caller must carry.",
            '["trained:pii"]',
            default="[]",
        ),
        Key(
            "find",
            Kind.CHOICES,
            "In which ways customers may be found by these fields, besides by a whole unique "
            "value. The role needs `search`, and each field an index of that kind.",
            '["prefix"]',
            default="[]",
            choices=tuple(Way),
        ),
    ),
)

DENY: Final = Table(
    "deny",
    Shape.LIST,
    'Takes away, whatever any `[[allow]]` gives. `"*"` stands for all.',
    (
        Key("role", Kind.NAME, "From whom.", '"*"', refers="roles", star=True),
        Key("purpose", Kind.NAME, "For what.", '"marketing"', refers="purposes", star=True),
        Key("fields", Kind.NAMES, "Which fields.", '["note"]', refers="fields", star=True),
    ),
)

BUDGET: Final = Table(
    "budget",
    Shape.LIST,
    "Bounds how much one caller of a role may see for a purpose, so that a stolen key or a curious "
    "person does not get far. A warning is entered at four fifths of a day's customers.",
    (
        Key(
            "role",
            Kind.NAME,
            "Whose callers; each has a budget of its own.",
            '"support"',
            refers="roles",
        ),
        Key("purpose", Kind.NAME, "For what.", '"support"', refers="purposes"),
        Key(
            "customers_per_day",
            Kind.INTEGER,
            "The most customers looked at in a day of the shop's clock. Looking at one of them "
            "again costs nothing.",
            "200",
            default="none",
            bounds=(1, 100_000),
        ),
        Key(
            "reads_per_minute",
            Kind.INTEGER,
            "The most looks in a minute.",
            "30",
            default="none",
            bounds=(1, 100_000),
        ),
    ),
)

TABLES: Final = (SHOP, CLASSES, FIELDS, COMPOUND, PURPOSES, ROLES, RECIPIENTS, ALLOW, DENY, BUDGET)
