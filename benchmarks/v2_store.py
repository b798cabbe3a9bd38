"""V2: one new customer per request, sealed, indexed and entered before the answer leaves.

`POST /v1/records` with ten fields, two of them uniquely indexed, 64 connections, one worker,
against the reference server given the same bodies. No customer is sent twice to the product.
"""

from __future__ import annotations

from itertools import count

from benchmarks import calls, pairing, people, product
from benchmarks.report import Row
from benchmarks.servers import running_module

ID = "V2"
WORK = "store 10 fields with 2 indexes, durable, 64 connections"
GOAL = 0.20
CONNECTIONS = 64


def newcomers(credential: str) -> calls.Stream:
    """Store requests for customers who are not among the preloaded, each only once."""
    return calls.Stream(
        calls.post("/v1/records", credential, {"fields": people.person(number)})
        for number in count(product.PRELOADED)
    )


def measure(effort: pairing.Effort) -> Row:
    """Pair the product with the reference server."""
    with product.running() as vault, running_module("benchmarks.reference") as reference:
        stores = newcomers(vault.credential)
        with product.entering(vault, stores):
            paired = pairing.pair(
                pairing.Side(reference, newcomers(vault.credential)),
                pairing.Side(vault.server, stores),
                CONNECTIONS,
                effort,
            )
    return paired.row(ID, WORK, GOAL, "req/s")
