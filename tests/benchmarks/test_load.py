from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from benchmarks import load

REQUEST = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"


@asynccontextmanager
async def answering(*answers: bytes, piece: int = 1 << 16) -> AsyncIterator[int]:
    """A server that gives these answers in turn, cut into pieces, counting over connections."""
    given = iter(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while await reader.read(1 << 16):
                answer = next(given, None)
                if answer is None:
                    break
                for at in range(0, len(answer), piece):
                    writer.write(answer[at : at + piece])
                    await writer.drain()
                    await asyncio.sleep(0)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.create_task(serve(reader, writer)))

    served: list[asyncio.Task[None]] = []
    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            await asyncio.gather(*served)


def answer(status: int, body: bytes) -> bytes:
    return b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n%s" % (status, len(body), body)


async def fire(
    *answers: bytes, count: int, connections: int = 1, piece: int = 1 << 16
) -> load.Load:
    async with answering(*answers, piece=piece) as port:
        return await load.generate(load.Plan(port, connections, count, [REQUEST]))


def test_exactly_the_count_is_sent_over_all_connections() -> None:
    seen = asyncio.run(fire(*[answer(200, b"{}")] * 10, count=10, connections=3))
    assert seen.statuses == {200: 10}


@pytest.mark.parametrize("piece", [1, 7, 40])
def test_answers_cut_anywhere_are_put_together(piece: int) -> None:
    answers = [answer(200, b"x" * 100), answer(201, b""), answer(200, b"\r\n\r\n")]
    seen = asyncio.run(fire(*answers, count=3, piece=piece))
    assert seen.statuses == {200: 2, 201: 1}


def test_a_paced_run_sends_every_request_once_and_counts_from_when_it_was_due() -> None:
    async def paced() -> load.Load:
        async with answering(*[answer(200, b"{}")] * 40, piece=1) as port:
            return await load.generate(load.Plan(port, 2, 40, [REQUEST], 100_000.0))

    seen = asyncio.run(paced())
    assert seen.statuses == {200: 40}
    assert seen.p99_ms >= seen.p50_ms > 0


def test_refusals_are_counted_and_the_first_is_quoted() -> None:
    answers = [answer(200, b"{}"), answer(403, b"no purpose"), answer(429, b"slow down")]
    seen = asyncio.run(fire(*answers, count=3))
    assert (seen.failed, seen.first_failure) == (2, "no purpose")


def test_a_connection_that_ends_early_fails_the_run() -> None:
    with pytest.raises(load.LoadError, match="closed a connection"):
        asyncio.run(fire(answer(200, b"{}"), count=2))


def test_an_unreadable_answer_fails_the_run() -> None:
    with pytest.raises(load.LoadError, match="cannot read"):
        asyncio.run(fire(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", count=1))
