"""Why somebody looks, said for a block: what takes it and what does not."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

import shopward_client as sc
from clients.python.tests.fake_vault import Driver, FakeVault
from shopward_client.context import Reason, reason

SHOWN = {"subject": "cus_1", "fields": {"city": "Delft"}}


def test_looks_take_purpose_and_fact_of_the_block(
    driver: Driver, vault: FakeVault, receipt: dict[str, object]
) -> None:
    vault.says(SHOWN | {"receipt": receipt})
    with sc.purpose("fulfil", order=1042):
        driver.do("reveal", "cus_1", ["city"])
    assert (vault.body["purpose"], vault.body["fact"]) == ("fulfil", "order:1042")
    vault.says({"found": False, "subject": None, "receipt": receipt})
    with sc.purpose("support"):
        driver.do("search", "email", "a")
    assert vault.body == {"field": "email", "value": "a", "purpose": "support"}
    vault.says({"matches": [], "complete": True, "receipt": receipt})
    with sc.purpose("support", ticket="7"):
        found = driver.do("find", {"last_name": "lo"}, way="prefix")
    assert vault.body == {
        "fields": {"last_name": "lo"},
        "way": "prefix",
        "purpose": "support",
        "fact": "ticket:7",
        "limit": 20,
    }
    assert (found.matches, found.complete) == ((), True)


def test_items_of_a_batch_take_it_each_by_itself(
    driver: Driver, vault: FakeVault, receipt: dict[str, object]
) -> None:
    row = {"status": 200, "result": SHOWN | {"receipt": receipt}}
    vault.says({"items": [row, row], "checkpoint": "head"})
    with sc.purpose("fulfil", order=1):
        items = [sc.Reveal("cus_1", ["city"]), sc.Reveal("cus_2", ["city"], "support")]
        driver.do("reveal_many", items)
    first, second = vault.body["items"]
    assert (first["purpose"], first["fact"]) == ("fulfil", "order:1")
    assert second["purpose"] == "support"
    assert "fact" not in second


def test_a_purpose_of_its_own_takes_no_fact_from_the_block() -> None:
    with sc.purpose("fulfil", order=1):
        assert reason("support", None) == Reason("support", None)
        assert reason(None, "shipment:2") == Reason("fulfil", "shipment:2")
        with sc.purpose("marketing"):
            assert reason(None, None) == Reason("marketing", None)
        assert reason(None, None) == Reason("fulfil", "order:1")
    assert reason(None, None) == Reason(None, None)


def test_a_block_ends_with_an_error_too() -> None:
    with pytest.raises(ZeroDivisionError), sc.purpose("fulfil"):
        _ = 1 // 0
    assert reason(None, None) == Reason(None, None)


def test_other_threads_know_nothing_of_it_and_tasks_do() -> None:
    async def task() -> Reason:
        return reason(None, None)

    async def within() -> Reason:
        with sc.purpose("fulfil"):
            return await asyncio.create_task(task())

    assert asyncio.run(within()) == Reason("fulfil", None)
    with ThreadPoolExecutor(1) as pool, sc.purpose("fulfil"):
        assert pool.submit(reason, None, None).result() == Reason(None, None)


def test_more_than_one_fact_is_refused() -> None:
    with pytest.raises(sc.InvalidError), sc.purpose("fulfil", order=1, ticket=2):
        pytest.fail("the block was entered")
