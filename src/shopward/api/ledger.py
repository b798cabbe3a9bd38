"""The handlers that read the ledger: checkpoint, key, tiles, proofs, receipts, entries.

Leaves, hashes and proofs are public to every caller; details are opened for those whose role may
audit, and for the caller that made the entry.
"""

from __future__ import annotations

import msgspec

from shopward.api import wire
from shopward.api.auditing import may_audit, refuse_stranger
from shopward.api.handlers import base64
from shopward.api.plane import HIGHEST, Call, Reply, parse_number, reply
from shopward.api.wire_past import PastLog, PastLogs
from shopward.errors import IntegrityError, NotFoundError
from shopward.ledger.reader import UNOPENABLE
from shopward.ledger.receipt import Receipt
from shopward.ledger.tiles import parse_tile_path
from shopward.vault.book import Book
from shopward.vault.details import Details
from shopward.vault.past import PastBook, open_past, past_vkey

TEXT = b"text/plain; charset=utf-8"
BINARY = b"application/octet-stream"
ENTRIES = 1000


async def checkpoint(call: Call) -> Reply:
    """The signed head (C2SP tlog-checkpoint)."""
    return Reply(200, call.plane.vault.log.note.encode(), TEXT)


async def key(call: Call) -> Reply:
    """The key that verifies checkpoints (C2SP signed-note vkey); public."""
    return Reply(200, call.plane.vault.log.vkey.encode() + b"\n", TEXT)


async def tile(call: Call) -> Reply:
    """A tile of hashes (C2SP tlog-tiles)."""
    try:
        level, position, width = parse_tile_path("tile/" + call.tail)
    except IntegrityError:
        raise NotFoundError("This is no path of a tile.", field="path") from None
    if position > HIGHEST:
        raise NotFoundError("The ledger has no such tile yet.", field="path")
    book = await _book(call)
    return Reply(200, await book.tile(level, position, width), BINARY)


async def inclusion(call: Call) -> Reply:
    """The inclusion proof of an entry."""
    position = call.number("index")
    size = call.number("size", call.plane.vault.log.size)
    hashes = await call.plane.book.inclusion(position, size)
    return reply(wire.Proof(position, size, [base64(one) for one in hashes]))


async def consistency(call: Call) -> Reply:
    """The proof that a later tree begins with an earlier one."""
    old = call.number("old")
    new = call.number("new", call.plane.vault.log.size)
    hashes = await call.plane.book.consistency(old, new)
    return reply(wire.Proof(old, new, [base64(one) for one in hashes]))


async def receipt(call: Call) -> Reply:
    """The receipt document of an entry, with its proof under the present head."""
    position = parse_number(call.tail, "index")
    found, details = await (await _book(call)).receipt(position)
    if not _is_open_to(call, details):
        found = Receipt(found.leaf, None, found.proof)
    return Reply(200, found.to_json())


def _is_open_to(call: Call, details: bytes) -> bool:
    if may_audit(call.plane.vault, call.caller):
        return True
    if not details:
        return False
    said = msgspec.json.decode(details, type=Details)
    return (said.actor, said.via) == (call.caller.id, call.caller.via)


async def past(call: Call) -> Reply:
    """The logs before the present one."""
    vault = call.plane.vault
    rows = [
        PastLog(log.number, log.origin, log.size, log.note, past_vkey(vault, log))
        for log in await vault.store.past_logs()
    ]
    return reply(PastLogs(rows))


async def _book(call: Call) -> Book | PastBook:
    """The log that is asked about: the present one, or a past one by its number."""
    number = call.number("log", 0)
    return await open_past(call.plane.vault, number) if number else call.plane.book


async def entries(call: Call) -> Reply:
    """Entries from an offset on, with their details."""
    vault = call.plane.vault
    if (refused := await refuse_stranger(call)) is not None:
        return refused
    start, count = call.number("start", 0), min(call.number("count", 100), ENTRIES)
    book = await _book(call)
    if isinstance(book, PastBook):
        note, rows = book.log.note, await book.leaves(start, count)
    else:
        note, rows = vault.log.note, await vault.store.leaves(start, count)
    opened = await vault.open_entries(rows)
    found = [
        wire.EntryRow(
            row.position,
            base64(row.leaf),
            base64(told.salt) if told and told.salt else None,
            told.details.decode() if told and told.salt else None,
            is_damaged=told is UNOPENABLE,
        )
        for row, told in zip(rows, opened, strict=True)
    ]
    upto = rows[-1].position + 1 if rows else start
    return reply(wire.Entries(found, upto, note))
