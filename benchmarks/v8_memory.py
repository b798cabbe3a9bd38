"""V8: what a million reveals leave in memory.

The data plane is started on at least 100,000 customers and its resident memory read; then each of
100,000 customers is revealed ten times over, twice one by one (64 connections) and eight times in
batches of a hundred (8 connections), and it is read again. Of several workers it is the sum.
"""

from __future__ import annotations

from itertools import cycle

from benchmarks import calls, load, pairing, product, usage
from benchmarks.report import Row, lower
from benchmarks.scale import Scale, ScaleError
from benchmarks.stage import Stage
from benchmarks.v1_reveal import CONNECTIONS
from benchmarks.v4_bulk_reveal import CONNECTIONS as BULK_CONNECTIONS
from benchmarks.v4_bulk_reveal import PER_CALL, batches

ID = "V8"
WORK = "memory in MiB that 10^6 reveals of 10^5 customers leave"
GOAL = 64.0
CUSTOMERS = 100_000
SINGLE = 2
BULK = 8
MIB = 1 << 20


def measure(stage: Stage, scale: Scale, effort: pairing.Effort) -> list[Row]:
    """Read, reveal, read again.

    Raises:
        ScaleError: There is no /proc to read it from.
    """
    with stage.running(scale) as vault:
        numbers = vault.sample(CUSTOMERS)
        names = [vault.subjects[at] for at in numbers]
        before = _resident_mib(vault)
        asked = {"purpose": "account", "fields": product.ASKED}
        single = [
            calls.post("/v1/reveal", vault.credential, {"subject": name, **asked}) for name in names
        ]
        bulk = batches(vault.credential, "subject", names)
        share = effort.share
        _send(vault, single, CONNECTIONS, round(len(single) * SINGLE * share))
        after_single = _resident_mib(vault)
        _send(vault, bulk, BULK_CONNECTIONS, round(len(bulk) * BULK * share))
        after = _resident_mib(vault)
    made = round(len(names) * (SINGLE + BULK) * share)
    detail = (
        f"{before:.0f} MiB at the start, {after_single:.0f} after the single ones, {after:.0f} "
        f"after {made:,} reveals of {len(names):,} customers"
    )
    bound = "the cache of data keys, the pages SQLite keeps, and what the allocator holds back"
    return [lower(ID, WORK, after - before, GOAL, detail=detail, bound_by=bound).on(scale)]


def _send(vault: product.Product, requests: list[bytes], connections: int, count: int) -> None:
    stream = calls.Stream(cycle(requests))
    weight = 1 if connections == CONNECTIONS else PER_CALL
    with product.entering(vault, stream, weight):
        plan = load.Plan(vault.server.port, connections, count, stream(count))
        seen = load.send(plan)
    if seen.failed:
        raise pairing.RefusedError(f"{seen.statuses}; the first: {seen.first_failure}")


def _resident_mib(vault: product.Product) -> float:
    try:
        return usage.resident_bytes(vault.server.pid) / MIB
    except OSError as error:
        raise ScaleError("this system has no /proc to read memory from") from error
