"""The fixed floor of the HTTP rows: the cheapest server that still reads the request.

Raw ASGI on uvicorn with httptools and uvloop, one worker. It reads the whole body, decodes the
JSON with msgspec and answers `{}`. It does not route, authenticate, look anything up or store
anything. It stays as it is whatever serves the product, so that ratios of different days compare.

    python -m benchmarks.reference PORT
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec
import uvicorn

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"2")]
_decode = msgspec.json.Decoder().decode


async def read_body(receive: Receive) -> bytes:
    """The whole request body."""
    body = b""
    while True:
        message = await receive()
        part: bytes = message.get("body", b"")
        body += part
        if not message.get("more_body", False):
            return body


async def reference(_scope: Message, receive: Receive, send: Send) -> None:
    """Decode the body, answer an empty object."""
    _decode(await read_body(receive))
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b"{}"})


def serve(app: App, port: int) -> None:
    """Serve `app` on loopback with one worker and no logging, until SIGTERM."""
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        http="httptools",
        loop="uvloop",
        ws="none",
        lifespan="off",
        access_log=False,
        server_header=False,
        date_header=False,
        log_level="warning",
    )


if __name__ == "__main__":
    serve(reference, int(sys.argv[1]))
