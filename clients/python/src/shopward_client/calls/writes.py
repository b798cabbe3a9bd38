"""Changing customers: store, update, erase. Each call carries an idempotency key.

The key is made here unless the caller gives one, so a repeat writes once at most.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from shopward_client.answers import Erased, Stored, Updated
from shopward_client.call import Call
from shopward_client.calls.build import write, write_many
from shopward_client.items import Erase, Store, Update
from shopward_client.outcome import Batch


def store(
    fields: Mapping[str, str],
    *,
    external: str | None = None,
    tokens: Collection[str] = (),
    reference: str | None = None,
    idempotency_key: str | None = None,
) -> Call[Stored]:
    """Seal a new customer's fields and get the token that stands for the customer.

    Args:
        fields: Field names and values.
        external: The shop's own id, under which the customer can be addressed later.
        tokens: Fields that also get a token of their own.
        reference: The caller's own mark; it comes back with the outcome.
        idempotency_key: The key of an earlier attempt that is repeated.

    Raises:
        ConflictError: A unique field or the external id is taken.
        InvalidError: A field is unknown or its value malformed; `field` names it.
    """
    item = Store(fields, external, tokens, reference)
    return write("/v1/records", item, Stored, idempotency_key)


def store_many(
    items: Iterable[Store], *, idempotency_key: str | None = None
) -> Call[Batch[Stored]]:
    """Seal many new customers in one call; each item stands for itself."""
    return write_many("/v1/records", items, Stored, idempotency_key)


def update(
    subject: str,
    fields: Mapping[str, str | None],
    *,
    tokens: Collection[str] = (),
    reference: str | None = None,
    idempotency_key: str | None = None,
) -> Call[Updated]:
    """Replace fields of one customer; None removes a field.

    Args:
        subject: `cus_…`, `external:<id>` or `<field>:<value>`.
        fields: Field names and new values.
        tokens: Fields that also get a token of their own.
        reference: The caller's own mark; it comes back with the outcome.
        idempotency_key: The key of an earlier attempt that is repeated.
    """
    item = Update(subject, fields, tokens, reference)
    return write("/v1/update", item, Updated, idempotency_key)


def update_many(
    items: Iterable[Update], *, idempotency_key: str | None = None
) -> Call[Batch[Updated]]:
    """Replace fields of many customers in one call; each item stands for itself."""
    return write_many("/v1/update", items, Updated, idempotency_key)


def erase(
    subject: str,
    *,
    classes: Collection[str] | None = None,
    reference: str | None = None,
    idempotency_key: str | None = None,
) -> Call[Erased]:
    """Destroy the keys of one customer. This cannot be undone.

    Args:
        subject: `cus_…`, `external:<id>` or `<field>:<value>`.
        classes: Retention classes to destroy; None destroys all, an empty collection is refused.
        reference: The caller's own mark; it comes back with the outcome.
        idempotency_key: The key of an earlier attempt that is repeated.
    """
    return write("/v1/erase", Erase(subject, classes, reference), Erased, idempotency_key)


def erase_many(
    items: Iterable[Erase], *, idempotency_key: str | None = None
) -> Call[Batch[Erased]]:
    """Destroy the keys of many customers in one call. This cannot be undone."""
    return write_many("/v1/erase", items, Erased, idempotency_key)
