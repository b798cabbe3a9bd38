"""A B A B: two sides take turns under the same load, and only their ratio counts.

- Both servers stand for the whole pairing; the one whose turn it is not is idle.
- Each side is first warmed up, which also tells how many requests fill one turn.
- The ratio of a row is the median of the ratios of neighbouring turns, so that a machine that gets
  slower half way disturbs one pair and not the result.
- Requests are bounded by count; a body that must be new each time is new across all turns.
- Any answer that is not 2xx fails the row: a refused request is cheap and would flatter.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from math import isnan
from statistics import median

from benchmarks import load, usage
from benchmarks.calls import CallError
from benchmarks.report import Row, higher, lower
from benchmarks.scale import ScaleError
from benchmarks.servers import Server, ServerError

Requests = Callable[[int], list[bytes]]
BUSY = 0.85
NOTICEABLE = 0.15


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure.

    `rounds` pairs of turns of `turn_s` seconds; no turn and no warm-up has fewer than
    `least` requests. `share` is how much is done of what is counted, not timed.
    """

    rounds: int
    turn_s: float
    least: int
    share: float = 1.0


FULL = Effort(rounds=5, turn_s=3.0, least=400)
STEADY = Effort(rounds=4, turn_s=2.5, least=400)
"""For many rows in one go."""
QUICK = Effort(rounds=2, turn_s=0.5, least=100, share=0.02)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: a server and the next requests it is to answer.

    Args:
        server: Where it listens.
        requests: Makes that many request byte strings, in order, never the same slice twice
            unless repeating is harmless.
        weight: Records per request (100 for a batch of a hundred).
    """

    server: Server
    requests: Requests
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn showed: records/s, latency, and the cores that each party used."""

    per_s: float
    p50_ms: float
    p99_ms: float
    server: float
    queued: float
    client: float
    others: float
    engine: float = 0.0

    @property
    def cpu_us(self) -> float:
        """The server's CPU time per record; steadier than speed where others use the machine."""
        return self.server / self.per_s * 1e6


@dataclass(frozen=True, slots=True)
class Paired:
    """All turns of both sides, in the order they were taken."""

    effort: Effort
    floor: list[Turn]
    product: list[Turn]

    @property
    def ratios(self) -> list[float]:
        """Product over floor of each pair of neighbouring turns."""
        return [b.per_s / a.per_s for a, b in zip(self.floor, self.product, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of `ratios`."""
        return median(self.ratios)

    def detail(self, unit: str) -> str:
        """Both sides in figures: medians, least and most."""
        sides = "; ".join(
            f"{name} {spread([turn.per_s for turn in turns])} {unit}, "
            f"p50 {median(turn.p50_ms for turn in turns):.1f} ms, "
            f"p99 {median(turn.p99_ms for turn in turns):.1f} ms, "
            f"server CPU {median(turn.cpu_us for turn in turns):.0f} us each"
            for name, turns in (("product", self.product), ("floor", self.floor))
        )
        pairs = f"{self.effort.rounds} pairs of {self.effort.turn_s:g} s"
        return f"{sides}; ratio {spread(self.ratios, '.3f')} over {pairs}"

    def row(self, name: str, work: str, goal: float, unit: str, note: str = "") -> Row:
        """The outcome as a row of which more is better."""
        return higher(
            name,
            work,
            self.ratio,
            goal,
            detail=note + self.detail(unit),
            bound_by=self.bounds,
        )

    def slower_row(self, name: str, work: str, goal: float, unit: str) -> Row:
        """How many times as long the product takes as the floor, of which less is better."""
        taken = [1 / ratio for ratio in self.ratios]
        detail = f"{self.detail(unit)}; of time {spread(taken, '.2f')}"
        return lower(name, work, median(taken), goal, detail=detail, bound_by=self.bounds)

    @property
    def bounds(self) -> str:
        """What held each side back."""
        return f"product: {bound_by(self.product)}; floor: {bound_by(self.floor)}"


class RefusedError(Exception):
    """A side answered something other than 2xx, so that its speed means nothing."""


FAILURES = (RefusedError, load.LoadError, ServerError, CallError, ScaleError)
"""Everything that keeps a row from being measured."""


def take(side: Side, connections: int, count: int, rate_per_s: float = 0.0) -> Turn:
    """One turn of one side; with a rate, its requests are due evenly spaced.

    Raises:
        RefusedError: An answer was not 2xx.
        LoadError: The load generator could not finish.
    """
    requests = side.requests(count)
    plan = load.Plan(side.server.port, connections, count, requests, rate_per_s)
    meter = usage.Meter(side.server.pid, side.server.engine_pid)
    seen = load.send(plan)
    spent, worked, others = meter.read(seen.process_s)
    if seen.failed:
        raise RefusedError(
            f"{side.server.name} answered {seen.statuses}; the first: {seen.first_failure}"
        )
    return Turn(
        per_s=seen.per_s * side.weight,
        p50_ms=seen.p50_ms,
        p99_ms=seen.p99_ms,
        server=spent.run_s / seen.wall_s,
        queued=spent.queue_s / seen.wall_s,
        client=seen.cpu_s / seen.wall_s,
        others=others,
        engine=worked.run_s / seen.wall_s,
    )


def calibrate(side: Side, connections: int, effort: Effort) -> int:
    """Warm a side up; the number of requests that fill one of its turns."""
    first = take(side, connections, effort.least)
    many = max(effort.least, round(first.per_s / side.weight * effort.turn_s))
    second = take(side, connections, many)
    return max(effort.least, round(second.per_s / side.weight * effort.turn_s))


def pair(floor: Side, product: Side, connections: int, effort: Effort) -> Paired:
    """Warm both up, then let them take turns: A B A B, and so on."""
    counts = calibrate(floor, connections, effort), calibrate(product, connections, effort)
    paired = Paired(effort, [], [])
    for _ in range(effort.rounds):
        paired.floor.append(take(floor, connections, counts[0]))
        paired.product.append(take(product, connections, counts[1]))
    return paired


def spread(values: list[float], form: str = ",.0f") -> str:
    """`median (least - most)` in one number format."""
    return f"{median(values):{form}} ({min(values):{form}} - {max(values):{form}})"


def bound_by(turns: list[Turn]) -> str:
    """What held one side back, in words, from the median cores each party used."""
    server, queued, client, others, engine = (
        median(getattr(turn, name) for turn in turns)
        for name in ("server", "queued", "client", "others", "engine")
    )
    if isnan(server):
        return "unknown: this system has no /proc"
    cores = f"server {server:.2f} of a core, load generator {client:.2f}"
    if engine:
        cores += f", PostgreSQL {engine:.2f}"
    if others > NOTICEABLE:
        cores += f", other processes {others:.2f}"
    return f"{_verdict(server, queued, client, engine + others)} ({cores})"


def _verdict(server: float, queued: float, client: float, rest: float) -> str:
    full = os.cpu_count() or 1
    if rest >= NOTICEABLE and server + client + rest >= BUSY * full:
        return "every core of the machine: server, generator and the rest share them"
    if client >= BUSY and client > server:
        return "the load generator: the server could do more"
    if server >= BUSY:
        return "the server's CPU"
    if server + queued >= BUSY:
        return "a shared CPU: the server waited for its turn"
    return "waiting: durable commits, or too few requests under way"
