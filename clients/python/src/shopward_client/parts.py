"""Long lists in parts: as many calls as it takes, an outcome for each item, safe to begin again.

    for item, outcome in in_parts(vault.store_many, everybody, key="import-2026-11-24"):
        if outcome.problem:
            print(item.reference, outcome.problem)

- Items come from any iterable, a part of it in memory at a time; outcomes come as parts are done.
- With `key`, each part has an idempotency key made of it and its number: the same items in the same
  order under the same key are written once, however often it is begun.
- An error of a whole part is raised, and parts before it are done: begin again with the same key.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from shopward_client.errors import InvalidError
from shopward_client.items import Item
from shopward_client.outcome import Batch, Outcome

Sent = TypeVar("Sent", bound=Item)
T = TypeVar("T")
SIZE = 100


def in_parts(
    send: Callable[..., Batch[T]],
    items: Iterable[Sent],
    *,
    size: int = SIZE,
    key: str | None = None,
) -> Iterator[tuple[Sent, Outcome[T]]]:
    """Send many items in parts and give each with its outcome, in order.

    Args:
        send: A verb on many items, such as `vault.store_many`.
        items: What to send.
        size: Items of one part; the vault takes 1000 by default.
        key: For verbs that write: what the parts' idempotency keys begin with.

    Raises:
        InvalidError: `size` is below 1.
        ShopwardError: A part was refused as a whole, or the vault is away.
    """
    for number, part in enumerate(_parts(items, size)):
        yield from zip(part, send(part, **_keyed(key, number)), strict=True)


async def in_parts_async(
    send: Callable[..., Awaitable[Batch[T]]],
    items: Iterable[Sent],
    *,
    size: int = SIZE,
    key: str | None = None,
) -> AsyncIterator[tuple[Sent, Outcome[T]]]:
    """As `in_parts`, with a verb of `AsyncClient`."""
    for number, part in enumerate(_parts(items, size)):
        for pair in zip(part, await send(part, **_keyed(key, number)), strict=True):
            yield pair


def _parts(items: Iterable[Sent], size: int) -> Iterator[list[Sent]]:
    if size < 1:
        raise InvalidError("`size` is 1 or more.", field="size")
    left = iter(items)
    while part := list(islice(left, size)):
        yield part


def _keyed(key: str | None, number: int) -> dict[str, Any]:
    return {} if key is None else {"idempotency_key": f"{key}-{number}"}
