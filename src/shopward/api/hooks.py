"""The webhook door: a shop says what became of an order, or what a customer asks, and signs it.

    POST /v1/hooks/<name>

Nobody brings a credential here; the signature over the body is the proof (`hook_signature`). A hook
is a caller whose role may state facts and nothing else: it looks at nothing, and its answer says no
more than what became of the delivery. Nothing of a body is kept: it becomes facts, or a request
that a person sees, in one transaction each, before the answer.

- What is not signed gets 401 and leaves no trace; a hook that is not there gets the same answer,
  after the same work.
- The same body is done once, whatever its headers say.
- A customer is found by the shop's own id, else by the mail address, through the blind indexes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from shopward.api.handlers import receipt_of
from shopward.api.hook_events import CLOSED, SHIPPED, Delivery, read
from shopward.api.hook_signature import Format, is_signed
from shopward.api.plane import Plane, Reply, reply
from shopward.api.wire_hooks import HookAnswer
from shopward.clock import to_ms
from shopward.errors import (
    ConflictError,
    DeniedError,
    ErasedError,
    InvalidError,
    NotFoundError,
    ShopwardError,
    UnauthenticatedError,
)
from shopward.policy import Verb
from shopward.store import CallerRow
from shopward.vault.caller import Caller
from shopward.vault.facts import PutFact
from shopward.vault.operation import Base, Operation
from shopward.vault.replay import idempotency
from shopward.vault.requests import SHOP, Delivered, FileRequest

PATH: Final = "/v1/hooks/"
CLAUSE: Final = "webhook:"
"""How the clause of a caller begins that is a hook; its format follows."""
PING: Final = re.compile(rb"webhook_id=[0-9]{1,20}")
"""What WooCommerce sends, unsigned, when a webhook is saved: it wants 200, and nothing is done."""

CONFLICTS: Final = {"fact-stale": "stale", "fact-foreign": "conflict"}
"""What the shop cannot mend by sending it again, and is told as an outcome."""


def format_of(row: CallerRow) -> Format | None:
    """The format of a caller that is a hook; None for every other caller."""
    words = [clause.removeprefix(CLAUSE) for clause in row.clauses if clause.startswith(CLAUSE)]
    return Format(words[0]) if words and words[0] in list(Format) else None


def hook_named(plane: Plane, name: str) -> tuple[Caller, Format] | None:
    """The living hook of this name."""
    register = plane.vault.register
    for row in register.rows.values():
        form = format_of(row) if row.name == name else None
        caller = register.living(row.id)[0]
        if form is not None and caller is not None:
            return caller, form
    return None


def may_be_hook(plane: Plane, role: str) -> bool:
    """Whether a role may state facts and nothing else."""
    known = plane.vault.policy.roles.get(role)
    return known is not None and set(known.may) == {Verb.FACTS}


async def deliver(
    plane: Plane, name: str, headers: Mapping[bytes, bytes], body: bytes, request: str
) -> Reply:
    """One delivery, signed and dealt with.

    Raises:
        UnauthenticatedError: It is not signed, or there is no such hook.
        InvalidError: It is signed, and is not what its topic is made of.
        ShopwardError: It could not be dealt with; the shop sends it again.
    """
    now = plane.vault.moment()
    caller, form = hook_named(plane, name) or (None, Format.SIGNED)
    keys = plane.hook_keys.keys(caller.id if caller else None, to_ms(now))
    signed = is_signed(form, headers, body, keys, int(plane.vault.clock().timestamp()))
    if caller is None or not signed:
        raise UnauthenticatedError
    plane.callers.take(caller, 1)
    if not may_be_hook(plane, caller.role):
        hint = "Give its role `facts` and nothing else in policy.toml."
        raise DeniedError("The role of this webhook may do more than it needs.", hint=hint)
    delivery = read(form, headers, body, now)
    door = _Door(plane, caller, body, request)
    outcome = await door.take(delivery, name)
    about = f"{name} {form} {delivery.topic} {outcome}"
    settled = (await plane.settler.settle([Delivered(door.base(0), about)]))[0]
    receipt = receipt_of(settled)
    if settled.error is not None or receipt is None:
        raise settled.error or ShopwardError()
    return reply(HookAnswer(settled.value, receipt))


class _Door:
    """One delivery on its way into the vault."""

    def __init__(self, plane: Plane, caller: Caller, body: bytes, request: str) -> None:
        self._plane = plane
        self._caller = caller
        self._body = body
        self._request = request
        self._digest = hashlib.sha256(body).hexdigest()

    def base(self, item: int) -> Base:
        """What an operation of this delivery is; the same body gets the same answer."""
        vault = self._plane.vault
        keyed = vault.keyring.name("@idempotency", "replay")
        key = idempotency(keyed, self._caller.key, f"hook-{self._digest}", self._body, item)
        request = f"{self._request}.{item}" if item else self._request
        return Base(vault, self._caller, request, key)

    async def take(self, delivery: Delivery, name: str) -> str:
        """What became of it, in one word.

        Raises:
            ShopwardError: The vault refuses, or cannot be asked.
        """
        if delivery.asked == SHOP:
            return await self._settle([self._file(None, SHOP, name)], "filed")
        if delivery.asked is None and delivery.order is None:
            return "ignored"
        outcome = "unknown-customer"
        for at, (field, value) in enumerate(delivery.customers):
            alias = self._alias(field, value)
            if alias is None:
                continue
            try:
                return await self._about(delivery, name, alias, 1 + at * 4)
            except NotFoundError:
                continue
            except ErasedError:
                outcome = "erased"
        return outcome

    async def _about(self, delivery: Delivery, name: str, alias: bytes, item: int) -> str:
        if delivery.asked is not None:
            return await self._settle([self._file(alias, delivery.asked, name, item)], "filed")
        return await self._settle(self._facts(delivery, alias, item), "done")

    def _alias(self, field: str, value: str) -> bytes | None:
        """The digest of a reference; None when nobody can be known by it."""
        vault = self._plane.vault
        if field == "external":
            return vault.external_digest(value)
        known = vault.policy.fields.get(field)
        if known is None or "unique" not in known.indexes:
            return None
        try:
            return vault.index_digest(field, value)
        except InvalidError:
            return None

    def _file(self, alias: bytes | None, asked: str, name: str, item: int = 1) -> Operation:
        return FileRequest(self.base(item), alias, asked, f"{name}-{self._digest[:12]}")

    def _facts(self, delivery: Delivery, alias: bytes, item: int) -> list[Operation]:
        """The order, and its shipment once there is one."""
        states = {"order": "closed" if delivery.state == CLOSED else "open"}
        if delivery.state in {SHIPPED, CLOSED}:
            states["shipment"] = "open" if delivery.state == SHIPPED else "closed"
        number, version = delivery.order or "", delivery.version
        return [
            PutFact(self.base(item + at), alias, None, kind, number, state, None, version)
            for at, (kind, state) in enumerate(states.items())
        ]

    async def _settle(self, operations: list[Operation], done: str) -> str:
        for settled in await self._plane.settler.settle(operations):
            if settled.error is None:
                done = "known" if settled.value is False else done
            elif isinstance(settled.error, ConflictError) and settled.error.reason in CONFLICTS:
                done = CONFLICTS[settled.error.reason]
            else:
                raise settled.error
        return done
