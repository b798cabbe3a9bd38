"""One HTTP request and its answer, between a connection and the ASGI application.

A request's body is handed over as it arrives, its answer leaves in one write. Answers are whole:
each has a `content-length`, none is chunked, and nothing follows it.

- Nothing but what the application said becomes a header: a line end in one refuses the answer.
- A body that ended early is never whole: the application is told `http.disconnect`.
- Whatever goes wrong in here is answered 500 and logged by the error's class, never by its text.
"""

from __future__ import annotations

import asyncio
import http
import logging
from collections.abc import Callable, Coroutine, Iterable, MutableMapping
from typing import Any, Protocol

Message = MutableMapping[str, Any]
App = Callable[..., Coroutine[Any, Any, None]]
Pairs = Iterable[tuple[bytes, bytes]]

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
CLOSING = (b"connection", b"close")
FAILED = [(b"content-length", b"0")]
STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()
    for status in http.HTTPStatus
}
logger = logging.getLogger("shopward.api")


class Peer(Protocol):
    """What an exchange asks of its connection."""

    is_lost: bool
    hub: Any

    def write(self, data: bytes) -> None:
        """Sends bytes."""

    def resume_reading(self) -> None:
        """Takes more of the body."""

    async def drain(self) -> None:
        """Waits until the other side reads again."""

    def answered(self, exchange: Exchange) -> None:
        """The answer has left, or will never be."""


class Exchange:
    """One request; `keep_alive` says whether another may follow on its connection."""

    __slots__ = (
        "_body",
        "_head",
        "_is_awaited",
        "_peer",
        "_status",
        "_waiter",
        "is_answered",
        "is_whole",
        "keep_alive",
        "scope",
        "task",
    )

    def __init__(self, peer: Peer, scope: Message, *, keep_alive: bool, is_awaited: bool) -> None:
        self._peer = peer
        self.scope = scope
        self.keep_alive = keep_alive
        self._is_awaited = is_awaited
        self._body = b""
        self._status = 0
        self._head: Pairs = ()
        self._waiter: asyncio.Future[None] | None = None
        self.is_whole = False
        self.is_answered = False
        self.task: asyncio.Task[None] | None = None

    async def run(self, app: App) -> None:
        """Lets the application answer; whatever it raises is answered 500."""
        try:
            await app(self.scope, self.receive, self.send)
        except BaseException as error:  # noqa: BLE001 - a task ends here, and its client waits
            logger.error("%s in the application", type(error).__name__)  # noqa: TRY400 - no values
        finally:
            if not self.is_answered:
                self.keep_alive = False
                self._answer(500, FAILED, b"")

    # The request's side

    def feed(self, data: bytes) -> int:
        """Takes a piece of the body; how many bytes wait to be read."""
        self._body = self._body + data if self._body else data
        self.wake()
        return len(self._body)

    def end(self) -> None:
        """The body is whole."""
        self.is_whole = True
        self.wake()

    def wake(self) -> None:
        """Something changed: whoever waits in `receive` looks again."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def receive(self) -> Message:
        """The next piece of the body, as ASGI has it."""
        peer = self._peer
        if self._is_awaited:
            peer.write(CONTINUE)
        self._is_awaited = False
        if not (self._body or self.is_whole or peer.is_lost or self.is_answered):
            peer.resume_reading()
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
            self._waiter = None
        if peer.is_lost or self.is_answered:
            return {"type": "http.disconnect"}
        body, self._body = self._body, b""
        return {"type": "http.request", "body": body, "more_body": not self.is_whole}

    # The answer's side

    async def send(self, message: Message) -> None:
        """Takes head and body of the answer, as ASGI has them; the body is one message."""
        if message["type"] == "http.response.start":
            self._status, self._head = message["status"], message["headers"]
            return
        if message.get("more_body") or not self._status or self.is_answered:
            raise RuntimeError("an answer is one start and one whole body")
        await self._peer.drain()
        self._answer(self._status, self._head, message["body"])

    def _answer(self, status: int, headers: Pairs, body: bytes) -> None:
        if CLOSING in headers:
            self.keep_alive = False
        elif not self.keep_alive:
            headers = [*headers, CLOSING]
        head = render(STATUS_LINES[status] + self._peer.hub.default_headers(), headers)
        self.is_answered = True
        self._peer.write(head + body)
        self._peer.answered(self)


def render(start: bytes, headers: Pairs) -> bytes:
    """The head of an answer; `start` is its first lines, whole.

    Raises:
        ValueError: A name or value has a line end in it.
    """
    lines = [b"%b: %b\r\n" % pair for pair in headers]
    head = b"".join(lines)
    if head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines):
        raise ValueError("a header has a line end")
    return start + head + b"\r\n"
