"""The handlers of freezes: freeze and thaw a customer or a caller, and list who is frozen.

At both doors: a caller needs `freeze` in its role's `may`, the operator needs nothing. What ends a
freeze names a token or a caller's id, so that no address holds a mail address.
"""

from __future__ import annotations

import re

import msgspec

from shopward.api import wire, wire_freezes
from shopward.api.auditing import refuse_foreign
from shopward.api.handlers import decode, receipt_of, refusal
from shopward.api.plane import Call, Plane, Reply, reply
from shopward.api.verbs import parse_moment, subject_digest
from shopward.clock import from_ms, to_ms
from shopward.errors import InvalidError, ShopwardError
from shopward.policy import Freeze
from shopward.policy.freeze import USUALLY
from shopward.vault.callers import FreezeCaller
from shopward.vault.details import LEDGER_CLASS
from shopward.vault.freeze import FreezeSubject, ListFreezes
from shopward.vault.frozen import read_freeze
from shopward.vault.operation import Base, Operation
from shopward.vault.tokens import is_token

FREEZE = msgspec.json.Decoder(wire_freezes.FreezeRequest)
CALLER_ID = re.compile(r"[0-9a-f]{12}")
LISTED = 1000
"""Freezes in one answer at most."""


async def freeze(call: Call) -> Reply:
    """Freezes a customer or a caller, or renews a freeze."""
    request: wire_freezes.FreezeRequest = decode(FREEZE, call.body)
    if (request.subject is None) == (request.caller is None):
        raise InvalidError("Name either a customer or a caller.", field="subject")
    _check_note(request.note)
    if (refused := await refuse_foreign(call, "freeze", request.subject)) is not None:
        return refused
    vault = call.plane.vault
    stops, now = frozenset(request.stops or USUALLY), vault.moment()
    wanted = Freeze(stops, now, from_ms(parse_moment(request.until, "until")), request.reason)
    base = Base(vault, call.caller, call.request)
    operation: Operation
    if request.caller is not None:
        operation = FreezeCaller(base, request.caller, wanted, request.note)
    else:
        alias, own = subject_digest(vault, request.subject or "")
        operation = FreezeSubject(base, alias, own, wanted, request.note)
    settled = (await call.plane.settler.settle([operation]))[0]
    receipt = receipt_of(settled)
    if settled.error is not None or receipt is None:
        return refusal(settled.error or ShopwardError(), receipt)
    whom, kept = settled.value
    until, sorted_stops = wire.moment(to_ms(kept.until)), sorted(kept.stops)
    subject, caller = (whom, None) if request.caller is None else (None, whom)
    return reply(wire_freezes.Frozen(until, sorted_stops, receipt, subject, caller), 201)


async def thaw(call: Call) -> Reply:
    """Ends a freeze: of the customer with this token, or of the caller with this id."""
    vault, whom = call.plane.vault, call.tail
    if (refused := await refuse_foreign(call, "thaw", whom)) is not None:
        return refused
    base = Base(vault, call.caller, call.request)
    is_caller = CALLER_ID.fullmatch(whom) is not None
    operation: Operation
    if is_caller:
        operation = FreezeCaller(base, whom, None)
    elif is_token(whom) and whom.startswith("cus_"):
        operation = FreezeSubject(base, *subject_digest(vault, whom), None)
    else:
        raise InvalidError(
            "A freeze is ended by a customer's own token or a caller's id.",
            hint="`shopward freeze list` shows them.",
            field="freeze",
        )
    settled = (await call.plane.settler.settle([operation]))[0]
    receipt = receipt_of(settled)
    if settled.error is not None or receipt is None:
        return refusal(settled.error or ShopwardError(), receipt)
    subject, caller = (None, whom) if is_caller else (whom, None)
    return reply(wire_freezes.Thawed(receipt, subject, caller))


async def list_freezes(call: Call) -> Reply:
    """Every freeze that stands; entered, since it names customers."""
    plane = call.plane
    base = Base(plane.vault, call.caller, call.request)
    settled = (await plane.settler.settle([ListFreezes(base)]))[0]
    receipt = receipt_of(settled)
    if settled.error is not None or receipt is None:
        return refusal(settled.error or ShopwardError(), receipt)
    rows = sorted([*_callers(plane), *await _customers(plane)], key=lambda row: row.until)
    return reply(wire_freezes.FreezeList(rows[:LISTED], len(rows) > LISTED, receipt))


def _callers(plane: Plane) -> list[wire_freezes.FreezeRow]:
    now, found = plane.vault.moment(), []
    for row in plane.vault.register.rows.values():
        stop = read_freeze(row.freeze)
        if stop is not None and row.revoked_ms is None and stop.stands(now):
            found.append(_row(stop, None, row.id))
    return found


async def _customers(plane: Plane) -> list[wire_freezes.FreezeRow]:
    vault, found = plane.vault, []
    for row in await vault.store.frozen(LEDGER_CLASS, to_ms(vault.moment()), LISTED + 1):
        stop = read_freeze(row.freeze)
        if stop is not None:
            found.append(_row(stop, vault.token_in(row.subject, row.ledger), None))
    return found


def _row(stop: Freeze, subject: str | None, caller: str | None) -> wire_freezes.FreezeRow:
    until, since = wire.moment(to_ms(stop.until)), wire.moment(to_ms(stop.since))
    return wire_freezes.FreezeRow(until, since, sorted(stop.stops), stop.reason, subject, caller)


def _check_note(note: str | None) -> None:
    if note is not None and not note.isprintable():
        raise InvalidError("`note` is one line of text.", field="note")
