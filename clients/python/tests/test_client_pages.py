"""Values revealed when they are needed: one call for a page, and nothing that breaks it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx2
import pytest

import shopward_client as sc
from clients.python.tests.fake_vault import CREDENTIAL, RECEIPT, problem
from shopward_client.cache import Place

FORBIDDEN = {"vat_id"}


class Shop:
    """A vault that shows what it is asked for, refuses some fields, and counts its calls."""

    def __init__(self) -> None:
        self.calls: list[list[dict[str, Any]]] = []
        self.is_away = False

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if self.is_away:
            raise httpx2.ConnectError("away")
        items = json.loads(request.content)["items"]
        self.calls.append(items)
        return httpx2.Response(
            200, json={"items": [self._one(item) for item in items], "checkpoint": "head"}
        )

    def _one(self, item: dict[str, Any]) -> dict[str, Any]:
        if item["subject"] == "cus_gone":
            return {"status": 410, "problem": problem("erased", 410)}
        if FORBIDDEN & set(item["fields"]):
            return {"status": 403, "problem": problem("denied", 403, reason="field-not-allowed")}
        fields = {
            name: None if name == "company" else f"{name} of {item['subject']}"
            for name in item["fields"]
        }
        result = {"subject": item["subject"], "fields": fields, "receipt": RECEIPT}
        return {"status": 200, "result": result}


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def client(shop: Shop) -> sc.Client:
    quick = sc.Retry(attempts=1)
    return sc.Client(credential=CREDENTIAL, transport=httpx2.MockTransport(shop), retry=quick)


def test_a_page_of_twenty_orders_is_one_call(shop: Shop, client: sc.Client) -> None:
    page = sc.Page(client)
    with sc.purpose("fulfil"):
        rows = [
            [page.value(f"cus_{at}", name, fact=f"order:{at}") for name in ("first_name", "city")]
            for at in range(20)
        ]
    assert shop.calls == []
    assert [str(one) for one in rows[3]] == ["first_name of cus_3", "city of cus_3"]
    assert [str(name) for name, _ in rows] == [f"first_name of cus_{at}" for at in range(20)]
    (items,) = shop.calls
    assert len(items) == 20
    assert items[0] == {
        "subject": "cus_0",
        "fields": ["first_name", "city"],
        "purpose": "fulfil",
        "fact": "order:0",
    }


def test_the_same_value_twice_is_asked_once_and_purposes_are_kept_apart(
    shop: Shop, client: sc.Client
) -> None:
    page = sc.Page(client)
    first = page.value("cus_1", "city", purpose="fulfil")
    again = page.value("cus_1", "city", purpose="fulfil")
    other = page.value("cus_1", "city", purpose="support")
    assert {first.reveal(), again.reveal(), other.reveal()} == {"city of cus_1"}
    (items,) = shop.calls
    assert [(one["purpose"], one["fields"]) for one in items] == [
        ("fulfil", ["city"]),
        ("support", ["city"]),
    ]


def test_a_refused_field_costs_its_neighbours_nothing(shop: Shop, client: sc.Client) -> None:
    page = sc.Page(client, placeholder="(hidden)")
    with sc.purpose("support"):
        city, number = page.value("cus_1", "city"), page.value("cus_1", "vat_id")
        other, gone = page.value("cus_2", "city"), page.value("cus_gone", "city")
    assert [str(one) for one in (city, number, other, gone)] == [
        "city of cus_1",
        "(hidden)",
        "city of cus_2",
        "(hidden)",
    ]
    assert len(shop.calls) == 2
    assert len(shop.calls[1]) == 2
    with pytest.raises(sc.DeniedError) as refused:
        number.reveal()
    assert refused.value.reason == "field-not-allowed"
    with pytest.raises(sc.ErasedError):
        gone.reveal()


def test_a_vault_that_is_away_breaks_no_page(shop: Shop, client: sc.Client) -> None:
    page = sc.Page(client)
    shop.is_away = True
    city, name = page.value("cus_1", "city"), page.value("cus_1", "first_name")
    assert (str(city), f"{name}") == ("•••", "•••")
    with pytest.raises(sc.UnreachableError):
        city.reveal()
    shop.is_away = False
    later = page.value("cus_1", "city")
    assert str(later) == "city of cus_1"
    assert len(shop.calls) == 1


def test_what_the_customer_has_not_prints_as_nothing(client: sc.Client) -> None:
    value = sc.Page(client).value("cus_1", "company")
    assert (value.reveal(), str(value)) == (None, "")


def test_no_repr_shows_a_value_or_whose_it_is(client: sc.Client) -> None:
    page = sc.Page(client)
    value = page.value("email:ada@example.com", "city")
    str(value)
    shown = repr(value) + repr(value.known) + repr(sc.Cache()) + repr(page)
    assert "ada" not in shown
    assert "city of" not in shown


def test_many_items_go_in_parts(shop: Shop, client: sc.Client) -> None:
    page = sc.Page(client, size=2)
    values = [page.value(f"cus_{at}", "city") for at in range(5)]
    assert str(values[4]) == "city of cus_4"
    assert [len(items) for items in shop.calls] == [2, 2, 1]


def test_kept_values_are_asked_once_for_a_while_and_refusals_are_not_kept(
    shop: Shop, client: sc.Client
) -> None:
    now = [0.0]
    cache = sc.Cache(most=2, keep_s=5, monotonic=lambda: now[0])

    def city(*, purpose: str = "support") -> str:
        return str(sc.Page(client, cache=cache).value("cus_1", "city", purpose=purpose))

    assert city() == city() == "city of cus_1"
    assert len(shop.calls) == 1
    city(purpose="fulfil")
    assert len(shop.calls) == 2
    now[0] = 5.0
    city()
    assert len(shop.calls) == 3
    cache.forget("cus_1")
    city()
    assert len(shop.calls) == 4
    for _ in range(2):
        assert str(sc.Page(client, cache=cache).value("cus_1", "vat_id")) == "•••"
    assert len(shop.calls) == 6


def test_a_cache_is_bounded() -> None:
    cache = sc.Cache(most=2)
    places = [Place(f"cus_{at}", "city", None, None) for at in range(3)]
    for place in places:
        cache.put(place, None)
    assert [cache.get(place) for place in places] == [None, (None,), (None,)]
    cache.clear()
    assert len(cache) == 0
    for wrong in ({"most": 0}, {"keep_s": 0.0}, {"keep_s": 301.0}, {"keep_s": float("nan")}):
        with pytest.raises(sc.ConfigError):
            sc.Cache(**wrong)  # type: ignore[arg-type]


def test_a_page_without_a_cache_keeps_nothing_for_the_next(shop: Shop, client: sc.Client) -> None:
    for _ in range(2):
        str(sc.Page(client).value("cus_1", "city"))
    assert len(shop.calls) == 2


def test_an_asynchronous_page_is_filled_first(shop: Shop) -> None:
    async def story() -> list[str]:
        transport = httpx2.MockTransport(shop)
        async with sc.AsyncClient(credential=CREDENTIAL, transport=transport) as client:
            page = sc.AsyncPage(client)
            with sc.purpose("support"):
                values = [page.value(f"cus_{at}", "city") for at in range(20)]
            with pytest.raises(sc.InvalidError):
                values[0].reveal()
            assert str(values[0]) == "•••"
            await page.fill()
            return [str(one) for one in values]

    assert asyncio.run(story())[19] == "city of cus_19"
    assert len(shop.calls) == 1


def parts(shop: Shop, client: sc.Client, **options: Any) -> list[tuple[sc.Reveal, Any]]:
    items = (sc.Reveal(f"cus_{at}", ["city"]) for at in range(5))
    return list(sc.in_parts(client.reveal_many, items, **options))


def test_long_lists_go_in_parts_with_an_outcome_for_each(shop: Shop, client: sc.Client) -> None:
    pairs = parts(shop, client, size=2)
    assert [item.subject for item, _ in pairs] == [f"cus_{at}" for at in range(5)]
    assert [outcome.unwrap().subject for _, outcome in pairs] == [f"cus_{at}" for at in range(5)]
    assert [len(items) for items in shop.calls] == [2, 2, 1]
    with pytest.raises(sc.InvalidError):
        parts(shop, client, size=0)


def test_parts_of_a_write_have_the_same_keys_when_they_are_begun_again() -> None:
    keys: list[list[str]] = [[], []]

    def send_to(number: int) -> Callable[..., sc.Batch[sc.Stored]]:
        def send(items: Sequence[sc.Store], *, idempotency_key: str) -> sc.Batch[sc.Stored]:
            keys[number].append(idempotency_key)
            stored = sc.Outcome(201, None, sc.Stored("cus_1", sc.Receipt(1, "")), None)
            return sc.Batch((stored,) * len(items), "head")

        return send

    everybody = [sc.Store({"email": f"a{at}@example.com"}) for at in range(3)]
    for number in range(2):
        done = list(sc.in_parts(send_to(number), everybody, size=2, key="import-7"))
        assert len(done) == 3
    assert keys[0] == keys[1] == ["import-7-0", "import-7-1"]


def test_parts_are_awaited_too(shop: Shop) -> None:
    async def story() -> int:
        transport = httpx2.MockTransport(shop)
        async with sc.AsyncClient(credential=CREDENTIAL, transport=transport) as client:
            items = [sc.Reveal(f"cus_{at}", ["city"]) for at in range(3)]
            done = [pair async for pair in sc.in_parts_async(client.reveal_many, items, size=2)]
            return len(done)

    assert asyncio.run(story()) == 3
