"""What callers have used of their budgets, in memory; the customers of a day also in the store.

The store is what counts: a customer that is new in a budget is one row, written in the transaction
of the receipt, which refuses it when the budget is used up by then. Here is what was read of it, so
that a second look at a customer costs a look into a set. A budget's day is read when its first look
comes, after a start or at midnight.

- Looks of a minute are counted here alone, each process by itself, and start anew with it.
- A warning is entered when four fifths of a day's customers are reached: once a day by every
  process, and again after a start.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from shopward.policy import Budget, Policy, Spent
from shopward.policy.budget import day_of, minute_of
from shopward.store import Op, Spend, Store

Key = tuple[int, str, str]
"""(day, caller, purpose)."""
SWEEP: Final = 500
"""After how many customers rows of past days are deleted, a thousand at a time."""
Write = tuple[Op, tuple[object, ...]]


class Budgets:
    """The budgets of one vault, used up or not."""

    def __init__(self) -> None:
        self._customers: dict[Key, set[bytes]] = {}
        self._reads: dict[tuple[str, str], tuple[int, set[str]]] = {}
        self._warned: set[Key] = set()

    async def load(
        self,
        store: Store,
        policy: Policy,
        asking: Iterable[tuple[str, str, str | None]],
        now: datetime,
    ) -> None:
        """Reads the days that these (caller, role, purpose) need and that are not known yet."""
        day = day_of(now, policy.shop.time_zone)
        for caller, role, purpose in asking:
            if purpose is None or (role, purpose) not in policy.budget_of:
                continue
            key = (day, caller, purpose)
            if key not in self._customers:
                self._customers[key] = await store.seen(*key)
                self._drop_before(day)

    def spent(
        self, policy: Policy, budget: Budget, caller: str, subject: bytes | None, now: datetime
    ) -> Spent:
        """What this caller has used of a budget; `subject` is whom it wants to look at."""
        key = (day_of(now, policy.shop.time_zone), caller, budget.purpose)
        customers = self._customers.get(key, set())
        minute, requests = self._reads.get(key[1:], (0, set()))
        reads = len(requests) if minute == minute_of(now) else 0
        return Spent(len(customers), reads, subject in customers)

    def read(self, budget: Budget, caller: str, request: str, now: datetime) -> None:
        """Counts a look in its minute; one that is prepared again is the same look."""
        if budget.reads_per_minute is None:
            return
        minute, requests = self._reads.get((caller, budget.purpose), (0, set[str]()))
        if minute != minute_of(now):
            requests = set()
        requests.add(request)
        self._reads[caller, budget.purpose] = minute_of(now), requests

    def spend(
        self, policy: Policy, budget: Budget, caller: str, subject: bytes, now: datetime
    ) -> tuple[Spend, tuple[Write, ...]] | None:
        """The guard and the writes that count a customer; None when nothing is to count."""
        if budget.customers_per_day is None:
            return None
        key = (day_of(now, policy.shop.time_zone), caller, budget.purpose)
        customers = self._customers.get(key, set())
        if subject in customers:
            return None
        spend = Spend(*key, subject, len(customers), budget.customers_per_day)
        row: Write = (Op.PUT_SEEN, (subject, *key))
        if len(customers) % SWEEP:
            return spend, (row,)
        return spend, ((Op.FORGET_SEEN, (key[0] - 1,)), row)

    def take(self, spend: Spend) -> None:
        """Knows a customer that is now counted in the store."""
        self._customers.setdefault(spend.key, set()).add(spend.subject)

    def warning(self, policy: Policy, role: str, spend: Spend) -> str | None:
        """What to enter when a day's customers are nearly used up, the first time it is seen."""
        budget = policy.budget_of.get((role, spend.purpose))
        used = len(self._customers.get(spend.key, ()))
        if budget is None or used < budget.warns_at or spend.key in self._warned:
            return None
        self._warned.add(spend.key)
        return f"{spend.caller} {spend.purpose} {used}/{spend.limit}"

    def forget(self, spend: Spend) -> None:
        """Reads a day again: another process counts in it too."""
        self._customers.pop(spend.key, None)

    def erase(self, subject: bytes) -> None:
        """Forgets a customer, as the store has."""
        for customers in self._customers.values():
            customers.discard(subject)

    def _drop_before(self, day: int) -> None:
        for key in [key for key in self._customers if key[0] < day]:
            del self._customers[key]
        self._warned = {key for key in self._warned if key[0] >= day}
