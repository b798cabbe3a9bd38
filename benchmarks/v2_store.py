"""V2: one new customer per request, sealed, indexed and entered before the answer leaves.

`POST /v1/records` with ten fields, two of them uniquely indexed, 64 connections, against the
reference server given the same bodies. No customer is sent twice to the product.
"""

from __future__ import annotations

from itertools import count

from benchmarks import calls, pairing, people, product
from benchmarks.report import Row
from benchmarks.scale import Scale
from benchmarks.servers import running_module
from benchmarks.stage import Stage, newcomer, took_in

ID = "V2"
WORK = "store 10 fields with 2 indexes, durable, 64 connections"
GOAL = 0.20
CONNECTIONS = 64


def newcomers(credential: str, first: int) -> calls.Stream:
    """Store requests for people from a number on, each only once."""
    return calls.Stream(
        calls.post("/v1/records", credential, {"fields": people.person(number)})
        for number in count(first)
    )


def measure(stage: Stage, scale: Scale, effort: pairing.Effort) -> list[Row]:
    """Pair the product with the reference server."""
    with stage.running(scale) as vault, running_module("benchmarks.reference") as reference:
        first = newcomer(vault.home, scale.customers)
        stores = newcomers(vault.credential, first)
        try:
            with product.entering(vault, stores):
                paired = pairing.pair(
                    pairing.Side(reference, newcomers(vault.credential, first)),
                    pairing.Side(vault.server, stores),
                    CONNECTIONS,
                    effort,
                )
        finally:
            took_in(vault.home, scale.customers, stores.given)
    return [paired.row(ID, WORK, GOAL, "req/s").on(scale)]
