"""The operator's side of webhooks: register, list, give a new secret. Revoking is a caller's.

- A hook's secret is in a file on this machine (`hook_keys`) before the hook is in the register: a
  crash in between leaves a secret that nobody asks for.
- What a hook's row holds as a hash is of a secret that nobody has: it is never a credential.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

import msgspec

from shopward.api import wire
from shopward.api.auth import hash_secret, new_credential
from shopward.api.handlers import decode, receipt_of, refusal
from shopward.api.hook_signature import Format
from shopward.api.hooks import CLAUSE, PATH, format_of, hook_named, may_be_hook
from shopward.api.plane import Call, Reply, reply
from shopward.api.wire_hooks import (
    HookList,
    HookMade,
    HookRequest,
    HookRotated,
    HookRow,
    RotateRequest,
)
from shopward.clock import to_ms
from shopward.errors import ConflictError, NotFoundError, ShopwardError
from shopward.events import Kind
from shopward.store import CallerRow
from shopward.vault.administer import Administer
from shopward.vault.callers import AddCaller, RevokeCaller
from shopward.vault.hook_keys import new_secret
from shopward.vault.operation import Base, Operation, Settled

HOUR_MS: Final = 3_600_000
_HOOK: Final = msgspec.json.Decoder(HookRequest)
_ROTATE: Final = msgspec.json.Decoder(RotateRequest)


@dataclass(frozen=True, slots=True)
class _Given:
    """A hook's secret, and whether to show it: not when the request brought it."""

    secret: str
    is_made: bool

    @property
    def shown(self) -> str | None:
        return self.secret if self.is_made else None


def _given(secret: str | None, form: Format) -> _Given:
    if secret is None and form is Format.SHOPIFY:
        raise ConflictError(
            "Shopify signs with the app's own client secret.",
            hint="Give that secret: `--secret-file FILE`.",
            field="secret",
        )
    return _Given(secret or new_secret(), secret is None)


async def add_hook(call: Call) -> Reply:
    """Registers a webhook and shows its secret, this once."""
    request: HookRequest = decode(_HOOK, call.body)
    plane, form = call.plane, Format(request.format)
    if not may_be_hook(plane, request.role):
        raise ConflictError(
            "A webhook's role may state facts and nothing else.",
            hint='Give a role of policy.toml with may = ["facts"].',
            field="role",
        )
    given = _given(request.secret, form)
    identifier, _, _ = new_credential()
    now_ms = to_ms(plane.vault.moment())
    nobody = hash_secret(secrets.token_urlsafe())
    clauses = (CLAUSE + form,)
    row = CallerRow(identifier, request.name, request.role, 1, clauses, nobody, now_ms)
    plane.hook_keys.put(identifier, given.secret)
    settled = await _settle(call, AddCaller(_base(call), row))
    receipt = receipt_of(settled)
    if settled.error is not None or receipt is None:
        plane.hook_keys.remove(identifier)
        return refusal(settled.error or ShopwardError(), receipt)
    about = f"{identifier} {request.name} {form}"
    entered = receipt_of(await _settle(call, Administer(_base(call), Kind.WEBHOOK_ADDED, about)))
    path = PATH + request.name
    made = HookMade(
        identifier, request.name, form, request.role, path, entered or receipt, given.shown
    )
    return reply(made, 201)


async def list_hooks(call: Call) -> Reply:
    """Every webhook that is not revoked, by name."""
    vault, keys = call.plane.vault, call.plane.hook_keys
    rows = [
        HookRow(
            row.id,
            row.name,
            form,
            row.role,
            PATH + row.name,
            wire.moment(row.created_ms),
            keys.has(row.id),
        )
        for row in vault.register.rows.values()
        if row.revoked_ms is None and (form := format_of(row)) is not None
    ]
    return reply(HookList(sorted(rows, key=lambda row: row.name)))


async def rotate_hook(call: Call) -> Reply:
    """Gives a webhook a new secret; the old one is taken for some hours more."""
    request: RotateRequest = decode(_ROTATE, call.body)
    plane = call.plane
    identifier, form = _living(call, request.name)
    given = _given(request.secret, form)
    until_ms = to_ms(plane.vault.moment()) + request.grace_hours * HOUR_MS
    plane.hook_keys.put(
        identifier, given.secret, old_until_ms=until_ms if request.grace_hours else 0
    )
    about = f"{identifier} {request.name} grace-hours={request.grace_hours}"
    settled = await _settle(call, Administer(_base(call), Kind.WEBHOOK_ROTATED, about))
    receipt = receipt_of(settled)
    if settled.error is not None or receipt is None:
        return refusal(settled.error or ShopwardError(), receipt)
    return reply(HookRotated(request.name, receipt, given.shown))


async def revoke_hook(call: Call) -> Reply:
    """Ends a webhook at once and for good, and forgets its secret."""
    identifier, _ = _living(call, call.tail)
    settled = await _settle(call, RevokeCaller(_base(call), identifier))
    receipt = receipt_of(settled)
    if settled.error is not None or receipt is None:
        return refusal(settled.error or ShopwardError(), receipt)
    call.plane.hook_keys.remove(identifier)
    return reply(wire.CallerRevoked(identifier, receipt))


def _living(call: Call, name: str) -> tuple[str, Format]:
    found = hook_named(call.plane, name)
    if found is None:
        raise NotFoundError(
            "There is no webhook of this name.",
            hint="`shopward webhook list` shows them.",
            field="name",
        )
    return found[0].id, found[1]


def _base(call: Call) -> Base:
    return Base(call.plane.vault, call.caller, call.request)


async def _settle(call: Call, operation: Operation) -> Settled:
    return (await call.plane.settler.settle([operation]))[0]
