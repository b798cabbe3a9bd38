"""The handlers of what customers ask of the shop: see what is open, and say that it is done.

Erasing and looking are verbs of their own, under the policy like every other.
"""

from __future__ import annotations

from typing import Final

import msgspec

from shopward.api.handlers import decode, receipt_of, refusal
from shopward.api.plane import Call, Reply, reply
from shopward.api.wire_hooks import Closed, CloseRequest, RequestList, RequestRow
from shopward.errors import ShopwardError
from shopward.store import HOUSE, FactRow
from shopward.vault import requests
from shopward.vault.details import LEDGER_CLASS
from shopward.vault.operation import Base, Operation, Settled

LISTED: Final = 500
_CLOSE: Final = msgspec.json.Decoder(CloseRequest)


async def list_requests(call: Call) -> Reply:
    """Every request that is open; entered, since it names customers."""
    settled = await _settle(call, requests.ListRequests(_base(call)))
    receipt = receipt_of(settled)
    if settled.error is not None or receipt is None:
        return refusal(settled.error or ShopwardError(), receipt)
    vault = call.plane.vault
    found = await _open(call, LISTED + 1)
    ledgers = await vault.store.classes([row.subject for row in found], LEDGER_CLASS)
    rows = [
        RequestRow(row.type, row.id, vault.token_in(row.subject, ledgers[row.subject]))
        if row.subject in ledgers and row.subject != HOUSE
        else RequestRow(row.type, row.id)
        for row in found[:LISTED]
    ]
    return reply(RequestList(rows, len(found) > LISTED, receipt))


async def close_request(call: Call) -> Reply:
    """Closes an open request."""
    said: CloseRequest = decode(_CLOSE, call.body)
    known = {(row.type, row.id): row.subject for row in await _open(call, 2**31 - 1)}
    subject = known.get((said.type, said.id), HOUSE)
    settled = await _settle(
        call, requests.CloseRequest(_base(call), subject, said.type, said.id, said.how)
    )
    receipt = receipt_of(settled)
    if settled.error is not None or receipt is None:
        return refusal(settled.error or ShopwardError(), receipt)
    return reply(Closed(receipt))


async def _open(call: Call, limit: int) -> list[FactRow]:
    return await call.plane.vault.store.open_facts(requests.REQUESTS, limit)


def _base(call: Call) -> Base:
    return Base(call.plane.vault, call.caller, call.request)


async def _settle(call: Call, operation: Operation) -> Settled:
    return (await call.plane.settler.settle([operation]))[0]
