"""Customers whose row may never come to be, or may not be gone: told apart before one is erased.

- A customer that was stored is unsure until her row is saved and its transaction has ended. One
  that is still unsure when this thread is outside of a transaction, and nobody holds the instance
  any more that was to be saved, is erased, unless a row of the table holds her token after all.
- A row's customers are erased after the commit that deletes it, unless a row still holds them.
- A process that is killed in between leaves a customer in the vault without a row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from threading import local
from typing import Any
from weakref import ref

from django.db import DatabaseError, router, transaction

from shopward_client.django import conf, tokens
from shopward_client.django.fields import protected_in
from shopward_client.django.page import LOG, Sealed
from shopward_client.errors import NotFoundError, ShopwardError


@dataclass(frozen=True, slots=True)
class _Store:
    model: Any
    using: str
    instance: ref[Any]


class _Unsure(local):
    """What this thread stored and is not yet certain of, by token."""

    def __init__(self) -> None:
        self.stored: dict[str, _Store] = {}


_UNSURE = _Unsure()


def stored(instance: Any, token: str) -> None:
    """A customer was stored for a row that is about to be written."""
    model = type(instance)
    using = instance._state.db or router.db_for_write(model, instance=instance)
    _UNSURE.stored[token] = _Store(model, using, ref(instance))
    instance._state.shopward_token = token
    if transaction.get_connection(using).in_atomic_block:
        settle([token], using)


def settle(held: Iterable[str], using: str) -> None:
    """These have their row, as soon as the transaction ends well."""
    for token in held:
        if token in _UNSURE.stored:
            transaction.on_commit(lambda token=token: _UNSURE.stored.pop(token, None), using=using)  # type: ignore[misc]


def is_others(sealed: Sealed | None, instance: Any) -> bool:
    """Whether a value was not stored for this very row, which is being written."""
    own = getattr(instance._state, "shopward_token", None)
    return sealed is not None and not (sealed.token == own and own in _UNSURE.stored)


def sweep(**_signal: object) -> None:
    """Erase whom a transaction that was rolled back had stored; receives `request_finished`."""
    for token, one in list(_UNSURE.stored.items()):
        if one.instance() is not None or transaction.get_connection(one.using).in_atomic_block:
            continue
        _UNSURE.stored.pop(token, None)
        _erase(one.model, token, one.using)


def erase_later(model: Any, held: Iterable[str], using: str) -> None:
    """Erase these after the commit."""

    def erase() -> None:
        for token in held:
            _erase(model, token, using)

    transaction.on_commit(erase, using=using)


def _erase(model: Any, token: str, using: str) -> None:
    try:
        if not has_row(model, token, using):
            conf.client().erase(token)
    except NotFoundError:
        return
    except (DatabaseError, ShopwardError) as error:
        word = getattr(error, "code", "database")
        LOG.error("a customer without a row is still in the vault (%s)", word)


def has_row(model: Any, token: str, using: str) -> bool:
    """Whether a row of a model holds this token."""
    rows = model._base_manager.using(using)
    return any(
        rows.filter(
            **{
                one.attname: Sealed(
                    tokens.shaped(token, one.column_map.token), token, one.column_map.field
                )
            }
        ).exists()
        for one in protected_in(model)
    )
