"""The data plane as an ASGI application: find the route, know the caller, answer.

Two doors share it: the API (TCP and Unix socket), where every caller brings a credential, and the
admin socket, where whoever may open the socket is the operator. Which door a request came through
is told by the server's own address, never by the request.

- Default deny: a path that is not in the table is not found, an admin route is found only behind
  the admin door, and the operator has no role, so no value leaves through it.
- No line is logged per request: the ledger is the log. Unexpected errors log their class and
  place, never a value.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from shopward.api import health, hooks
from shopward.api.assertions import PREFIX, Claim
from shopward.api.handlers import refusal
from shopward.api.hook_signature import HEADERS
from shopward.api.openapi import description
from shopward.api.plane import JSON, Call, Plane, Reply
from shopward.api.problems import NotAllowedError
from shopward.api.route import READ, Route
from shopward.api.routes import ROUTES
from shopward.errors import (
    InternalError,
    InvalidError,
    NotFoundError,
    ShopwardError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedMediaError,
)
from shopward.vault.caller import OPERATOR, Caller

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = dict[bytes, bytes]

logger = logging.getLogger("shopward.api")
OPEN = {"/healthz": health.healthz, "/readyz": health.readyz, "/metrics": health.metrics}
BODY_TYPES = (b"application/json", b"application/json; charset=utf-8")
KEPT = frozenset({b"authorization", b"content-type", b"content-length", b"idempotency-key"})
MAX_KEY_CHARS = 200


class App:
    """One data plane behind its doors; `admin_path` is the admin socket's path."""

    def __init__(self, plane: Plane, admin_path: str) -> None:
        self.plane = plane
        self._admin_path = admin_path
        self._routes = {
            (method, route.path): route
            for route in ROUTES
            for method in route.methods
            if not route.tail
        }
        self._tails = [route for route in ROUTES if route.tail]
        self._descriptions = description(ROUTES), description(ROUTES, admin=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP request; other kinds of connection are not served."""
        if scope["type"] != "http":
            return
        request = self.plane.request_id()
        answer = await self._answer(scope, receive, request)
        headers = [
            (b"content-type", answer.content_type),
            (b"content-length", b"%d" % len(answer.body)),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"x-request-id", request.encode()),
            *answer.headers,
        ]
        if self.plane.draining:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive, request: str) -> Reply:
        name = "none"
        try:
            open_page = self._open_page(scope)
            if open_page is not None:
                return open_page
            is_admin = self._is_admin(scope)
            if scope["path"].startswith(hooks.PATH) and not is_admin:
                name = "deliver-webhook"
                return self._counted(name, await self._hook(scope, receive, request))
            headers = self._headers(scope["headers"])
            caller, claim = await self._known(headers.get(b"authorization"), is_admin=is_admin)
            route, tail = self._find(scope["method"], scope["path"], is_admin=is_admin)
            name = route.name
            if route.verb is None:
                self.plane.callers.take(caller, 1)
            if self.plane.draining:
                raise UnavailableError("The vault is shutting down.", reason="draining")
            body = await self._body(route, headers, receive)
            if route.verb is None:
                await self.plane.follow()  # what is settled is looked at on the newest state anyway
            if not is_admin:
                self.plane.callers.refuse_revoked(caller)
            if claim is not None:
                self.plane.assertions.admit(claim, scope["method"], _target(scope), body)
                _refuse_foreign(caller, route)
            key = _idempotency_key(headers.get(b"idempotency-key"))
            call = Call(self.plane, caller, request, body, scope["query_string"], tail, key)
            answer = await route.handler(call)
        except ShopwardError as error:
            answer = refusal(error)
        except Exception as error:  # noqa: BLE001 - the last door before the wire
            logger.error("%s: %s", request, _place(error))  # noqa: TRY400 - no values in the log
            answer = refusal(InternalError(f"The request {request} could not be answered."))
        return self._counted(name, answer)

    def _counted(self, name: str, answer: Reply) -> Reply:
        self.plane.answers[name, answer.status] += 1
        return answer

    async def _hook(self, scope: Scope, receive: Receive, request: str) -> Reply:
        """A delivery at the webhook door, where a signature takes the place of a credential."""
        if scope["method"] != "POST":
            raise NotAllowedError("POST")
        if self.plane.draining:
            raise UnavailableError("The vault is shutting down.", reason="draining")
        headers = self._headers(scope["headers"], KEPT | HEADERS)
        body = await self._bytes(headers, receive)
        media = headers.get(b"content-type", b"").lower()
        if hooks.PING.fullmatch(body) and media.startswith(b"application/x-www-form-urlencoded"):
            return Reply(200, b"{}")
        if not _is_json(media):
            raise UnsupportedMediaError
        await self.plane.follow()
        name = scope["path"].removeprefix(hooks.PATH)
        return await hooks.deliver(self.plane, name, headers, body, request)

    async def _known(self, header: bytes | None, *, is_admin: bool) -> tuple[Caller, Claim | None]:
        """Who asks; a stranger may be a caller that another process has just made."""
        try:
            return self._who(header, is_admin=is_admin)
        except UnauthenticatedError:
            await self.plane.follow()
            return self._who(header, is_admin=is_admin)

    def _who(self, header: bytes | None, *, is_admin: bool) -> tuple[Caller, Claim | None]:
        """Who asks; with a claim that is still to be admitted when a control plane vouches."""
        if is_admin:
            return OPERATOR, None
        if header is not None and header.startswith(PREFIX):
            claim = self.plane.assertions.read(header)
            return claim.caller, claim
        return self.plane.callers.authenticate(header), None

    def _open_page(self, scope: Scope) -> Reply | None:
        path = scope["path"]
        if path == "/openapi.json":
            page = Reply(200, self._descriptions[self._is_admin(scope)], JSON)
        elif path in OPEN:
            page = OPEN[path](self.plane)
        else:
            return None
        if scope["method"] not in READ:
            raise NotAllowedError(", ".join(READ))
        return page

    def _is_admin(self, scope: Scope) -> bool:
        return scope.get("server") == (self._admin_path, None)

    def _headers(
        self, pairs: Iterable[tuple[bytes, bytes]], kept: frozenset[bytes] = KEPT
    ) -> Headers:
        found: Headers = {}
        for name, value in pairs:
            if name in kept:
                if name in found:
                    raise InvalidError("A header is given twice.", field=name.decode())
                found[name] = value
        return found

    def _find(self, method: str, path: str, *, is_admin: bool) -> tuple[Route, str]:
        route = self._routes.get((method, path))
        tail = ""
        if route is None:
            for one in self._tails:
                if method in one.methods and path.startswith(one.path) and path != one.path:
                    route, tail = one, path[len(one.path) :]
        if route is None or (route.admin and not is_admin):
            if allow := self._allowed(path, is_admin=is_admin):
                raise NotAllowedError(", ".join(allow))
            raise NotFoundError("There is no such path.", field="path")
        return route, tail

    def _allowed(self, path: str, *, is_admin: bool) -> list[str]:
        return [
            method
            for route in ROUTES
            if (is_admin or not route.admin)
            and path.startswith(route.path)
            and (path != route.path) == route.tail
            for method in route.methods
        ]

    async def _body(self, route: Route, headers: Headers, receive: Receive) -> bytes:
        if not route.takes_body:
            return b""
        media = headers.get(b"content-type", b"").lower()
        if media not in BODY_TYPES and not _is_json(media):
            raise UnsupportedMediaError
        return await self._bytes(headers, receive)

    async def _bytes(self, headers: Headers, receive: Receive) -> bytes:
        """A whole body.

        Raises:
            TooLargeError: It is larger than the limit; no more than that was read.
        """
        limit = self.plane.limits.body_bytes
        told = headers.get(b"content-length", b"0")
        if told.isdigit() and int(told[:16]) > limit:
            raise TooLargeError(f"The body is larger than {limit} bytes.")
        message = await _part(receive)
        body: bytes = message.get("body", b"")
        while message.get("more_body"):
            if len(body) > limit:
                raise TooLargeError(f"The body is larger than {limit} bytes.")
            message = await _part(receive)
            body += message.get("body", b"")
        if len(body) > limit:
            raise TooLargeError(f"The body is larger than {limit} bytes.")
        return body


def _target(scope: Scope) -> str:
    """The path with its query, as it was sent."""
    path: bytes = scope["raw_path"]
    query: bytes = scope["query_string"]
    return (path + (b"?" + query if query else b"")).decode("latin-1")


def _refuse_foreign(caller: Caller, route: Route) -> None:
    """Refuses a customer what is no verb, not public to every caller and never about her alone.

    Raises:
        NotFoundError: The path is not there for customers.
    """
    is_hers = route.verb is not None or route.is_public or route.is_own
    if caller.bound is not None and not is_hers:
        raise NotFoundError("There is no such path.", field="path")


async def _part(receive: Receive) -> MutableMapping[str, Any]:
    """The next piece of a body.

    Raises:
        InvalidError: The connection ended before the body did: nothing is done by halves.
        UnavailableError: The drain is over before the body came whole.
    """
    try:
        message = await receive()
    except asyncio.CancelledError:
        raise UnavailableError("The vault is shutting down.", reason="draining") from None
    if message["type"] == "http.disconnect":
        raise InvalidError("The body was cut off.")
    return message


def _idempotency_key(value: bytes | None) -> str | None:
    if value is None:
        return None
    is_sound = 0 < len(value) <= MAX_KEY_CHARS and all(0x21 <= byte <= 0x7E for byte in value)
    if not is_sound:
        raise InvalidError(
            "The Idempotency-Key must be 1 to 200 visible ASCII characters.",
            hint="A random UUID is a good key.",
            field="Idempotency-Key",
        )
    return value.decode("ascii")


def _is_json(media: bytes) -> bool:
    """Whether a Content-Type in lower case is JSON in UTF-8, however it is written (RFC 9110)."""
    kind, *parameters = (part.strip() for part in media.split(b";"))
    pairs = [part.partition(b"=") for part in parameters if part]
    charsets = [value.strip(b'"') for name, _, value in pairs if name == b"charset"]
    return kind == b"application/json" and charsets in ([], [b"utf-8"])


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} at {where}"
