"""Looking at customers: reveal, search, explain. Each look is entered; none changes a customer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from shopward_client.answers import Explained, Found, Revealed
from shopward_client.call import Call
from shopward_client.calls.build import ask, ask_many
from shopward_client.context import reason
from shopward_client.items import Explain, Item, Reveal, Search
from shopward_client.matches import Matches
from shopward_client.outcome import Batch

L = TypeVar("L", Reveal, Search)


@dataclass(frozen=True, slots=True)
class _Find(Item):
    fields: Mapping[str, str] = field(repr=False)
    way: str
    purpose: str | None
    fact: str | None
    limit: int


def reveal(
    subject: str,
    fields: Collection[str],
    *,
    purpose: str | None = None,
    fact: str | None = None,
    reference: str | None = None,
) -> Call[Revealed]:
    """Open fields of one customer for a purpose.

    Args:
        subject: `cus_…`, `external:<id>` or `<field>:<value>`.
        fields: The fields to open; the policy permits all of them or none.
        purpose: Why, as the policy names it; that of the block around it when left out.
        fact: What it rests on, such as `order:1042`.
        reference: The caller's own mark; it comes back with the outcome.

    Raises:
        DeniedError: The policy does not permit it; `reason` and `receipt` say why and where.
        ErasedError: The customer was erased.
        NotFoundError: No such customer.
    """
    why = reason(purpose, fact)
    item = Reveal(subject, fields, why.purpose, why.fact, reference)
    return ask("/v1/reveal", item, Revealed)


def reveal_many(items: Iterable[Reveal]) -> Call[Batch[Revealed]]:
    """Open fields of many customers in one call; each item stands for itself."""
    return ask_many("/v1/reveal", map(_with_reason, items), Revealed)


def search(
    field: str,
    value: str,
    *,
    purpose: str | None = None,
    fact: str | None = None,
    reference: str | None = None,
) -> Call[Found]:
    """Find the customer whose uniquely indexed field has this value.

    Args:
        field: The field, such as `email`.
        value: What to look for; the vault normalises it.
        purpose: Why, as the policy names it; that of the block around it when left out.
        fact: What it rests on, such as `order:1042`.
        reference: The caller's own mark; it comes back with the outcome.

    Raises:
        DeniedError: The policy does not permit it.
    """
    why = reason(purpose, fact)
    return ask("/v1/search", Search(field, value, why.purpose, why.fact, reference), Found)


def search_many(items: Iterable[Search]) -> Call[Batch[Found]]:
    """Search for many customers in one call; each item stands for itself."""
    return ask_many("/v1/search", map(_with_reason, items), Found)


def find(
    fields: Mapping[str, str],
    *,
    way: str,
    purpose: str | None = None,
    fact: str | None = None,
    limit: int = 20,
) -> Call[Matches]:
    """Find customers by a part of a value, or by several values at once.

    Args:
        fields: What to look for: one field, or those of a `[[compound]]` of the policy.
        way: `exact`, `prefix` (2 characters at least), `infix` (3) or `compound`.
        purpose: Why, as the policy names it; that of the block around it when left out.
        fact: What it rests on, such as `order:1042`; then that customer alone is found.
        limit: The most matches wanted, 1 to 100; the best come first.

    Raises:
        DeniedError: The policy does not permit it; `reason` and `receipt` say why and where.
        InvalidError: There is too little to search for.
        ConflictError: The policy has no such index, or does not use it.
    """
    why = reason(purpose, fact)
    return ask("/v1/find", _Find(fields, way, why.purpose, why.fact, limit), Matches)


def explain(
    *,
    purpose: str | None = None,
    fields: Collection[str] = (),
    subject: str | None = None,
    fact: str | None = None,
    role: str | None = None,
    verb: str = "reveal",
    reference: str | None = None,
) -> Call[Explained]:
    """Ask what the policy would answer, and why, without looking at a value.

    Args:
        purpose: The purpose that would be named.
        fields: The fields that would be asked for.
        subject: The customer, if the fact should be checked against one.
        fact: The fact that would be named.
        role: Another role than the caller's own.
        verb: What would be done: `reveal`, `search`, `store`…
        reference: The caller's own mark.
    """
    item = Explain(purpose, fields, subject, fact, role, verb, reference)
    return ask("/v1/explain", item, Explained)


def explain_many(items: Iterable[Explain]) -> Call[Batch[Explained]]:
    """Ask the policy many things in one call."""
    return ask_many("/v1/explain", items, Explained)


def _with_reason(item: L) -> L:
    why = reason(item.purpose, item.fact)
    return replace(item, purpose=why.purpose, fact=why.fact)
