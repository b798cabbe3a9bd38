"""V5: find a customer by mail among a million, with a receipt on disk before the answer leaves.

`POST /v1/search`, 64 connections, against a point read by an indexed column of as many rows on the
same engine (`lookup.py`). V5b holds the same search against itself on 10,000 customers. Both
ratios are of the time a search takes under load, so less is better.
"""

from __future__ import annotations

from itertools import cycle

import msgspec

from benchmarks import calls, lookup, pairing, people, product
from benchmarks.report import Row
from benchmarks.scale import LARGE, SMALL, Scale
from benchmarks.servers import running_module
from benchmarks.stage import Stage
from shopward.api.wire import Found

ID = "V5"
WORK = "search by mail, durable receipt, 64 connections, against a point read"
GOAL = 3.0
GROWTH_ID = "V5b"
GROWTH_GOAL = 1.5
CUSTOMERS = LARGE
CONNECTIONS = 64


def requests_of(vault: product.Product) -> list[bytes]:
    """One search for each sampled customer."""
    return [
        calls.post("/v1/search", vault.credential, body(vault, number)) for number in vault.sample()
    ]


def body(_: product.Product, number: int) -> dict[str, str]:
    """A search for one person."""
    return {"field": "email", "value": people.person(number)["email"], "purpose": "account"}


def check(vault: product.Product) -> None:
    """The last customer must be found.

    Raises:
        CallError: Somebody else is, or nobody.
    """
    number = len(vault.subjects) - 1
    found = vault.call("/v1/search", body(vault, number), Found)
    if found.subject != vault.subjects[number]:
        raise calls.CallError("/v1/search found somebody else")


def floor_of(stage: Stage, vault: product.Product) -> str:
    """Where the plain table is, made when there is none."""
    pairs = ((people.person(at)["email"], one) for at, one in enumerate(vault.subjects))
    mark = vault.home / "lookup"
    if not mark.exists():
        if vault.scale.engine == "sqlite":
            where = str(vault.home / "lookup.db")
            lookup.make_file(vault.home / "lookup.db", pairs)
        else:
            where = stage.cluster.create(f"lookup-{vault.scale.customers}")
            lookup.make_table(where, pairs)
        mark.write_text(where, "utf-8")
    return mark.read_text("utf-8")


def measure(stage: Stage, scale: Scale, effort: pairing.Effort) -> list[Row]:
    """Pair the product with the plain table, then with itself on fewer customers."""
    with stage.running(scale) as vault:
        check(vault)
        searches = calls.Stream(cycle(requests_of(vault)))
        where = floor_of(stage, vault)
        with running_module("benchmarks.lookup", where) as server:
            floor = pairing.Side(server, calls.Stream(cycle(requests_of(vault))))
            with product.entering(vault, searches):
                paired = pairing.pair(
                    floor, pairing.Side(vault.server, searches), CONNECTIONS, effort
                )
        rows = [paired.slower_row(ID, WORK, GOAL, "req/s").on(scale)]
        if scale.customers > SMALL:
            rows.append(_growth(stage, vault, effort).on(scale))
    return rows


def _growth(stage: Stage, large: product.Product, effort: pairing.Effort) -> Row:
    few = msgspec.structs.replace(large.scale, customers=SMALL)
    with stage.running(few) as small:
        few_side, many_side = (
            pairing.Side(one.server, calls.Stream(cycle(requests_of(one))))
            for one in (small, large)
        )
        paired = pairing.pair(few_side, many_side, CONNECTIONS, effort)
    work = f"search by mail, against itself on {SMALL:,} customers"
    return paired.slower_row(GROWTH_ID, work, GROWTH_GOAL, "req/s")
