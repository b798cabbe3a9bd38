"""V1: one reveal per request, with its receipt on disk before the answer leaves.

`POST /v1/reveal` of three of ten fields over 10,000 customers in turn, 64 connections, one worker,
against the reference server given the very same bytes.
"""

from __future__ import annotations

from itertools import cycle

from benchmarks import calls, pairing, product
from benchmarks.report import Row
from benchmarks.servers import running_module

ID = "V1"
WORK = "reveal 3 of 10 fields, durable receipt, 64 connections"
GOAL = 0.30
CONNECTIONS = 64


def measure(effort: pairing.Effort) -> Row:
    """Pair the product with the reference server."""
    with product.running() as vault, running_module("benchmarks.reference") as reference:
        body = {"purpose": "account", "fields": product.ASKED}
        requests = [
            calls.post("/v1/reveal", vault.credential, {"subject": subject, **body})
            for subject in vault.subjects
        ]
        reveals = calls.Stream(cycle(requests))
        with product.entering(vault, reveals):
            paired = pairing.pair(
                pairing.Side(reference, calls.Stream(cycle(requests))),
                pairing.Side(vault.server, reveals),
                CONNECTIONS,
                effort,
            )
    return paired.row(ID, WORK, GOAL, "req/s")
