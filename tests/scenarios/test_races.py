"""Everything at once: each answer has an entry of its own, and the ledger holds together."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from shopward.ledger.checkpoint import open_checkpoint
from shopward.ledger.merkle import frontier_of, leaf_hash, root_of
from shopward.signing import Verifier, decode_base64
from shopward_client import AsyncClient, Client, ErasedError, ShopwardError, UnavailableError
from tests.scenarios.people import number, person
from tests.scenarios.plane import ONCE, DataPlane

CONNECTIONS = 64
ROUNDS = 6
Outcome = Any


async def _attempt(call: Awaitable[Outcome]) -> Outcome:
    try:
        return await call
    except ShopwardError as error:
        return error


class Crowd:
    """Shoppers, order clerks and erasers on a handful of customers."""

    def __init__(self, plane: DataPlane, subjects: list[str]) -> None:
        self.shop, self.orders = (
            AsyncClient(plane.url, credential=plane.credential(role), retry=ONCE)
            for role in ("shop-backend", "order-system")
        )
        self.subjects = subjects
        self.mails = [person()["email"] for _ in range(4)]
        self.dice = random.Random(7)  # noqa: S311 - which story, not which secret

    def verbs(self) -> list[Callable[[str], Awaitable[Outcome]]]:
        pick = self.dice.choice
        return [
            lambda who: self.shop.reveal(who, ["city", "email"], purpose="account"),
            lambda who: self.shop.reveal(who, ["vat_id"], purpose="account"),
            lambda who: self.shop.update(who, {"city": f"City {number()}"}),
            lambda who: self.shop.update(who, {"email": pick(self.mails)}),
            lambda _: self.shop.store(person(email=pick(self.mails))),
            lambda _: self.shop.store(person()),
            lambda _: self.shop.search("email", pick(self.mails), purpose="account"),
            lambda who: self.orders.put_fact(f"order:{number()}", who, "open"),
            self.orders.facts,
            lambda who: self.shop.erase(who, classes=["order"]),
        ]

    async def rush(self) -> list[Outcome]:
        """64 of them together, a few times over; one customer is erased on the way."""
        outcomes: list[Outcome] = []
        async with self.shop, self.orders:
            for turn in range(ROUNDS):
                calls = [
                    self.dice.choice(self.verbs())(self.dice.choice(self.subjects))
                    for _ in range(CONNECTIONS)
                ]
                if turn == ROUNDS // 2:
                    calls.append(self.shop.erase(self.subjects[0]))
                outcomes += await asyncio.gather(*[_attempt(call) for call in calls])
        return outcomes


def _index(outcome: Outcome) -> int | None:
    receipt = getattr(outcome, "receipt", None)
    return None if receipt is None else int(receipt.index)


def assert_whole(operator: Client) -> int:
    """Every entry is there, without a gap, and they lead to the signed root; how many."""
    note = operator.checkpoint()
    head = open_checkpoint(note, Verifier.parse(operator.log_key()))
    rows = []
    while len(rows) < head.size:
        page = operator.entries(len(rows), 1000)
        assert page.entries
        rows += page.entries
    assert [row.index for row in rows] == list(range(len(rows)))
    hashes = [leaf_hash(decode_base64(row.leaf, "leaf")) for row in rows[: head.size]]
    assert root_of(frontier_of(hashes)) == head.root
    return head.size


def test_64_callers_at_once_get_an_entry_each_and_the_ledger_holds(plane: DataPlane) -> None:
    with plane.caller("shop-backend") as shop:
        subjects = [shop.store(person()).subject for _ in range(6)]
    crowd = Crowd(plane, subjects)
    before = plane.size()
    outcomes = asyncio.run(crowd.rush())
    lost = [one for one in outcomes if isinstance(one, UnavailableError)]
    assert all(one.reason == "contended" for one in lost)
    assert len(lost) < len(outcomes) // 8
    entered = [index for one in outcomes if (index := _index(one)) is not None]
    assert len(entered) == len(set(entered))
    listed = sum(type(one).__name__ == "FactList" for one in outcomes)
    assert len(entered) + listed + len(lost) == len(outcomes)
    with plane.operator() as operator:
        assert assert_whole(operator) == before + len(entered) + listed
    assert "Traceback" not in plane.words()


def test_a_unique_mail_has_one_owner_however_many_wanted_it(plane: DataPlane) -> None:
    with plane.caller("shop-backend") as shop:
        subjects = [shop.store(person()).subject for _ in range(8)]
        crowd = Crowd(plane, subjects)
        asyncio.run(_want(crowd))
        mails = [shop.reveal(who, ["email"], purpose="account").fields["email"] for who in subjects]
        assert len(set(mails)) == len(mails)
        for who, mail in zip(subjects, mails, strict=True):
            assert shop.search("email", mail or "", purpose="account").subject == who


async def _want(crowd: Crowd) -> None:
    async with crowd.shop, crowd.orders:
        calls = [
            crowd.shop.update(who, {"email": mail})
            for mail in crowd.mails
            for who in crowd.subjects
        ]
        await asyncio.gather(*[_attempt(call) for call in calls])


def test_after_an_erasure_is_answered_no_look_sees_a_value(plane: DataPlane) -> None:
    with plane.caller("shop-backend") as shop:
        for _ in range(6):
            subject = shop.store(person()).subject
            seen, erased_at = asyncio.run(_erase_amid_looks(plane, subject))
            for outcome in seen:
                if isinstance(outcome, ErasedError):
                    assert outcome.receipt is not None
                    assert outcome.receipt.index > erased_at
                else:
                    assert outcome.fields == {"city": "London"}
                    assert outcome.receipt.index < erased_at


async def _erase_amid_looks(plane: DataPlane, subject: str) -> tuple[list[Outcome], int]:
    credential = plane.credential("shop-backend")
    async with AsyncClient(plane.url, credential=credential, retry=ONCE) as shop:
        looks = [_attempt(shop.reveal(subject, ["city"], purpose="account")) for _ in range(40)]
        erase = _attempt(shop.erase(subject))
        outcomes = await asyncio.gather(*looks[:20], erase, *looks[20:])
    erased = outcomes.pop(20)
    return outcomes, erased.receipt.index


def test_one_customer_changed_by_many_at_once_ends_as_one_of_them_said(plane: DataPlane) -> None:
    with plane.caller("shop-backend") as shop:
        subject = shop.store(person()).subject
        crowd = Crowd(plane, [subject])
        outcomes = asyncio.run(_change(crowd, 32))
        done = [one for one in outcomes if not isinstance(one, Exception)]
        lost = [one for one in outcomes if isinstance(one, Exception)]
        assert done
        assert all(isinstance(one, UnavailableError) for one in lost)
        last = max(range(32), key=lambda at: _index(outcomes[at]) or -1)
        seen = shop.reveal(subject, ["city"], purpose="account")
        assert seen.fields == {"city": f"City {last}"}


async def _change(crowd: Crowd, count: int) -> list[Outcome]:
    async with crowd.shop, crowd.orders:
        calls = [
            crowd.shop.update(crowd.subjects[0], {"city": f"City {at}"}) for at in range(count)
        ]
        return await asyncio.gather(*[_attempt(call) for call in calls])
