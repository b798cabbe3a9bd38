"""Looks at a vault that came back, and compares it with what was acknowledged before.

Everything goes through the doors a caller has; only whether rows and entries match is read from
the tables themselves (`rows`).
"""

from __future__ import annotations

import random
from typing import Any

from shopward.errors import IntegrityError
from shopward.ledger.consistency import format_consistency, verify_extends
from shopward.ledger.receipt import verify_receipt
from shopward.ledger.verify import verify_log
from shopward.signing import Verifier, decode_base64
from shopward_client import AsyncClient, Outcome, Reveal
from shopward_client.answers import Revealed
from tests.crash.crowd import KINDS, SEEN, Doors, send, settle
from tests.crash.pages import Pages, read_pages
from tests.crash.verdict import Verdict
from tests.crash.witness import Change, Customer, Seen, Witness, shown, told

BATCH = 100
SAMPLE = 60
STATUS_OF = {True: 410, False: 200}


class Judge:
    """One look at one vault after one crash; `everything` leaves nothing to a sample."""

    def __init__(
        self, doors: Doors, witness: Witness, dice: random.Random, *, everything: bool
    ) -> None:
        self._doors, self.witness, self._dice = doors, witness, dice
        self._everything = everything
        self.verdict = Verdict()

    async def judge(self) -> Pages:
        """Every invariant that shows at the doors; gives the ledger as it was read."""
        await self._settle_pending()
        await self._customers()
        await self._facts()
        await self._keys()
        pages = await read_pages(self._doors.operator)
        self._entries(pages)
        await self._proofs(pages)
        return pages

    # What was under way

    async def _settle_pending(self) -> None:
        for customer in self.witness.customers:
            if customer.pending is not None and not customer.is_gone:
                if self._dice.random() < 0.5:
                    await self._ask_again(customer)
                else:
                    await self._look_what_happened(customer)

    async def _ask_again(self, customer: Customer) -> None:
        """The caller's own remedy: the same request under the same key, twice."""
        change = customer.pending
        assert change is not None
        first = await send(self._doors, customer, change)
        again = await send(self._doors, customer, change)
        self.verdict.judge("key", told(first) == told(again), f"{change.verb} answered twice")
        settle(self.witness, customer, change, first)

    async def _look_what_happened(self, customer: Customer) -> None:
        change = customer.pending
        assert change is not None
        if change.verb == "store":
            await self._look_for(customer, change.fields)
        elif change.verb == "fact":
            await self._look_at_fact(customer, change.fact, change.state)
        else:
            await self._look_at_fields(customer, change)
        customer.pending = None

    async def _look_at_fields(self, customer: Customer, change: Change) -> None:
        before = customer.fields
        after = Customer(customer.email, customer.token, dict(before))
        after.apply(change)
        seen = await self._reveal([customer])
        if seen[0].status == STATUS_OF[True]:
            happened = change.verb == "erase"
            self.verdict.judge("half", happened, f"{change.verb} erased a customer")
        else:
            fields = seen[0].unwrap().fields
            happened = fields == shown(after.fields, SEEN) and change.verb != "erase"
            is_old = fields == shown(before, SEEN)
            self.verdict.judge("half", happened or is_old, f"half of {change.verb}")
        if happened:
            customer.apply(change)

    async def _look_for(self, customer: Customer, fields: dict[str, str | None]) -> None:
        found = await self._doors.shop.search("email", customer.email, purpose="account")
        if found.subject is None:
            customer.is_gone = True
            return
        customer.token, customer.fields = found.subject, dict(fields)
        seen = (await self._reveal([customer]))[0]
        whole = seen.result is not None and seen.result.fields == shown(fields, SEEN)
        self.verdict.judge("half", whole, "half of store")

    async def _look_at_fact(self, customer: Customer, fact: str, state: str) -> None:
        assert customer.token is not None
        listed = await self._doors.orders.facts(customer.token)
        now = {f"{one.type}:{one.id}": (one.state, one.version) for one in listed.facts}
        before = customer.facts.get(fact)
        after = (state, (before[1] if before else 0) + 1)
        self.verdict.judge("half", now.get(fact) in {before, after}, "half of fact")
        if now.get(fact) == after:
            customer.facts[fact] = after

    # What was acknowledged

    def _some(self, all_of: list[Any], recent: list[Any]) -> list[Any]:
        """Everything, or what is recent and a sample of the rest."""
        if self._everything or len(all_of) <= SAMPLE:
            return all_of
        older = self._dice.sample(all_of, SAMPLE)
        return recent + [one for one in older if one not in recent]

    async def _customers(self) -> None:
        known = [one for one in self.witness.customers if one.token is not None]
        recent = [one for one in known if one.touched == self.witness.turn]
        chosen = self._some(known, recent)
        for customer, seen in zip(chosen, await self._reveal(chosen), strict=True):
            expected = STATUS_OF[customer.is_erased]
            name = "erased" if customer.is_erased else "write"
            self.verdict.judge(name, seen.status == expected, f"status {seen.status}")
            if not customer.is_erased and seen.result is not None:
                same = seen.result.fields == shown(customer.fields, SEEN)
                self.verdict.judge("write", same, "another state than was acknowledged")
            elif customer.is_erased:
                found = await self._doors.shop.search("email", customer.email, purpose="account")
                self.verdict.judge("erased", not found.found, "found by its mail")

    async def _reveal(self, customers: list[Customer]) -> list[Outcome[Revealed]]:
        seen: list[Outcome[Revealed]] = []
        for at in range(0, len(customers), BATCH):
            asked = [Reveal(one.token or "", SEEN, "account") for one in customers[at : at + BATCH]]
            seen += await self._doors.shop.reveal_many(asked)
        return seen

    async def _facts(self) -> None:
        with_facts = [one for one in self.witness.customers if one.facts and not one.is_erased]
        recent = [one for one in with_facts if one.touched == self.witness.turn]
        for customer in self._some(with_facts, recent):
            listed = await self._doors.orders.facts(customer.token)
            now = {f"{one.type}:{one.id}": (one.state, one.version) for one in listed.facts}
            self.verdict.judge("write", now == customer.facts, "facts differ")

    async def _keys(self) -> None:
        kept = self.witness.kept
        for one in self._some(kept, kept[-10:])[-(SAMPLE + 10) :]:
            answer = await send(self._doors, one.customer, one.change)
            same = told(answer) == one.answer
            self.verdict.judge("key", same, f"{one.change.verb} answered differently")

    # The ledger

    def _entries(self, pages: Pages) -> None:
        for index, seen in self.witness.seen.items():
            name = _invariant_of(seen)
            is_there = index < pages.size and pages.hash_of(index) == seen.leaf_hash
            same_kind = is_there and pages.kind_of(index) == seen.kind
            self.verdict.judge(name, is_there and same_kind, f"entry {index} ({seen.what})")

    async def _proofs(self, pages: Pages) -> None:
        witness, operator = self.witness, self._doors.operator
        key = await operator.log_key()
        witness.log_key = witness.log_key or key
        self.verdict.judge("ledger", key == witness.log_key, "another key signs")
        verifier = Verifier.parse(witness.log_key)
        findings = list(verify_log(pages, verifier, checkpoint=witness.last_note()))
        self.verdict.judge("ledger", not findings, str(findings[:3]))
        earlier = sorted(size for size in witness.notes if size <= pages.size)
        for size in self._dice.sample(earlier, min(3, len(earlier))):
            held = await _extends(operator, witness.notes[size], pages.note, verifier)
            self.verdict.judge("ledger", held, f"it does not extend the checkpoint at {size}")
        indexes = sorted(witness.seen)
        for index in {*indexes[-3:], *self._dice.sample(indexes, min(4, len(indexes)))}:
            held = await _proves(operator, witness.seen[index], verifier)
            self.verdict.judge("receipt", held, f"the receipt of entry {index}")
        witness.notes[pages.size] = pages.note


def _invariant_of(seen: Seen) -> str:
    if seen.kind in KINDS.values():
        return "write"
    return "denial" if seen.kind == "record:denied" else "look"


async def _extends(operator: AsyncClient, old: str, new: str, verifier: Verifier) -> bool:
    sizes = [int(note.split("\n")[1]) for note in (old, new)]
    if sizes[0] == sizes[1]:
        return old.split("\n\n", maxsplit=1)[0] == new.split("\n\n", maxsplit=1)[0]
    proof = await operator.consistency(*sizes)
    hashes = [decode_base64(one, "a hash") for one in proof.hashes]
    try:
        verify_extends(old, new, format_consistency(hashes), verifier)
    except IntegrityError:
        return False
    return True


async def _proves(operator: AsyncClient, seen: Seen, verifier: Verifier) -> bool:
    document = await operator.receipt(seen.index)
    try:
        verified = verify_receipt(document.to_json(), verifier)
    except IntegrityError:
        return False
    return verified.index == seen.index and verified.leaf.kind == seen.kind
