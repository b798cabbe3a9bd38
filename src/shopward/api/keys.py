"""The handlers about keys: what versions there are, a new passphrase, certificates of erasures."""

from __future__ import annotations

import asyncio
from typing import Final, get_args

import msgspec

from shopward.api.auditing import may_audit, refuse_foreign, refuse_stranger
from shopward.api.handlers import decode, receipt_of, refusal
from shopward.api.plane import Call, Reply, parse_number, reply
from shopward.api.wire_keys import (
    KeyRings,
    LogKeys,
    PassphraseChanged,
    PassphraseRequest,
    ring,
)
from shopward.errors import ConflictError, DeniedError, NotFoundError, ShopwardError
from shopward.events import Kind
from shopward.ledger.keychain import FORMAT
from shopward.policy import may
from shopward.vault.administer import Administer, ReadEntries
from shopward.vault.certificate import certify, find
from shopward.vault.custodian import Kind as KeyKind
from shopward.vault.details import Details
from shopward.vault.keystore import FileCustodian
from shopward.vault.ledger_keys import verifiers
from shopward.vault.operation import Base

PASSPHRASE: Final = msgspec.json.Decoder(PassphraseRequest)
KINDS: Final[tuple[KeyKind, ...]] = get_args(KeyKind)


async def list_keys(call: Call) -> Reply:
    """Every version of every kind, without a secret; for auditors."""
    if (refused := await refuse_stranger(call)) is not None:
        return refused
    vault = call.plane.vault
    window_ms = int(vault.backup_window.total_seconds() * 1000)
    state = vault.keyring.custodian.state
    return reply(KeyRings([ring(kind, state(kind), window_ms) for kind in KINDS]))


async def change_passphrase(call: Call) -> Reply:
    """Seals the keystore under another passphrase."""
    request: PassphraseRequest = decode(PASSPHRASE, call.body)
    vault = call.plane.vault
    custodian = vault.keyring.custodian
    if not isinstance(custodian, FileCustodian):
        raise ConflictError("This custodian has no passphrase.", field="custodian.kind")
    await asyncio.to_thread(custodian.change_passphrase, request.passphrase.encode())
    base = Base(vault, call.caller, call.request)
    act = Administer(base, Kind.PASSPHRASE_CHANGED, "keystore")
    settled = (await call.plane.settler.settle([act]))[0]
    receipt = receipt_of(settled)
    if settled.error is not None or receipt is None:
        return refusal(settled.error or ShopwardError(), receipt)
    return reply(PassphraseChanged(receipt))


async def log_keys(call: Call) -> Reply:
    """Every key that signed the ledger, and the checkpoints by which they handed over; public."""
    vault = call.plane.vault
    own = f"{vault.log.origin}+"
    rows = [row for row in await vault.store.log_keys() if row[1].startswith(own)]
    state = vault.keyring.custodian.state("ledger")
    first = rows[0][0] - 1 if rows else state.min
    began = verifiers(vault.keyring.custodian, vault.log.origin)[first - 1].vkey
    keys, notes = [vkey for _, vkey, _ in rows], [note for _, _, note in rows]
    return reply(LogKeys(FORMAT, [began, *keys], notes))


async def certificate(call: Call) -> Reply:
    """The certificate of one erasure, by its entry or by the token the customer had.

    A customer gets that of her own erasure: she names herself, and the entry has to be hers.
    """
    vault, own = call.plane.vault, call.parameter("subject")
    if (refused := await refuse_foreign(call, "audit", own)) is not None:
        return refused
    denied = may(vault.policy, call.caller.role, "erase")
    if denied is not None and not may_audit(vault, call.caller):
        base = Base(vault, call.caller, call.request)
        settled = (await call.plane.settler.settle([ReadEntries(base)]))[0]
        return refusal(settled.error or DeniedError(), receipt_of(settled))
    index, token = call.parameter("index"), call.parameter("subject")
    if index is None and token is None:
        raise NotFoundError("Name the erasure by `index` or by `subject`.", field="index")
    wanted = None if index is None else parse_number(index, "index")
    position = await find(vault, token or "") if wanted is None else wanted
    receipt, details = await call.plane.book.receipt(position)
    found = certify(vault, receipt, vault.moment())
    if token is not None and msgspec.json.decode(details, type=Details).subject != token:
        raise NotFoundError("`index` and `subject` name different erasures.", field="index")
    return Reply(200, msgspec.json.encode(found))
