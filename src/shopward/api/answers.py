"""The answers in the description: successes with their links, refusals, pages, headers.

Every status, header and media type that can come is written down, also those that the HTTP server
gives by itself, in plain text or without a body, and without a request id: 400 when a request is no
HTTP, 431 when its head is too long, 503 when there are too many connections.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

from shopward.api.examples import LINKS
from shopward.api.route import Route

Schema = dict[str, Any]

SCHEMA = "#/components/schemas/{name}"
BY_SERVER = frozenset({400, 431, 503})
PROBLEMS = {
    400: "The request is not valid; `field` names what.",
    401: "No credential, or one that is not known.",
    403: "The policy does not permit this; the refusal is in the ledger.",
    404: "There is nothing under that name.",
    405: "This path does not take that method.",
    409: "This conflicts with what is stored.",
    410: "The customer was erased.",
    413: "The body or batch is too large.",
    415: "The body is not declared to be JSON.",
    429: "The caller's minute is used up; see Retry-After.",
    431: "The head of the request is larger than 64 KiB.",
    500: "A stored value did not open, or something unexpected happened.",
    503: "The vault cannot take this now; nothing was acknowledged.",
}
FOR_CALLERS = frozenset({"WWW-Authenticate", "Retry-After"})
REQUEST_ID, REPLAYED = "X-Request-Id", "Idempotency-Replayed"
OWN_HEADERS = {401: "WWW-Authenticate", 405: "Allow", 429: "Retry-After"}
HEADERS: dict[str, tuple[str, Schema]] = {
    REQUEST_ID: (
        "Names this request in the log and in the ledger.",
        {"type": "string", "pattern": "^[0-9a-f]+-[0-9a-f]+$"},
    ),
    "WWW-Authenticate": ("What to bring.", {"type": "string", "pattern": "^Bearer "}),
    "Allow": ("What this path takes.", {"type": "string", "pattern": "^[A-Z]+(?:, [A-Z]+)*$"}),
    "Retry-After": ("Seconds to wait.", {"type": "integer", "minimum": 1}),
    REPLAYED: (
        "The answer to an earlier request with the same key.",
        {"type": "string", "enum": ["true"]},
    ),
}


def ref(name: str) -> Schema:
    """Where a wire type is described."""
    return {"$ref": SCHEMA.format(name=name)}


def headers(*, has_callers: bool) -> Schema:
    """Every header; the request id also as one that the HTTP server's own answers lack."""
    found: Schema = {
        name: {"description": about, "required": name != REPLAYED, "schema": schema}
        for name, (about, schema) in HEADERS.items()
        if has_callers or name not in FOR_CALLERS
    }
    return found | {f"{REQUEST_ID}-if-any": found[REQUEST_ID] | {"required": False}}


def responses(route: Route, names: AbstractSet[str], *, has_callers: bool) -> Schema:
    """Everything a route can answer; links lead to the routes in `names` alone."""
    statuses = {400, 405, 431, 500, 503, *route.problems}
    if has_callers:
        statuses |= {401, 429}
    if route.takes_body:
        statuses |= {413, 415}
    return {
        str(route.status): _success(route, names),
        **{str(status): problem(status) for status in sorted(statuses)},
    }


def _success(route: Route, names: AbstractSet[str]) -> Schema:
    is_marked = route.verb is not None and route.verb.writes and not route.is_batch
    found: Schema = {
        "description": route.summary,
        "headers": _named(REQUEST_ID, *([REPLAYED] if is_marked else [])),
        "content": {route.media: {"schema": _schema(route)}},
    }
    links = {
        f"{route.name}-{target}": {"operationId": target, **what}
        for target, what in LINKS.get(route.name, ())
        if target in names
    }
    return found | ({"links": links} if links else {})


def _schema(route: Route) -> Schema:
    if route.is_batch and route.verb is not None:
        return ref(f"{route.verb.response.__name__}Batch")
    return ref(route.response.__name__) if route.response else {"type": "string"}


def problem(status: int) -> Schema:
    """One refusal."""
    own = [OWN_HEADERS[status]] if status in OWN_HEADERS else []
    request = f"{REQUEST_ID}-if-any" if status in BY_SERVER else REQUEST_ID
    refusal: Schema = {"description": PROBLEMS[status], "headers": _named(request, *own)}
    if status == 431:
        return refusal
    content: Schema = {"application/problem+json": {"schema": ref("ProblemWire")}}
    if status in BY_SERVER:
        content["text/plain"] = {"schema": {"type": "string"}}
    return refusal | {"content": content}


def page(path: str, about: str, media: str, schema: Schema) -> Schema:
    """What a page without credential answers."""
    content = {media: {"schema": schema}}
    found = {
        "200": {"description": about, "headers": _named(REQUEST_ID), "content": content},
        "400": problem(400),
        "405": problem(405),
        "431": problem(431),
        "503": problem(503),
    }
    if path == "/readyz":
        found["503"]["content"] = content | {"text/plain": {"schema": {"type": "string"}}}
    return found


def _named(*names: str) -> Schema:
    return {
        name.removesuffix("-if-any"): {"$ref": f"#/components/headers/{name}"} for name in names
    }
