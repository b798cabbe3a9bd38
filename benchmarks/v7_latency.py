"""V7: how long the slowest reveals take when the data plane is half busy.

The requests of V1. First the peak: what 64 connections get when each asks again at once. Then half
of that rate, each request due at its own moment, whether or not earlier ones were answered, so
that a pause of the server counts for everything that was due in it. The ratio is p99 over p50.
"""

from __future__ import annotations

from itertools import cycle
from statistics import median

from benchmarks import calls, pairing, product
from benchmarks.report import Row, lower
from benchmarks.scale import Scale
from benchmarks.stage import Stage
from benchmarks.v1_reveal import CONNECTIONS, requests_of

ID = "V7"
WORK = "p99 of V1 over its p50, at half of its peak rate"
GOAL = 6.0


def measure(stage: Stage, scale: Scale, effort: pairing.Effort) -> list[Row]:
    """Find the peak, then pace."""
    with stage.running(scale) as vault:
        reveals = calls.Stream(cycle(requests_of(vault)))
        side = pairing.Side(vault.server, reveals)
        with product.entering(vault, reveals):
            count = pairing.calibrate(side, CONNECTIONS, effort)
            peak = pairing.take(side, CONNECTIONS, count).per_s
            half = max(effort.least, count // 2)
            turns = [
                pairing.take(side, CONNECTIONS, half, rate_per_s=peak / 2)
                for _ in range(effort.rounds)
            ]
    return [_row(peak, turns).on(scale)]


def _row(peak: float, turns: list[pairing.Turn]) -> Row:
    ratios = [turn.p99_ms / turn.p50_ms for turn in turns]
    p50, p99 = ([getattr(turn, name) for turn in turns] for name in ("p50_ms", "p99_ms"))
    detail = (
        f"peak {peak:,.0f} req/s; at {peak / 2:,.0f} req/s p50 {pairing.spread(p50, '.2f')} ms, "
        f"p99 {pairing.spread(p99, '.2f')} ms; ratio {pairing.spread(ratios, '.2f')} "
        f"over {len(turns)} turns"
    )
    bound = pairing.bound_by(turns)
    return lower(ID, WORK, median(ratios), GOAL, detail=detail, bound_by=bound)
