"""The control plane as an ASGI application, once per listener.

`at_site` says which site a connection came to: it stands in the scope, where no header reaches.
`to_https` answers plain http with the https address of the same page, for our own hosts alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.core.handlers.asgi import ASGIHandler

from shopward.console.sites import SCOPE_KEY, Site, known_sites

Scope = Mapping[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


def at_site(handler: ASGIHandler, site: Site) -> Asgi:
    """The application of one site's listener."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await handler({**scope, SCOPE_KEY: site.name}, receive, send)

    return app


async def to_https(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - ASGI
    """Moves a reader of plain http on; nothing else is served there."""
    if scope["type"] != "http":
        return
    origin = _origin(dict(scope["headers"]).get(b"host", b""))
    status, headers = (404, []) if origin is None else (308, [(b"location", _there(scope, origin))])
    headers += [(b"content-length", b"0"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _origin(host: bytes) -> str | None:
    name = host.decode("latin-1").rpartition(":")[0] or host.decode("latin-1")
    by_host = {site.host: site.origin for site in known_sites().values()}
    return by_host.get(name.lower())


def _there(scope: Scope, origin: str) -> bytes:
    path: bytes = scope.get("raw_path") or b"/"
    query: bytes = scope["query_string"]
    return origin.encode() + path + (b"?" + query if query else b"")


def apps(handler: ASGIHandler) -> dict[str, Asgi]:
    """What answers at each listener."""
    return {
        "public": at_site(handler, known_sites()["public"]),
        "staff": at_site(handler, known_sites()["staff"]),
        "http": to_https,
    }
