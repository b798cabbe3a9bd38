"""The handlers of the admin socket, and the two plain reads: the policy and a customer's facts."""

from __future__ import annotations

from datetime import datetime

import msgspec

from shopward.api import wire
from shopward.api.auditing import refuse_foreign, refuse_stranger
from shopward.api.auth import new_credential
from shopward.api.handlers import decode, receipt_of, refusal
from shopward.api.plane import Call, Plane, Reply, reply
from shopward.api.verbs import subject_digest
from shopward.clock import to_ms
from shopward.errors import IntegrityError, InvalidError, ShopwardError
from shopward.signing import Verifier
from shopward.store import CallerRow
from shopward.vault.caller import CONTROL_PLANE
from shopward.vault.callers import AddCaller, RevokeCaller
from shopward.vault.facts import ListFacts
from shopward.vault.frozen import read_freeze
from shopward.vault.operation import Base

CALLER = msgspec.json.Decoder(wire.CallerRequest)


async def add_caller(call: Call) -> Reply:
    """Makes a caller and shows its credential, this once."""
    request: wire.CallerRequest = decode(CALLER, call.body)
    plane = call.plane
    _check_caller(plane, request)
    identifier, credential, hashed = _credential(request)
    row = CallerRow(
        identifier,
        request.name,
        request.role,
        request.assurance,
        tuple(request.clauses),
        hashed,
        to_ms(plane.vault.moment()),
    )
    base = Base(plane.vault, call.caller, call.request)
    settled = (await plane.settler.settle([AddCaller(base, row)]))[0]
    receipt = receipt_of(settled)
    if settled.error is not None or receipt is None:
        return refusal(settled.error or ShopwardError(), receipt)
    made = wire.CallerMade(row.id, row.name, row.role, receipt, credential)
    return reply(made, 201)


def _credential(request: wire.CallerRequest) -> tuple[str, str | None, bytes]:
    """(id, credential, what proves it): of a control plane there is a public key alone."""
    identifier, credential, hashed = new_credential()
    if request.key is None:
        return identifier, credential, hashed
    return identifier, None, Verifier.parse(request.key).public_key


def _check_caller(plane: Plane, request: wire.CallerRequest) -> None:
    if request.key is not None or request.role == CONTROL_PLANE:
        _check_key(request)
    elif request.role not in plane.vault.policy.roles:
        raise InvalidError(
            "The policy has no such role.",
            hint="Use a role of policy.toml, or add it there first.",
            field="role",
        )
    if any(clause.split() != [clause] for clause in request.clauses):
        raise InvalidError("A clause is one word, such as trained:pii.", field="clauses")


def _check_key(request: wire.CallerRequest) -> None:
    if request.key is None or request.role != CONTROL_PLANE:
        raise InvalidError(
            f"`key` and the role `{CONTROL_PLANE}` belong together.",
            hint="Give both for a control plane, and neither for a caller with a credential.",
            field="role" if request.key else "key",
        )
    try:
        is_named = Verifier.parse(request.key).name == request.name
    except IntegrityError:
        is_named = False
    if not is_named:
        raise InvalidError(
            "`key` is not a verifier key under the caller's name.",
            hint="Write it as <name>+<8 hex digits>+<base64>, as a signer prints it.",
            field="key",
        )


async def list_callers(call: Call) -> Reply:
    """Every caller, the revoked too; for auditors."""
    if (refused := await refuse_stranger(call)) is not None:
        return refused
    vault = call.plane.vault
    rows = [_caller_row(row, vault.moment()) for row in vault.register.rows.values()]
    return reply(wire.CallerList(rows))


def _caller_row(row: CallerRow, now: datetime) -> wire.CallerRow:
    freeze = read_freeze(row.freeze)
    is_frozen = freeze is not None and row.revoked_ms is None and freeze.stands(now)
    frozen = wire.moment(to_ms(freeze.until)) if freeze and is_frozen else None
    revoked = None if row.revoked_ms is None else wire.moment(row.revoked_ms)
    return wire.CallerRow(
        row.id,
        row.name,
        row.role,
        row.assurance,
        list(row.clauses),
        wire.moment(row.created_ms),
        revoked,
        frozen,
    )


async def revoke_caller(call: Call) -> Reply:
    """Ends a caller's credential at once."""
    base = Base(call.plane.vault, call.caller, call.request)
    settled = (await call.plane.settler.settle([RevokeCaller(base, call.tail)]))[0]
    receipt = receipt_of(settled)
    if settled.error is not None or receipt is None:
        return refusal(settled.error or ShopwardError(), receipt)
    return reply(wire.CallerRevoked(settled.value, receipt))


async def policy(call: Call) -> Reply:
    """Which policy is in force, and what is wrong with the file if it is not it."""
    plane = call.plane
    state = wire.PolicyState(
        plane.vault.policy.sha256,
        plane.vault.policy.shop.name,
        wire.moment(plane.policy_file.loaded_ms),
        list(plane.policy_file.refused),
    )
    return reply(state)


async def reload_policy(call: Call) -> Reply:
    """Looks at the policy file now."""
    plane = call.plane
    if await plane.policy_file.look(plane.settler, is_whole=True):
        plane.callers.adopt(plane.vault.policy)
    return await policy(call)


async def list_facts(call: Call) -> Reply:
    """The facts about one customer; entered like every look."""
    plane = call.plane
    reference = call.parameter("subject")
    if not reference:
        raise InvalidError("Name the customer.", field="subject")
    if (refused := await refuse_foreign(call, "list-facts", reference)) is not None:
        return refused
    alias, own = subject_digest(plane.vault, reference)
    base = Base(plane.vault, call.caller, call.request)
    settled = (await plane.settler.settle([ListFacts(base, alias, own)]))[0]
    receipt = receipt_of(settled)
    if settled.error is not None or receipt is None:
        return refusal(settled.error or ShopwardError(), receipt)
    token, subject = settled.value
    rows = [
        wire.FactRow(
            fact.type,
            fact.id,
            fact.state,
            fact.version,
            None if fact.expires_ms is None else wire.moment(fact.expires_ms),
        )
        for fact in await plane.vault.store.facts(subject)
    ]
    return reply(wire.FactList(token, rows))
