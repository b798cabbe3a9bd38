"""Job `lint`: runs the frequency attack on this shop's own customers, before an index is used.

Its argument is the id of an index of the policy in force, used or not. Customers are walked and
their forms counted in memory, a sample of them where there are many; nothing of them is written but
how many were guessed. A restart begins anew, since nothing of a count may be kept elsewhere.

The verdict advises: an index is used when the policy says with `accepts_leak` who accepted it.

    agrees    at most 1 in 100 is guessed
    warns     at most 1 in 10
    refuses   more, or too few customers to tell
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from datetime import datetime
from typing import Final

from msgspec import Struct, structs

from shopward.errors import InvalidError, UndecryptableError
from shopward.events import Kind
from shopward.policy import Index
from shopward.store import HOUSE, JobRow, Snapshot
from shopward.vault.bodies import Bodies
from shopward.vault.frequency import Attack, attack
from shopward.vault.postings import whole_forms
from shopward.vault.rotation import Cursor
from shopward.vault.service import Vault
from shopward.vault.work import Finished, Pause, Step

AGREES: Final = 0.01
WARNS: Final = 0.1
LEAST_CUSTOMERS: Final = 1_000
SAMPLE: Final = 200_000
"""Customers that are counted at most, some hundred bytes each."""
ROWS: Final = 256
SLICE: Final = 32
BATCHES: Final = 8
JOINT: Final = "\x1f"
"""Between the forms of a compound; no form has one."""


class Tally(Struct):
    """What was counted so far, in two halves: `table` is the thief's, `seen` is attacked."""

    run: str
    stride: int
    table: Counter[str] = Counter()
    seen: Counter[str] = Counter()

    def take(self, customer: Snapshot, form: str) -> None:
        """Counts one, if it is in the sample; the random end of its id says where."""
        number = int.from_bytes(customer.subject[-6:], "big")
        if number // 2 % self.stride == 0:
            (self.table if number % 2 else self.seen)[form] += 1


class LintIndex:
    """Says what an index would give away. Counts are in this object alone."""

    name = "lint"
    about = "attacks an index with the frequencies of this shop's customers"

    def __init__(self) -> None:
        self._tally = Tally("", 1)

    async def plan(self, vault: Vault, argument: str) -> int:
        """One record each: an upper bound of the customers.

        Raises:
            InvalidError: The policy in force has no such index.
        """
        _index(vault, argument)
        return await vault.store.count_records()

    async def step(self, vault: Vault, row: JobRow, now: datetime) -> Step | Pause | Finished:
        """The next customers, or the attack when all were counted."""
        index = _index(vault, row.argument)
        cursor = Cursor.parse(row.cursor)
        if cursor is not None and cursor.phase == "done":
            return Finished(cursor.name)
        if cursor is None or cursor.name != self._tally.run:
            run, stride = secrets.token_hex(6), 1 + row.total // (2 * SAMPLE)
            self._tally = Tally(run, stride, Counter(), Counter())
            begun = structs.replace(Cursor(0).at("count", now), name=run)
            return Step(Kind.INDEX_LINTED, f"{index.id}: counting begins", begun.text)
        after, count = await self._count(vault, index, bytes.fromhex(cursor.subject))
        if count:
            moved = structs.replace(cursor, subject=after.hex())
            said = f"{index.id}: {count} customers"
            return Step(Kind.INDEX_LINTED, said, moved.text, done=count)
        tally = self._tally
        found = await asyncio.to_thread(attack, index.way, tally.table, tally.seen)
        self._tally = Tally("", 1)
        said = verdict(found)
        ended = structs.replace(cursor, phase="done", name=said)
        return Step(Kind.INDEX_LINTED, f"{index.id}: {said}", ended.text, total=row.done)

    async def _count(self, vault: Vault, index: Index, after: bytes) -> tuple[bytes, int]:
        count = 0
        for _ in range(BATCHES):
            found = await vault.store.customers(max(after, HOUSE), ROWS)
            for at, customer in enumerate(found):
                if at % SLICE == 0:
                    await asyncio.sleep(0)
                if (form := _form(vault, index, customer)) is not None:
                    self._tally.take(customer, form)
            count += len(found)
            if len(found) < ROWS:
                return found[-1].subject if found else after, count
            after = found[-1].subject
        return after, count


def _form(vault: Vault, index: Index, customer: Snapshot) -> str | None:
    """The forms that a customer would be found by, as one; None where there are none."""
    bodies, fields = Bodies(vault, customer), vault.policy.fields
    try:
        forms = whole_forms(vault, index, lambda name: bodies.open_(name, fields[name].retention))
    except UndecryptableError:
        return None
    return None if forms is None else JOINT.join(forms)


def verdict(found: Attack) -> str:
    """What came of an attack, in words that end in a verdict."""
    table = 100 * found.by_table / max(1, found.attacked)
    perfect = 100 * found.perfect / max(1, found.customers)
    said = (
        f"{table:.2f} % of {found.attacked} customers guessed by the other half, "
        f"{perfect:.2f} % by one who knows every count"
    )
    if found.customers < LEAST_CUSTOMERS:
        return f"{said}: too few to tell, refuses"
    if found.share <= AGREES:
        return f"{said}: agrees"
    return f"{said}: {'warns' if found.share <= WARNS else 'refuses'}"


def _index(vault: Vault, argument: str) -> Index:
    for index in vault.policy.indexes:
        if index.id == argument:
            return index
    raise InvalidError(
        "The policy in force has no such index.",
        hint="`shopward index list` shows them.",
        field="argument",
    )
