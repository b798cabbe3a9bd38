"""The handlers of verbs: decode, make operations, settle, encode. Single and batch."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from shopward.api import wire
from shopward.api.plane import Call, Reply, encode, reply
from shopward.api.problems import CONTENT_TYPE, headers_of, malformed, problem
from shopward.api.verbs import Codec, Verb, codec
from shopward.errors import ShopwardError, TooLargeError
from shopward.vault.bound import Foreign
from shopward.vault.operation import Base, Operation, Settled
from shopward.vault.replay import idempotency

Handler = Callable[[Call], Awaitable[Reply]]


def base64(data: bytes) -> str:
    """Standard base64 without a newline."""
    return b2a_base64(data, newline=False).decode()


def receipt_of(settled: Settled, *, with_checkpoint: bool = True) -> wire.Receipt | None:
    """The receipt of what was entered; None when nothing was."""
    if settled.position < 0:
        return None
    note = settled.note if with_checkpoint else None
    return wire.Receipt(settled.position, base64(settled.leaf_hash), note)


def decode(decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
    """A body as its type.

    Raises:
        InvalidError: Not JSON, or not of the type; names the member, quotes nothing.
    """
    try:
        return decoder.decode(body)
    except msgspec.DecodeError as error:
        raise malformed(error) from None
    except UnicodeDecodeError:
        raise malformed(msgspec.DecodeError()) from None


def single(verb: Verb) -> Handler:
    """The handler of one request."""
    decoder = codec(verb).single

    async def handle(call: Call) -> Reply:
        call.plane.callers.take(call.caller, 1)
        request = decode(decoder, call.body)
        operation = _operation(verb, _base(verb, call, 0), request)
        settled = (await call.plane.settler.settle([operation]))[0]
        receipt = receipt_of(settled)
        _count(call, verb, settled)
        if settled.error is not None or receipt is None:
            return refusal(settled.error or ShopwardError(), receipt)
        answer = verb.answer(operation, settled.value, receipt)
        headers = ((b"idempotency-replayed", b"true"),) if settled.replayed else ()
        return Reply(verb.status, encode(answer), headers=headers)

    return handle


def batch(verb: Verb) -> Handler:
    """The handler of many requests of one kind."""
    codecs: Codec = codec(verb)

    async def handle(call: Call) -> Reply:
        try:
            items = decode(codecs.batch, call.body).items
        except ShopwardError:
            call.plane.callers.take(call.caller, 1)
            raise
        limit = call.plane.limits.batch_items
        if len(items) > limit:
            raise TooLargeError(f"`items` has more than {limit} items.", field="items")
        call.plane.callers.take(call.caller, len(items))
        answers: list[wire.ItemAnswer | None] = [None] * len(items)
        operations: list[tuple[int, Operation]] = []
        for at, item in enumerate(items):
            try:
                operations.append((at, _operation(verb, _base(verb, call, at), item)))
            except ShopwardError as error:
                answers[at] = _item_problem(error, None, item.reference)
        vault = call.plane.vault
        settled = await call.plane.settler.settle([operation for _, operation in operations])
        for (at, operation), one in zip(operations, settled, strict=True):
            _count(call, verb, one)
            answers[at] = _item(verb, operation, one, items[at].reference)
        whole = [answer for answer in answers if answer is not None]
        return reply(wire.BatchAnswer(whole, vault.log.note))

    return handle


def _item(
    verb: Verb, operation: Operation, settled: Settled, reference: str | None
) -> wire.ItemAnswer:
    receipt = receipt_of(settled, with_checkpoint=False)
    if settled.error is not None or receipt is None:
        return _item_problem(settled.error or ShopwardError(), receipt, reference)
    answer = verb.answer(operation, settled.value, receipt)
    return wire.ItemAnswer(verb.status, reference, answer)


def _item_problem(
    error: ShopwardError, receipt: wire.Receipt | None, reference: str | None
) -> wire.ItemAnswer:
    return wire.ItemAnswer(error.status, reference, problem=problem(error, receipt))


def refusal(error: ShopwardError, receipt: wire.Receipt | None = None) -> Reply:
    """An error as an answer."""
    body = msgspec.json.encode(problem(error, receipt))
    return Reply(error.status, body, CONTENT_TYPE, tuple(headers_of(error)))


def _base(verb: Verb, call: Call, item: int) -> Base:
    key = None
    if verb.writes and call.idempotency_key is not None:
        keyed = call.plane.vault.keyring.name("@idempotency", "replay")
        key = idempotency(keyed, call.caller.key, call.idempotency_key, call.body, item)
    request = call.request if item == 0 else f"{call.request}.{item}"
    return Base(call.plane.vault, call.caller, request, key)


def _operation(verb: Verb, base: Base, request: Any) -> Operation:
    """What is asked; of a customer who signed in, about herself alone."""
    bound = base.caller.bound
    if bound is not None and getattr(request, "subject", None) != bound:
        return Foreign(base, verb.name)
    return verb.make(base, request)


def _count(call: Call, verb: Verb, settled: Settled) -> None:
    outcome = "ok" if settled.error is None else settled.error.code
    call.plane.looks[f"{verb.name}:{outcome}"] += 1
