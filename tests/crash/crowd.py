"""Shoppers, an order system and a curious clerk, all at once, until the vault dies under them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any

from shopward_client import (
    AsyncClient,
    DeniedError,
    NoAnswerError,
    UnavailableError,
)
from tests.crash.verdict import BrokenError
from tests.crash.witness import Change, Customer, Kept, Witness, shown, told
from tests.scenarios.people import number, person

SEEN = ("city", "email", "phone", "first_name", "address1")
KINDS = {
    "store": "record:stored",
    "update": "record:updated",
    "erase": "record:erased",
    "erase-order": "record:erased",
    "fact": "fact:put",
}
DEAD = (NoAnswerError, UnavailableError)
"""How a vault that died answers: not at all, or that it cannot."""


@dataclass(frozen=True, slots=True)
class Doors:
    """One running vault as its callers meet it."""

    shop: AsyncClient
    orders: AsyncClient
    operator: AsyncClient


def send(doors: Doors, customer: Customer, change: Change) -> Awaitable[Any]:
    """One write; the same again when it is called again."""
    key, token = change.key, customer.token or ""
    if change.verb == "store":
        fields = {name: value for name, value in change.fields.items() if value is not None}
        return doors.shop.store(fields, tokens=("phone",), idempotency_key=key)
    if change.verb == "update":
        return doors.shop.update(token, change.fields, idempotency_key=key)
    if change.verb == "fact":
        return doors.orders.put_fact(change.fact, token, change.state, idempotency_key=key)
    classes = ("order",) if change.verb == "erase-order" else None
    return doors.shop.erase(token, classes=classes, idempotency_key=key)


def settle(witness: Witness, customer: Customer, change: Change, answer: Any) -> None:
    """A write was acknowledged: from now on it may never be missing."""
    witness.see(answer.receipt, KINDS[change.verb], f"{change.verb} acknowledged")
    customer.apply(change)
    if change.verb == "store":
        customer.token = answer.subject
    customer.pending = None
    customer.touched = witness.turn
    witness.kept.append(Kept(customer, change, told(answer)))


class Crowd:
    """`shoppers` tasks, each with customers of its own, spread over the doors there are."""

    def __init__(
        self, doors: Sequence[Doors], witness: Witness, dice: random.Random, shoppers: int
    ) -> None:
        self._witness, self._dice = witness, dice
        self._is_over = False
        self._shoppers = [
            _Shopper(doors[at % len(doors)], witness, witness.customers[at::shoppers])
            for at in range(shoppers)
        ]

    def stop(self) -> None:
        """Lets everybody finish what is under way, and no more."""
        self._is_over = True

    async def rush(self, steps: int) -> None:
        """Until every shopper has done its steps or found its vault dead."""
        seeds = [self._dice.random() for _ in self._shoppers]
        await asyncio.gather(
            *[
                self._shop(shopper, steps, random.Random(seed))  # noqa: S311 - which story
                for shopper, seed in zip(self._shoppers, seeds, strict=True)
            ]
        )

    async def _shop(self, shopper: _Shopper, steps: int, dice: random.Random) -> None:
        for _ in range(steps):
            if self._is_over:
                return
            try:
                await shopper.step(dice)
            except DEAD:
                return


class _Shopper:
    """Somebody who changes the customers in `own`, and nobody else does."""

    def __init__(self, doors: Doors, witness: Witness, own: list[Customer]) -> None:
        self._doors, self._witness, self._own = doors, witness, own

    async def step(self, dice: random.Random) -> None:
        """One request, or two where the same is sent again."""
        living = [one for one in self._own if one.token and not one.is_erased and not one.pending]
        if len(living) < 2 or dice.random() < 0.2:
            await self._store(dice)
            return
        customer, roll = dice.choice(living), dice.random()
        if roll < 0.25:
            await self._write(customer, self._update(dice), dice)
        elif roll < 0.40:
            await self._write(customer, self._fact(customer, dice), dice)
        elif roll < 0.65:
            await self._look(customer)
        elif roll < 0.85:
            await self._be_denied(customer)
        elif roll < 0.95:
            await self._write(customer, Change("erase", _key(dice)), dice)
        else:
            await self._write(customer, Change("erase-order", _key(dice)), dice)

    async def _store(self, dice: random.Random) -> None:
        fields: dict[str, str | None] = {**person(note=f"note {dice.random()}")}
        customer = Customer(str(fields["email"]))
        self._own.append(customer)
        self._witness.customers.append(customer)
        await self._write(customer, Change("store", _key(dice), fields), dice)

    def _update(self, dice: random.Random) -> Change:
        changes: dict[str, str | None] = {"city": f"City {dice.random()}"}
        if dice.random() < 0.4:
            changes["address1"] = (
                None if dice.random() < 0.3 else "Long Street " * dice.randrange(16) + "1"
            )
        if dice.random() < 0.2:
            changes["phone"] = person()["phone"]
        return Change("update", _key(dice), changes)

    def _fact(self, customer: Customer, dice: random.Random) -> Change:
        known = list(customer.facts)
        fact = dice.choice(known) if known and dice.random() < 0.4 else f"order:{number()}"
        return Change(
            "fact", _key(dice), fact=fact, state="open" if dice.random() < 0.6 else "closed"
        )

    async def _write(self, customer: Customer, change: Change, dice: random.Random) -> None:
        customer.pending, customer.touched = change, self._witness.turn
        answer = await send(self._doors, customer, change)
        settle(self._witness, customer, change, answer)
        if dice.random() < 0.15:
            again = await send(self._doors, customer, change)
            self._witness.counts["retries under way"] += 1
            if told(again) != told(answer):
                raise BrokenError("the same key was answered differently")

    async def _look(self, customer: Customer) -> None:
        assert customer.token is not None
        answer = await self._doors.shop.reveal(customer.token, SEEN, purpose="account")
        if answer.fields != shown(customer.fields, SEEN):
            raise BrokenError("a look showed another state than was acknowledged")
        self._witness.see(answer.receipt, "record:revealed", "look acknowledged")

    async def _be_denied(self, customer: Customer) -> None:
        assert customer.token is not None
        try:
            await self._doors.shop.reveal(customer.token, ["vat_id"], purpose="account")
        except DeniedError as denied:
            if denied.receipt is None:
                raise BrokenError("a denial without its entry") from None
            self._witness.see(denied.receipt, "record:denied", "denial acknowledged")
            return
        raise BrokenError("a look that the policy does not permit was answered")


def _key(dice: random.Random) -> str:
    return f"key-{dice.getrandbits(96):x}"
