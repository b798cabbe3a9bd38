"""Facts about customers: what a purpose may rest on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from shopward_client.answers import FactList, FactPut
from shopward_client.call import Call
from shopward_client.calls.build import get, json_of, write, write_many
from shopward_client.items import PutFact
from shopward_client.outcome import Batch


def put_fact(
    fact: str,
    subject: str,
    state: str,
    *,
    expires: datetime | str | None = None,
    version: int | None = None,
    reference: str | None = None,
    idempotency_key: str | None = None,
) -> Call[FactPut]:
    """State a fact about a customer, such as: order 1042 is open until Friday.

    Args:
        fact: `<type>:<id>`, such as `order:1042`.
        subject: `cus_…`, `external:<id>` or `<field>:<value>`.
        state: `open` or `closed`.
        expires: When it stops counting; an aware time, or RFC 3339 text.
        version: The version that this replaces, against lost updates.
        reference: The caller's own mark; it comes back with the outcome.
        idempotency_key: The key of an earlier attempt that is repeated.
    """
    item = PutFact(fact, subject, state, expires, version, reference)
    return write("/v1/facts", item, FactPut, idempotency_key, method="PUT")


def put_facts(
    items: Iterable[PutFact], *, idempotency_key: str | None = None
) -> Call[Batch[FactPut]]:
    """State many facts in one call; each item stands for itself."""
    return write_many("/v1/facts", items, FactPut, idempotency_key)


def facts(subject: str) -> Call[FactList]:
    """List the facts about one customer; entered like every look.

    The subject travels in the address, which proxies log: prefer the token to a mail address.
    """
    return get("/v1/facts", json_of(FactList), subject=subject)
