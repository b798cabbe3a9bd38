"""Reading the ledger: paths, exact bytes, and a tail that notices what is missing."""

from __future__ import annotations

import asyncio
import json
from itertools import islice

import httpx2
import pytest

import shopward_client as sc
from clients.python.tests.fake_vault import Driver, FakeVault

NOT_OPENED = {"salt": None, "details": None}


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 0, 256, "0/000"),
        (0, 1234067, 256, "0/x001/x234/067"),
        (1, 999, 255, "1/999.p/255"),
        (63, 1000, 1, "63/x001/000.p/1"),
    ],
)
def test_tiles_have_their_published_paths(
    driver: Driver, vault: FakeVault, level: int, index: int, width: int, path: str
) -> None:
    hashes = bytes(32) * width
    vault.script.append(httpx2.Response(200, content=hashes))
    assert driver.do("tile", level, index, width) == hashes
    assert vault.asked[0].url.path == f"/v1/log/tile/{path}"


def test_a_tile_of_another_width_is_refused(driver: Driver, vault: FakeVault) -> None:
    vault.script.append(httpx2.Response(200, content=bytes(31)))
    with pytest.raises(sc.UnexpectedAnswerError):
        driver.do("tile", 0, 0, 1)


@pytest.mark.parametrize("coordinates", [(-1, 0, 256), (0, -1, 256), (0, 0, 0), (0, 0, 257)])
def test_a_tile_outside_the_tree_is_not_asked_for(
    driver: Driver, vault: FakeVault, coordinates: tuple[int, int, int]
) -> None:
    with pytest.raises(sc.InvalidError):
        driver.do("tile", *coordinates)
    assert vault.asked == []


def test_checkpoint_key_metrics_are_text(driver: Driver, vault: FakeVault) -> None:
    note = "acme.example/log\n3\nAAAA\n\n— acme Zm9v\n"
    vault.script.append(httpx2.Response(200, content=note.encode()))
    vault.script.append(httpx2.Response(200, text="acme+00+AQ==\n"))
    vault.script.append(httpx2.Response(200, text="shopward_up 1\n"))
    vault.script.append(httpx2.Response(200, content=b"\xff"))
    assert driver.do("checkpoint") == note
    assert driver.do("log_key") == "acme+00+AQ=="
    assert driver.do("metrics") == "shopward_up 1\n"
    with pytest.raises(sc.UnexpectedAnswerError):
        driver.do("checkpoint")


def test_proofs_name_what_they_prove(driver: Driver, vault: FakeVault) -> None:
    for _ in range(2):
        vault.says({"old": 3, "new": 9, "hashes": ["AA==", "BB=="]})
    assert driver.do("inclusion", 3, 9).hashes == ("AA==", "BB==")
    assert driver.do("consistency", 3, 9) == sc.Proof(3, 9, ("AA==", "BB=="))
    sent = [request.url.raw_path.decode() for request in vault.asked]
    assert sent == [
        "/v1/log/proof/inclusion?index=3&size=9",
        "/v1/log/proof/consistency?old=3&new=9",
    ]


@pytest.mark.parametrize("is_open", [True, False])
def test_a_receipt_is_a_document_to_keep(driver: Driver, vault: FakeVault, is_open: object) -> None:
    document = {"format": "shopward-receipt/v1", "leaf": "AQ==", "proof": "c2sp.org/tlog-proof@v1"}
    document |= {"salt": "AA==", "details": '{"who":"x"}'} if is_open else NOT_OPENED
    vault.says(document)
    receipt = driver.do("receipt", 7)
    assert vault.asked[0].url.path == "/v1/receipts/7"
    assert json.loads(receipt.to_json()) == document
    assert "who" not in repr(receipt)


def page(vault: FakeVault, start: int, stop: int, **more: object) -> None:
    rows = [{"index": index, "leaf": "AQ=="} for index in range(start, stop)]
    vault.says({"entries": rows, "next": stop, "checkpoint": "head"} | more)


def follow(driver: Driver, start: int, count: int) -> list[sc.EntryRow]:
    async def go() -> list[sc.EntryRow]:
        async with driver.open() as client:
            rows = client.follow(start, poll_s=0.5)
            return [await anext(rows) for _ in range(count)]

    if driver.is_async:
        return asyncio.run(go())
    with driver.open() as client:
        return list(islice(client.follow(start, poll_s=0.5), count))


def test_follow_goes_on_where_it_was_and_waits_when_there_is_nothing(
    driver: Driver, vault: FakeVault
) -> None:
    page(vault, 5, 7)
    page(vault, 7, 7)
    page(vault, 7, 8)
    assert [row.index for row in follow(driver, 5, 3)] == [5, 6, 7]
    assert [request.url.params["start"] for request in vault.asked] == ["5", "7", "7"]
    assert vault.slept == [0.5]


@pytest.mark.parametrize(
    ("start", "more"),
    [(6, {}), (5, {"next": 4}), (5, {"next": 9}), (5, {"entries": [], "next": 4})],
    ids=["gap", "back", "skipped", "truncated"],
)
def test_follow_notices_what_is_missing(
    driver: Driver, vault: FakeVault, start: int, more: dict[str, object]
) -> None:
    page(vault, start, 8, **more)
    with pytest.raises(sc.UnexpectedAnswerError):
        follow(driver, 5, 1)
