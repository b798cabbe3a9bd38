"""What one item of a call says; the batch forms take lists of these.

A `subject` is written `cus_…` (token), `external:<the shop's own id>`, or `<field>:<value>` for a
field with a unique index, such as `email:ada@example.com`. A `fact` is written `<type>:<id>`,
such as `order:1042`. `reference` is the caller's own mark and comes back with the outcome.

Members that hold values are left out of every `repr`. Limits are the vault's to check.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from shopward_client.errors import InvalidError


@dataclass(frozen=True, slots=True)
class Item:
    """The base of all items: turns its members into what travels."""

    def to_wire(self) -> dict[str, object]:
        """Give the JSON members; those that are None stay at home, empty lists travel.

        Raises:
            InvalidError: One text stands where a collection of names belongs.
        """
        named = ((one.name, getattr(self, one.name)) for one in fields(self))
        return {name: _plain(name, value) for name, value in named if value is not None}


@dataclass(frozen=True, slots=True)
class Store(Item):
    """A new customer; `tokens` names fields that also get a token of their own."""

    fields: Mapping[str, str] = dataclasses.field(repr=False)
    external: str | None = dataclasses.field(default=None, repr=False)
    tokens: Collection[str] = ()
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Reveal(Item):
    """Fields of one customer, for a purpose, resting on a fact where the policy says so."""

    subject: str = dataclasses.field(repr=False)
    fields: Collection[str]
    purpose: str | None = None
    fact: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Search(Item):
    """The customer whose uniquely indexed field has this value."""

    field: str
    value: str = dataclasses.field(repr=False)
    purpose: str | None = None
    fact: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Update(Item):
    """New values for fields of one customer; None removes a field."""

    subject: str = dataclasses.field(repr=False)
    fields: Mapping[str, str | None] = dataclasses.field(repr=False)
    tokens: Collection[str] = ()
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Erase(Item):
    """The keys of one customer, or with `classes` of some retention classes only."""

    subject: str = dataclasses.field(repr=False)
    classes: Collection[str] | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Explain(Item):
    """A question to the policy that looks at no value."""

    purpose: str | None = None
    fields: Collection[str] = ()
    subject: str | None = dataclasses.field(default=None, repr=False)
    fact: str | None = None
    role: str | None = None
    verb: str = "reveal"
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class PutFact(Item):
    """A fact about a customer: `order:1042` is `open` until it expires or is `closed`."""

    fact: str
    subject: str = dataclasses.field(repr=False)
    state: str
    expires: datetime | str | None = None
    version: int | None = None
    reference: str | None = None

    def to_wire(self) -> dict[str, object]:
        """Give the JSON members, the fact as its type and id, the time in UTC.

        Raises:
            InvalidError: The fact is not `<type>:<id>`, or the time has no zone.
        """
        kind, colon, name = self.fact.partition(":")
        if not (kind and colon and name):
            raise InvalidError("A fact is written `<type>:<id>`.", field="fact")
        members = Item.to_wire(self)
        del members["fact"]
        return {"type": kind, "id": name} | members


@dataclass(frozen=True, slots=True)
class Event(Item):
    """What happened in a control plane.

    Attributes:
        kind: One of the vault's kinds for control planes, such as `staff:invited`.
        at: When it happened; an aware time, or RFC 3339 text.
        actor: The account that did it: a random id, never a name.
        realm: `staff` or `customer`; empty for the control plane itself.
        role: The actor's role in the policy.
        session: What tells one session from another; never a cookie.
        subject: The token of the customer it is about.
        about: Slugs and counts, such as `factor=passkey`; never a value.
        reference: The caller's own mark; it comes back with the outcome.
    """

    kind: str
    at: datetime | str
    actor: str
    realm: str = ""
    role: str = ""
    session: str | None = None
    subject: str | None = dataclasses.field(default=None, repr=False)
    about: str | None = None
    reference: str | None = None


def _plain(name: str, value: object) -> object:
    if name in {"fields", "tokens", "classes", "clauses"} and isinstance(value, str):
        raise InvalidError(f"`{name}` is a collection of names, not one text.", field=name)
    if isinstance(value, datetime):
        return _utc(name, value)
    if isinstance(value, Mapping):
        return dict(value)
    return value if isinstance(value, str) or not isinstance(value, Collection) else list(value)


def _utc(name: str, value: datetime) -> str:
    if value.tzinfo is None:
        raise InvalidError(f"`{name}` needs a time zone.", field=name)
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
