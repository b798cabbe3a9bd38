"""How calls are put together: JSON bodies, idempotency keys, readers of answers."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterable
from typing import TypeVar

from shopward_client.call import Answer, Call
from shopward_client.decode import decode, parse_json
from shopward_client.errors import InvalidError, UnexpectedAnswerError
from shopward_client.items import Item
from shopward_client.outcome import Batch, read_batch

T = TypeVar("T")
_KEY = re.compile(r"[!-~]{1,200}")


def json_of(kind: type[T]) -> Callable[[Answer], T]:
    """Give a reader of JSON answers of one type."""
    return lambda answer: decode(kind, parse_json(answer.body))


def text(answer: Answer) -> str:
    """Read a UTF-8 answer.

    Raises:
        UnexpectedAnswerError: The bytes are not UTF-8.
    """
    decoded = answer.body.decode("utf-8", "replace")
    if "\ufffd" in decoded:
        raise UnexpectedAnswerError("The answer is not UTF-8.")
    return decoded


def body(document: object) -> bytes:
    """Write JSON in ASCII, so that no text can fail to encode and be quoted in an error."""
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode("ascii")


def key(given: str | None) -> str:
    """Give the idempotency key to send: the caller's own, or 192 random bits.

    Raises:
        InvalidError: The caller's own is not 1-200 visible ASCII characters.
    """
    if given is None:
        return secrets.token_urlsafe(24)
    if not _KEY.fullmatch(given):
        raise InvalidError(
            "An idempotency key is 1-200 visible ASCII characters.", field="idempotency_key"
        )
    return given


def get(path: str, read: Callable[[Answer], T], **query: str | int) -> Call[T]:
    """Make a GET."""
    return Call("GET", path, read, query=tuple((name, str(one)) for name, one in query.items()))


def ask(path: str, item: Item, kind: type[T]) -> Call[T]:
    """Make a POST that changes no customer and may be repeated."""
    return Call("POST", path, json_of(kind), body=body(item.to_wire()), is_harmless=True)


def ask_many(path: str, items: Iterable[Item], kind: type[T]) -> Call[Batch[T]]:
    """Make the batch form of `ask`."""
    wire = [item.to_wire() for item in items]
    return Call(
        "POST",
        f"{path}/batch",
        lambda answer: read_batch(kind, answer, len(wire)),
        body=body({"items": wire}),
        is_harmless=True,
    )


def write(
    path: str, item: Item, kind: type[T], idempotency_key: str | None, *, method: str = "POST"
) -> Call[T]:
    """Make a call that writes once at most, however often it is sent."""
    return Call(
        method,
        path,
        json_of(kind),
        body=body(item.to_wire()),
        idempotency_key=key(idempotency_key),
    )


def write_many(
    path: str, items: Iterable[Item], kind: type[T], idempotency_key: str | None
) -> Call[Batch[T]]:
    """Make the batch form of `write`; one key stands for the whole batch."""
    wire = [item.to_wire() for item in items]
    return Call(
        "POST",
        f"{path}/batch",
        lambda answer: read_batch(kind, answer, len(wire)),
        body=body({"items": wire}),
        idempotency_key=key(idempotency_key),
    )
