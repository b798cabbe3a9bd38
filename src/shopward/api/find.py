"""The handler that finds customers by a part of a value, or by several values at once."""

from __future__ import annotations

import msgspec

from shopward.api import wire_find
from shopward.api.handlers import decode, receipt_of, refusal
from shopward.api.plane import Call, Reply, reply
from shopward.errors import ShopwardError
from shopward.policy import Way
from shopward.vault import finder
from shopward.vault.find import Looking
from shopward.vault.operation import Base
from shopward.vault.seek import parse

FIND = msgspec.json.Decoder(wire_find.FindRequest)


async def find(call: Call) -> Reply:
    """The best matches, each with the receipt of an entry of its own."""
    plane = call.plane
    plane.callers.take(call.caller, 1)
    request: wire_find.FindRequest = decode(FIND, call.body)
    base = Base(plane.vault, call.caller, call.request)
    query = parse(plane.vault, request.fields, Way(request.way))
    looking = Looking(base, query, request.purpose, request.fact)
    found = await finder.find(plane.settler, looking, request.limit)
    outcome = "ok" if found.look.error is None else found.look.error.code
    plane.looks[f"find:{outcome}"] += 1
    receipt = receipt_of(found.look)
    if found.look.error is not None or receipt is None:
        return refusal(found.look.error or ShopwardError(), receipt)
    matches = [
        wire_find.Match(one.value, own)
        for one in found.hits
        if (own := receipt_of(one, with_checkpoint=False)) is not None
    ]
    receipt = msgspec.structs.replace(receipt, checkpoint=plane.vault.log.note)
    return reply(wire_find.Matches(matches, found.is_complete, receipt))
