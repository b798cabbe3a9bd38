"""The handlers of the admin socket, and the two plain reads: the policy and a customer's facts."""

from __future__ import annotations

import msgspec
from msgspec import structs

from shopward.api import wire
from shopward.api.auth import new_credential
from shopward.api.handlers import decode, receipt_of, refusal
from shopward.api.plane import Call, Plane, Reply, reply
from shopward.api.verbs import subject_digest
from shopward.clock import to_ms
from shopward.errors import ConflictError, InvalidError, NotFoundError, ShopwardError
from shopward.events import Kind
from shopward.store import CallerRow, Op
from shopward.vault.administer import Administer
from shopward.vault.caller import row_proof
from shopward.vault.facts import ListFacts
from shopward.vault.operation import Base

CALLER = msgspec.json.Decoder(wire.CallerRequest)


async def add_caller(call: Call) -> Reply:
    """Makes a caller and shows its credential, this once."""
    request: wire.CallerRequest = decode(CALLER, call.body)
    plane = call.plane
    _check_caller(plane, request)
    identifier, credential, hashed = new_credential()
    row = CallerRow(
        identifier,
        request.name,
        request.role,
        request.assurance,
        tuple(request.clauses),
        hashed,
        to_ms(plane.vault.moment()),
    )
    proof = row_proof(plane.vault.keyring, row)
    values = (*_columns(row), row.secret_hash, row.created_ms, None, proof)
    plane.callers.rows[row.id] = row  # keeps the name while its entry is made durable
    base = Base(plane.vault, call.caller, call.request)
    about = f"{row.id} {row.name} {row.role}"
    settled = (
        await plane.settler.settle(
            [Administer(base, Kind.CALLER_ADDED, about, ((Op.PUT_CALLER, values),))]
        )
    )[0]
    receipt = receipt_of(settled)
    if settled.error is not None or receipt is None:
        del plane.callers.rows[row.id]
        return refusal(settled.error or ShopwardError(), receipt)
    plane.callers.add(row)
    made = wire.CallerMade(row.id, row.name, row.role, credential, receipt)
    return reply(made, 201)


def _columns(row: CallerRow) -> tuple[str, str, str, int, str]:
    return row.id, row.name, row.role, row.assurance, " ".join(row.clauses)


def _check_caller(plane: Plane, request: wire.CallerRequest) -> None:
    if request.role not in plane.vault.policy.roles:
        raise InvalidError(
            "The policy has no such role.",
            hint="Use a role of policy.toml, or add it there first.",
            field="role",
        )
    if any(clause.split() != [clause] for clause in request.clauses):
        raise InvalidError("A clause is one word, such as trained:pii.", field="clauses")
    active = (row.name for row in plane.callers.rows.values() if row.revoked_ms is None)
    if request.name in active:
        raise ConflictError(
            "There is a caller of this name already.",
            hint="Revoke it first, or choose another name.",
            field="name",
        )


async def list_callers(call: Call) -> Reply:
    """Every caller, the revoked too."""
    rows = [_caller_row(row) for row in call.plane.callers.rows.values()]
    return reply(wire.CallerList(rows))


def _caller_row(row: CallerRow) -> wire.CallerRow:
    revoked = None if row.revoked_ms is None else wire.moment(row.revoked_ms)
    return wire.CallerRow(
        row.id,
        row.name,
        row.role,
        row.assurance,
        list(row.clauses),
        wire.moment(row.created_ms),
        revoked,
    )


async def revoke_caller(call: Call) -> Reply:
    """Ends a caller's credential at once."""
    plane = call.plane
    row = plane.callers.rows.get(call.tail)
    if row is None or row.revoked_ms is not None:
        raise NotFoundError("There is no active caller of this id.", field="id")
    now_ms = to_ms(plane.vault.moment())
    ended = structs.replace(row, revoked_ms=now_ms)
    values = (now_ms, row_proof(plane.vault.keyring, ended), row.id)
    base = Base(plane.vault, call.caller, call.request)
    act = Administer(base, Kind.CALLER_REVOKED, row.id, ((Op.REVOKE_CALLER, values),))
    settled = (await plane.settler.settle([act]))[0]
    receipt = receipt_of(settled)
    if settled.error is not None or receipt is None:
        return refusal(settled.error or ShopwardError(), receipt)
    plane.callers.add(ended)
    return reply(wire.CallerRevoked(row.id, receipt))


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
