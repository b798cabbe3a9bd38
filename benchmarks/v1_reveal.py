"""V1: one reveal per request, with its receipt on disk before the answer leaves.

`POST /v1/reveal` of three of ten fields over at most 20,000 customers in turn, spread over all,
64 connections, against the reference server given the very same bytes.
"""

from __future__ import annotations

from itertools import cycle

from benchmarks import calls, pairing, product
from benchmarks.report import Row
from benchmarks.scale import Scale
from benchmarks.servers import running_module
from benchmarks.stage import Stage

ID = "V1"
WORK = "reveal 3 of 10 fields, durable receipt, 64 connections"
GOAL = 0.30
CONNECTIONS = 64


def requests_of(vault: product.Product) -> list[bytes]:
    """One reveal of each sampled customer."""
    body = {"purpose": "account", "fields": product.ASKED}
    return [
        calls.post("/v1/reveal", vault.credential, {"subject": vault.subjects[at], **body})
        for at in vault.sample()
    ]


def measure(stage: Stage, scale: Scale, effort: pairing.Effort) -> list[Row]:
    """Pair the product with the reference server."""
    with stage.running(scale) as vault, running_module("benchmarks.reference") as reference:
        requests = requests_of(vault)
        reveals = calls.Stream(cycle(requests))
        with product.entering(vault, reveals):
            paired = pairing.pair(
                pairing.Side(reference, calls.Stream(cycle(requests))),
                pairing.Side(vault.server, reveals),
                CONNECTIONS,
                effort,
            )
    return [paired.row(ID, WORK, GOAL, "req/s").on(scale)]
