"""The handlers that read the ledger: checkpoint, key, tiles, proofs, receipts, entries.

Leaves, hashes and proofs are public to every caller; details are opened for those whose role may
audit, for the caller that made the entry, and for the customer whom it is about.
"""

from __future__ import annotations

import msgspec

from shopward.api import wire
from shopward.api.auditing import may_audit, refuse_foreign, refuse_stranger
from shopward.api.handlers import base64
from shopward.api.plane import HIGHEST, Call, Reply, parse_number, reply
from shopward.api.verbs import subject_digest
from shopward.api.wire_past import PastLog, PastLogs
from shopward.errors import ErasedError, IntegrityError, NotFoundError
from shopward.ledger.reader import UNOPENABLE, Opened
from shopward.ledger.receipt import Receipt
from shopward.ledger.tiles import parse_tile_path
from shopward.store import LeafRow, Need
from shopward.vault.book import Book
from shopward.vault.details import Details
from shopward.vault.past import PastBook, open_past, past_vkey
from shopward.vault.tokens import is_token

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
    if call.caller.bound is not None and said.subject == call.caller.bound:
        return True
    return (said.actor, said.via) == (call.caller.id, call.caller.via)


async def own_entries(call: Call) -> Reply:
    """The entries of one customer, the newest first: for herself, and for auditors."""
    vault, subject = call.plane.vault, call.parameter("subject") or ""
    if (refused := await refuse_foreign(call, "audit", subject)) is not None:
        return refused
    if call.caller.bound is None and (refused := await refuse_stranger(call)) is not None:
        return refused
    before = call.number("before", vault.log.size)
    count = min(call.number("count", 100), ENTRIES)
    note, found = vault.log.note, await _living(call, subject)
    rows = await vault.store.leaves_of(found, before, count)
    opened = await vault.open_entries(rows)
    listed = [_row(row, told) for row, told in zip(rows, opened, strict=True)]
    return reply(wire.Entries(listed, rows[-1].position if rows else 0, note))


async def _living(call: Call, token: str) -> bytes:
    """The customer of a token, 16 bytes.

    Raises:
        NotFoundError: There is no such customer.
        ErasedError: The customer was erased, and what the entries said went with her.
    """
    vault, unknown = call.plane.vault, "No customer is known by that `subject`."
    if not is_token(token):
        raise NotFoundError(unknown, field="subject")
    alias, own = subject_digest(vault, token)
    snapshot = (await vault.store.look([Need(alias)])).found[0].snapshot
    if own is None or snapshot is None or not vault.is_bound(alias, snapshot):
        raise NotFoundError(unknown, field="subject")
    if snapshot.erased_ms is not None:
        raise ErasedError(field="subject", reason="subject-erased")
    return snapshot.subject


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
    found = [_row(row, told) for row, told in zip(rows, opened, strict=True)]
    upto = rows[-1].position + 1 if rows else start
    return reply(wire.Entries(found, upto, note))


def _row(row: LeafRow, told: Opened | None) -> wire.EntryRow:
    return wire.EntryRow(
        row.position,
        base64(row.leaf),
        base64(told.salt) if told and told.salt else None,
        told.details.decode() if told and told.salt else None,
        is_damaged=told is UNOPENABLE,
    )
