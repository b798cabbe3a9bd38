"""A client that asks and never reads the answers."""

from __future__ import annotations

import asyncio
import socket

import uvloop
from uvicorn.server import ServerState

from shopward.api.app import Receive, Scope, Send
from shopward.api.http_protocol import REQUEST_S, HttpProtocol, Hub

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
PAGE = b"x" * 100_000
LATER_S = 10 * REQUEST_S


async def _app(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100000")]}
    )
    await send({"type": "http.response.body", "body": PAGE})


def test_a_connection_that_reads_nothing_is_closed_in_the_end() -> None:
    async def attack() -> None:
        loop, state = asyncio.get_running_loop(), ServerState()
        hub = Hub(_app, state)
        server = await loop.create_server(lambda: HttpProtocol(hub), "127.0.0.1")
        stranger = socket.create_connection(server.sockets[0].getsockname())
        try:
            stranger.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stranger.sendall(REQUEST * 400)
            await asyncio.sleep(0.5)
            for connection in list(state.connections):
                assert isinstance(connection, HttpProtocol)
                connection.close_if_stalled(loop.time() + LATER_S)
            await asyncio.sleep(0.3)
            assert not state.connections
        finally:
            stranger.close()
            server.close()
            await asyncio.sleep(0.1)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(attack())
