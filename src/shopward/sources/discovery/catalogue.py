"""The proposed catalogue: a field for each kind found, with category, purpose and retention.

A proposal is a start for a person to correct: the shop knows why it keeps a field and how long a
law makes it. Nothing is in force before it is in the policy, and a column's `confirmed` true.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from shopward.sources.detect.kinds import ABOUT, About, Group, Kind
from shopward.sources.discovery.report import FindingRow, Report

TABLES: Final = ("table", "table in an SQL dump")


@dataclass(frozen=True, slots=True)
class Terms:
    """What is proposed for a kind beyond its category.

    Attributes:
        retention: A class of `CLASSES`.
        purposes: Of `PURPOSES`, by name.
        type: The policy's type of value.
        token: The stand-in in the shop's column.
        max_chars: The longest value.
        is_unique: Whether customers are found by it.
    """

    retention: str = "account"
    purposes: tuple[str, ...] = ("account",)
    type: str = "text"
    token: str = "opaque"  # noqa: S105 - the shape of a stand-in
    max_chars: int = 200
    is_unique: bool = False


_ADDRESS: Final = Terms("order", ("fulfil",))
_NAME: Final = Terms("account", ("account", "fulfil"))
TERMS: Final = MappingProxyType(
    {
        Kind.EMAIL: Terms("account", ("account", "fulfil"), "email", "mail", 254, is_unique=True),
        Kind.PHONE: Terms("account", ("account", "fulfil"), "phone", "phone", 40),
        Kind.FIRST_NAME: _NAME,
        Kind.LAST_NAME: _NAME,
        Kind.NAME: _NAME,
        Kind.COMPANY: _ADDRESS,
        Kind.STREET: Terms("order", ("fulfil",), max_chars=1000),
        Kind.CITY: _ADDRESS,
        Kind.POSTCODE: Terms("order", ("fulfil",), "postcode", max_chars=20),
        Kind.PROVINCE: _ADDRESS,
        Kind.COUNTRY: Terms("order", ("fulfil",), "country", max_chars=60),
        Kind.LOCATION: _ADDRESS,
        Kind.BIRTH_DATE: Terms("account", ("account",), "date", max_chars=20),
        Kind.GENDER: Terms(max_chars=40),
        Kind.VAT_ID: Terms("tax", ("tax",), max_chars=20),
        Kind.SSN: Terms("tax", ("tax",), max_chars=40),
        Kind.NATIONAL_ID: Terms("tax", ("tax",), max_chars=40),
        Kind.IBAN: Terms("order", ("pay",), max_chars=40),
        Kind.BANK_ACCOUNT: Terms("order", ("pay",), max_chars=40),
        Kind.WEB_PAGE: Terms(max_chars=300),
        Kind.USERNAME: Terms(max_chars=150),
        Kind.NOTE: Terms("order", ("support",), max_chars=5000),
    }
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One field of the catalogue.

    Attributes:
        kind: What it holds.
        about: Title, category and the field's name.
        terms: Purpose, retention and shape.
        columns: The columns that hold it, surest first.
    """

    kind: Kind
    about: About
    terms: Terms
    columns: tuple[FindingRow, ...]


def proposals(report: Report) -> list[Proposal]:
    """A field for each kind that was found first-hand in a table and belongs into a vault."""
    by_field: dict[str, list[FindingRow]] = {}
    for one in protectable(report):
        by_field.setdefault(ABOUT[Kind(one.kind)].field, []).append(one)
    made = []
    for rows in by_field.values():
        rows.sort(key=lambda one: -one.confidence)
        kind = Kind(rows[0].kind)
        made.append(Proposal(kind, ABOUT[kind], TERMS[kind], tuple(rows)))
    return made


def protectable(report: Report) -> Iterable[FindingRow]:
    """The findings that a token can stand for: a plain column of a table, no side copy."""
    tables = {row.name for row in report.tables if row.kind in TABLES}
    for one in report.findings:
        is_first_hand = one.group == Group.PERSONAL and not one.side_copy and "." not in one.column
        is_named = not ("<" in one.table or "<" in one.column or "…" in one.table + one.column)
        if one.table in tables and is_first_hand and is_named and Kind(one.kind) in TERMS:
            yield one
