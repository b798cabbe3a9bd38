"""The load generator: a process of its own that keeps N connections busy.

HTTP/1.1 keep-alive over a raw protocol on uvloop. Request bytes are built beforehand; of an answer
only the status and `content-length` are read. Each connection has one request under way and takes
the next one from a common queue, so exactly `count` requests are sent. It does not speak TLS,
chunked answers or redirects, and it never repeats a request.

A `Plan` arrives as msgpack on stdin, a `Load` leaves as msgpack on stdout:

    python -m benchmarks.load < plan > load
"""

from __future__ import annotations

import asyncio
import math
import subprocess
import sys
import time
from collections import Counter, deque
from itertools import chain, islice, repeat

import msgspec
import uvloop

EXCERPT_CHARS = 300
TICK_S = 0.0002


class Plan(msgspec.Struct, frozen=True):
    """What to send: `requests` in turn, from the start again when `count` is larger.

    With a `rate_per_s` each request is due at its own moment, evenly spaced, whether or not
    earlier ones were answered; it leaves as soon as a connection is free, and its latency counts
    from when it was due. Without one, each connection asks again as soon as it was answered.
    """

    port: int
    connections: int
    count: int
    requests: list[bytes]
    rate_per_s: float = 0.0


class Load(msgspec.Struct, frozen=True):
    """What came back: times in seconds, latencies in milliseconds.

    `cpu_s` belongs to the `wall_s` under load; `process_s` is all CPU time of the generator.
    """

    wall_s: float
    cpu_s: float
    process_s: float
    statuses: dict[int, int]
    p50_ms: float
    p99_ms: float
    first_failure: str

    @property
    def per_s(self) -> float:
        """Answers with a 2xx status per second."""
        return (sum(self.statuses.values()) - self.failed) / self.wall_s

    @property
    def failed(self) -> int:
        """Answers whose status is not 2xx."""
        return sum(n for status, n in self.statuses.items() if status // 100 != 2)


class LoadError(Exception):
    """The other side broke the connection or answered in a way this generator does not read."""


def percentile(ordered: list[float], share: float) -> float:
    """The nearest-rank percentile of sorted values; 0.0 when there are none."""
    if not ordered:
        return 0.0
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def parse_head(head: bytes) -> tuple[int, int]:
    """The status and the body's length in bytes of an HTTP/1.1 answer head.

    Raises:
        LoadError: The head is no HTTP/1.1 head with a `content-length`.
    """
    at = head.lower().find(b"\r\ncontent-length:")
    if at < 0 or not head.startswith(b"HTTP/1.1 "):
        raise LoadError(f"cannot read the answer {head[:80]!r}")
    end = head.find(b"\r\n", at + 2)
    return int(head[9:12]), int(head[at + 17 : end if end > 0 else None])


class Run:
    """The state all connections of one run share."""

    def __init__(self, plan: Plan, done: asyncio.Future[None]) -> None:
        turns = chain.from_iterable(repeat(plan.requests))
        self.queue = islice(turns, plan.count)
        self.left = plan.count
        self.pace_s = 1 / plan.rate_per_s if plan.rate_per_s else 0.0
        self.idle: list[Connection] = []
        self.due: deque[float] = deque()
        self.done = done
        self.latencies_s: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.first_failure = ""

    def answered(self, status: int, taken_s: float, body: bytes) -> None:
        """Count one answer; the last one ends the run."""
        self.latencies_s.append(taken_s)
        self.statuses[status] += 1
        if not 200 <= status < 300 and not self.first_failure:
            self.first_failure = body[:EXCERPT_CHARS].decode("utf-8", "replace")
        self.left -= 1
        if not self.left and not self.done.done():
            self.done.set_result(None)

    def free(self, connection: Connection) -> None:
        """A connection may ask again: for what is due, or for what comes next."""
        if not self.pace_s:
            connection.send_next(time.perf_counter())
        elif self.due:
            connection.send_next(self.due.popleft())
        else:
            self.idle.append(connection)

    async def keep_pace(self, count: int) -> None:
        """Make every request due at its moment."""
        start, made = time.perf_counter(), 0
        while made < count:
            now = min(count, int((time.perf_counter() - start) / self.pace_s) + 1)
            for number in range(made, now):
                due_s = start + number * self.pace_s
                if self.idle:
                    self.idle.pop().send_next(due_s)
                else:
                    self.due.append(due_s)
            made = now
            await asyncio.sleep(TICK_S)

    def broke(self, why: Exception) -> None:
        """End the run with an error."""
        if not self.done.done():
            self.done.set_exception(why)


class Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request under way."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.buffer = b""
        self.expected = 0
        self.sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; nothing is sent before every connection stands."""
        self.transport: asyncio.WriteTransport = transport  # type: ignore[assignment]

    def send_next(self, since_s: float) -> None:
        """Send the next request, if the run still has one; its latency counts from `since_s`."""
        request = next(self.run.queue, None)
        if request is not None:
            self.sent_at = since_s
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Collect until head and body are complete, then count and go on."""
        buffer = self.buffer + data if self.buffer else data
        end = buffer.find(b"\r\n\r\n")
        if len(buffer) < self.expected or end < 0:
            self.buffer = buffer
            return
        try:
            status, length = parse_head(buffer[:end])
        except (LoadError, ValueError) as error:
            self.run.broke(error)
            return
        self.expected = end + 4 + length
        if len(buffer) < self.expected:
            self.buffer = buffer
            return
        self.buffer, self.expected = b"", 0
        self.run.answered(status, time.perf_counter() - self.sent_at, buffer[end + 4 :])
        self.run.free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """A connection that ends while answers are missing fails the run."""
        if self.run.left:
            self.run.broke(exc or LoadError("the server closed a connection under load"))


async def generate(plan: Plan) -> Load:
    """Send the whole plan and measure it; connecting is not part of the time.

    Raises:
        LoadError: A connection broke or an answer could not be read.
    """
    loop = asyncio.get_running_loop()
    run = Run(plan, loop.create_future())
    made = [
        await loop.create_connection(lambda: Connection(run), "127.0.0.1", plan.port)
        for _ in range(plan.connections)
    ]
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        for _, connection in made:
            run.free(connection)
        pacing = asyncio.create_task(run.keep_pace(plan.count)) if run.pace_s else None
        await run.done
        if pacing is not None:
            await pacing
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    finally:
        for transport, _ in made:
            transport.close()
        await asyncio.sleep(0)
    ordered = sorted(run.latencies_s)
    return Load(
        wall_s=wall,
        cpu_s=cpu,
        process_s=time.process_time(),
        statuses=dict(run.statuses),
        p50_ms=percentile(ordered, 0.50) * 1000,
        p99_ms=percentile(ordered, 0.99) * 1000,
        first_failure=run.first_failure,
    )


def send(plan: Plan) -> Load:
    """Run the plan in a process of its own.

    Raises:
        LoadError: The generator did not finish; its last line of stderr says why.
    """
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        input=msgspec.msgpack.encode(plan),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().rsplit("\n", 1)[-1]
        raise LoadError(f"the load generator stopped: {last}")
    return msgspec.msgpack.decode(done.stdout, type=Load)


def main() -> None:
    """Read a plan from stdin, run it, write the measures to stdout."""
    plan = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Plan)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.stdout.buffer.write(msgspec.msgpack.encode(runner.run(generate(plan))))


if __name__ == "__main__":
    main()
