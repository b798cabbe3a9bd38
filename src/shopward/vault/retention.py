"""The job that erases what is past its date, and what it would erase at some moment.

It finds customers by what the policy in force says now, a hundred at a time, and lets each die in
a transaction and with an entry of its own (`Expire`). There is nothing to remember in between: what
died is not found again, so a kill at any moment loses and repeats nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct

from shopward.clock import to_ms
from shopward.errors import InvalidError
from shopward.events import Kind
from shopward.policy import Policy
from shopward.policy.retention import DAY_MS, due_ms
from shopward.store import JobRow
from shopward.vault.caller import SYSTEM
from shopward.vault.expire import Expire
from shopward.vault.operation import Base
from shopward.vault.service import Vault
from shopward.vault.work import Finished, Step

BATCH: Final = 100
"""Customers in one step."""


class DueClass(Struct, frozen=True):
    """How many customers' rows of a class are past their date, and since when the first is."""

    name: str
    customers: int
    first_ms: int | None


class Retention:
    """Erases what is past its date; a `Work`."""

    name = "retention"
    about = "Erases what is past its date by the policy in force."

    async def plan(self, vault: Vault, argument: str) -> int:
        """How many rows are due.

        Raises:
            InvalidError: It takes no argument.
        """
        if argument:
            raise InvalidError("This job takes no argument.", field="argument")
        return sum(one.customers for one in await preview(vault, to_ms(vault.moment())))

    async def step(self, vault: Vault, row: JobRow, now: datetime) -> Step | Finished:
        """The next hundred customers."""
        subjects = await _due(vault, to_ms(now))
        if not subjects:
            return Finished(f"{row.done} customers")
        named = f"{row.id}.{row.version}"
        operations = tuple(
            Expire(Base(vault, SYSTEM, f"{named}.{at}"), subject)
            for at, subject in enumerate(subjects)
        )
        return Step(Kind.RETENTION_SWEPT, f"{len(subjects)} customers", "", operations=operations)


async def is_due(vault: Vault) -> bool:
    """Whether anything is past its date now."""
    return bool(await _due(vault, to_ms(vault.moment()), 1))


async def preview(vault: Vault, at_ms: int) -> list[DueClass]:
    """By class, what would be past its date at that moment, were nothing to happen until then."""
    classes = vault.policy.classes
    found = await vault.store.terms(_before(vault.policy, at_ms))
    return [
        DueClass(name, customers, due_ms(classes[name], since_ms))
        for name, (customers, since_ms) in found.items()
    ]


async def _due(vault: Vault, now_ms: int, limit: int = BATCH) -> list[bytes]:
    policy = vault.policy
    held = [name for name, kept in policy.classes.items() if kept.survives_erasure]
    due = await vault.store.due(_before(policy, now_ms), limit)
    return due or await vault.store.left(held, limit)


def _before(policy: Policy, now_ms: int) -> list[tuple[str, int]]:
    """By class, the latest day to count from of what is over at that moment."""
    return [(name, now_ms - kept.keep_days * DAY_MS) for name, kept in policy.classes.items()]
