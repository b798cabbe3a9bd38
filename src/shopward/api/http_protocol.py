"""uvicorn's HTTP protocol, with head and body of an answer in one write, and bounds on strangers.

uvicorn hands head and body to the transport one after the other, and uvloop makes a system call of
each: a tenth of the time of a reveal (ADR 0003). Here they are held until the answer is complete.
Nothing of HTTP is parsed here.

- What a request has besides its body (head, chunk framing, trailers) has at most 64 KiB; trailers
  are dropped, so that nothing behind a body becomes a header.
- A request that is not complete, or an answer that is not read, after 30 s loses its connection.
- A request to upgrade is malformed: what follows it is never taken for another request.
- Connections are counted; the operator's socket is not bound by the count.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

CONTINUE = b"HTTP/1.1 100 "
FRAMING_BYTES = 65_536
REQUEST_S = 30.0
NO_ROOM = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
TOO_LONG = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\n"
    b"connection: close\r\n\r\n"
)


class JoinedWrites:
    """A transport whose writes leave together, when flushed or closed."""

    __slots__ = ("_held", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._held: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Holds the bytes of an answer; an interim answer leaves at once."""
        if data.startswith(CONTINUE):
            self._transport.write(data)
        else:
            self._held.append(data)

    def flush(self) -> None:
        """Writes what is held."""
        if self._held:
            self._transport.write(b"".join(self._held))
            self._held.clear()

    def close(self) -> None:
        """Writes what is held, then closes."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the transport has
        return getattr(self._transport, name)


class HttpProtocol(HttpToolsProtocol):
    """One connection. `most` and `spared` are set by `bounded`."""

    most = 1024
    spared = ""
    _is_in_head = False
    _framing_bytes = 0
    _began_s: float | None = None
    _paused_s: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As uvicorn's, over joined writes, while there is room."""
        super().connection_made(JoinedWrites(transport))  # type: ignore[arg-type]
        self._began_s = self.loop.time()
        if len(self.connections) > self.most and self.server != (self.spared, None):
            self.transport.write(NO_ROOM)
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """As uvicorn's, until there is too much besides a body."""
        self._framing_bytes += len(data)
        super().data_received(data)
        if self._began_s is not None and self._framing_bytes > FRAMING_BYTES:
            self.transport.write(TOO_LONG)
            self.transport.close()
            self.transport.abort()

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._is_in_head = True
        self._framing_bytes = 0
        self._began_s = self.loop.time()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; one behind the body is dropped."""
        if self._is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole.

        Raises:
            ValueError: It asks for an upgrade; uvicorn answers 400 and closes.
        """
        self._is_in_head = False
        if self.parser.should_upgrade():
            raise ValueError
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._framing_bytes -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._began_s = None
        self._framing_bytes = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """As uvicorn's, after the answer has left."""
        self.transport.flush()  # type: ignore[attr-defined]
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The other side does not read."""
        self._paused_s = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """It reads again."""
        self._paused_s = None
        super().resume_writing()

    def close_if_stalled(self, now_s: float) -> None:
        """Drops a connection that neither sends nor reads; `now_s` is the loop's time."""
        for since_s in (self._began_s, self._paused_s):
            if since_s is not None and now_s - since_s > REQUEST_S:
                self.transport.abort()


def bounded(most: int, spared: str) -> type[HttpProtocol]:
    """The protocol with room for `most` connections, and always for those to the path `spared`."""
    return type("BoundedProtocol", (HttpProtocol,), {"most": most, "spared": spared})
