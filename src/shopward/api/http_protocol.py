"""HTTP/1.1 on one connection: llhttp parses, this module bounds, orders and keeps alive.

uvicorn supplies the server around it, not the protocol: that cost a reveal a quarter of its time
(ADR 0003). No byte of HTTP is parsed here. What is behind the connection is `exchange`.

- What a request has besides its body (head, chunk framing, trailers) has at most 64 KiB; trailers
  are dropped, so that nothing behind a body becomes a header.
- A request that is not complete, or an answer that is not read, after 30 s loses its connection;
  one that asks for nothing loses it after 75 s.
- A request to upgrade is malformed: what follows it is never taken for another request.
- Requests that come before the answer wait in their order; no more is read meanwhile.
- Connections are counted; the operator's socket is not bound by the count.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.server import ServerState

from shopward.api.exchange import App, Exchange, Message, render

FRAMING_BYTES = 65_536
UNREAD_BYTES = 65_536
REQUEST_S = 30.0
KEEP_ALIVE_S = 75.0
NOTHING = [(b"content-length", b"0"), (b"connection", b"close")]
NO_ROOM = render(b"HTTP/1.1 503 Service Unavailable\r\n", NOTHING)
TOO_LONG = render(b"HTTP/1.1 431 Request Header Fields Too Large\r\n", NOTHING)
MALFORMED = (
    render(
        b"HTTP/1.1 400 Bad Request\r\n",
        [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"30"),
            (b"connection", b"close"),
        ],
    )
    + b"Invalid HTTP request received."
)


@dataclass(slots=True)
class Hub:
    """What all connections of one server share.

    Args:
        app: The ASGI application.
        state: uvicorn's: who is connected, what is under way, what day it is.
        most: How many connections there may be.
        spared: The path of the Unix socket whose connections are not counted.
    """

    app: App
    state: ServerState
    most: int = 1024
    spared: str = ""
    _rendered: tuple[object, bytes] = (None, b"")

    def default_headers(self) -> bytes:
        """The lines every answer has: the date, which uvicorn renews every second."""
        pairs = self.state.default_headers
        if self._rendered[0] is not pairs:
            self._rendered = (pairs, b"".join(b"%b: %b\r\n" % pair for pair in pairs))
        return self._rendered[1]


class HttpProtocol(asyncio.Protocol):
    """One connection of a hub."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._loop = asyncio.get_running_loop()
        self._parser: Any = httptools.HttpRequestParser(self)
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)  # and then dropped
        self._queue: deque[Exchange] = deque()
        self._newest: Exchange | None = None
        self._active: Exchange | None = None
        self._framing_bytes = 0
        self._began_s: float | None = self._loop.time()
        self._idle_s: float | None = None
        self._paused_s: float | None = None
        self._drained: asyncio.Event | None = None
        self._is_in_head = False
        self._is_reading = True
        self.is_lost = False

    # The transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there, while there is room."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        connections: set[Any] = self.hub.state.connections
        connections.add(self)
        name = transport.get_extra_info("socket").getsockname()
        self._server = name[:2] if isinstance(name, tuple) else (name, None)
        if len(connections) > self.hub.most and self._server != (self.hub.spared, None):
            self._refuse(NO_ROOM)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The client is gone: nobody waits for what is not answered."""
        connections: set[Any] = self.hub.state.connections
        connections.discard(self)
        self.is_lost = True
        for exchange in (self._active, self._newest):
            if exchange is not None:
                exchange.wake()
        self._active = self._newest = self._parser = None
        self._queue.clear()
        self.resume_writing()

    def data_received(self, data: bytes) -> None:
        """Parses, until there is too much besides a body."""
        if self._parser is None or self._transport.is_closing():
            return
        self._idle_s = None
        self._framing_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._refuse(MALFORMED)
        if self._began_s is not None and self._framing_bytes > FRAMING_BYTES:
            self._refuse(TOO_LONG)
            self._transport.abort()

    def _refuse(self, answer: bytes) -> None:
        self._transport.write(answer)
        self._transport.close()

    def pause_writing(self) -> None:
        """The other side does not read."""
        self._paused_s = self._loop.time()
        self._drained = asyncio.Event()

    def resume_writing(self) -> None:
        """It reads again, or is gone."""
        self._paused_s = None
        if self._drained is not None:
            self._drained.set()
            self._drained = None

    def close_if_stalled(self, now_s: float) -> None:
        """Drops a connection that neither sends nor reads; `now_s` is the loop's time."""
        for since_s in (self._began_s, self._paused_s):
            if since_s is not None and now_s - since_s > REQUEST_S:
                self._transport.abort()
        if self._idle_s is not None and now_s - self._idle_s > KEEP_ALIVE_S:
            self._transport.close()

    def shutdown(self) -> None:
        """Closes after the answer under way; uvicorn calls it when the server ends."""
        if self._newest is None or self._newest.is_answered:
            self._transport.close()
        else:
            self._newest.keep_alive = False

    # The parser's side

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        self._is_in_head = True
        self._framing_bytes = 0
        self._began_s = self._loop.time()
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._is_awaited = False

    def on_url(self, url: bytes) -> None:
        """A piece of the target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; one behind the body is dropped."""
        if self._is_in_head:
            name = name.lower()
            self._headers.append((name, value))
            if name == b"expect" and value.lower() == b"100-continue":
                self._is_awaited = True

    def on_headers_complete(self) -> None:
        """The head is whole: the application may begin.

        Raises:
            ValueError: It asks for an upgrade; the request is malformed.
        """
        self._is_in_head = False
        parser = self._parser
        if parser.should_upgrade():
            raise ValueError
        is_current = parser.get_http_version() != "1.0"
        self._newest = exchange = Exchange(
            self,
            self._scope(),
            keep_alive=is_current and parser.should_keep_alive(),
            is_awaited=self._is_awaited,
        )
        if self._active is None:
            self._start(exchange)
        else:
            self._pause_reading()
            self._queue.append(exchange)

    def _scope(self) -> Message:
        path, query = target(self._url)
        return {
            "type": "http",
            "method": self._parser.get_method().decode("ascii"),
            "path": path,
            "raw_path": self._url.partition(b"?")[0],
            "query_string": query,
            "headers": self._headers,
            "server": self._server,
        }

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._framing_bytes -= len(body)
        exchange = self._newest
        if exchange is None or exchange.is_answered:
            return
        if exchange.feed(body) > UNREAD_BYTES:
            self._pause_reading()

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._began_s = None
        self._framing_bytes = 0
        if self._newest is not None:
            self._newest.end()

    # The exchange's side

    def _start(self, exchange: Exchange) -> None:
        self._active = exchange
        task = exchange.task = self._loop.create_task(exchange.run(self.hub.app))
        self.hub.state.tasks.add(task)

    def write(self, data: bytes) -> None:
        """Sends bytes, while there is anybody."""
        if not self._transport.is_closing():
            self._transport.write(data)

    async def drain(self) -> None:
        """Waits until the other side reads again, or is gone."""
        if self._drained is not None:
            await self._drained.wait()

    def answered(self, exchange: Exchange) -> None:
        """The answer has left: the next request may be answered."""
        if exchange.task is not None:
            self.hub.state.tasks.discard(exchange.task)
        self._active = None
        if self.is_lost:
            return
        if not exchange.keep_alive:
            self._transport.close()
        elif self._queue:
            self._start(self._queue.popleft())
        else:
            self._idle_s = self._loop.time()
            self.resume_reading()

    def _pause_reading(self) -> None:
        if self._is_reading:
            self._is_reading = False
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Takes more from the client."""
        if not self._is_reading and not self.is_lost:
            self._is_reading = True
            self._transport.resume_reading()


def target(url: bytes) -> tuple[str, bytes]:
    """(decoded path, raw query) of a request's target.

    Raises:
        HttpParserError: It is none.
    """
    if url.startswith(b"/") and not any(mark in url for mark in (b"?", b"%", b"#")):
        return url.decode("ascii"), b""
    parsed: Any = httptools.parse_url(url)
    path = parsed.path.decode("ascii")
    return unquote(path) if "%" in path else path, parsed.query or b""
