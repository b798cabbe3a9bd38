r"""The OpenAPI 3.1 descriptions, made from the table of routes and the wire types.

There are two: what callers meet, and what the operator meets behind the admin door. The second
leaves out what only a role may do, since the operator has none and is refused there.

Patterns end in `\Z` in the wire types and in `$` here, as ECMA-262 wants it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from shopward.api import hooks, wire
from shopward.api.answers import SCHEMA, Schema, headers, page, ref, responses
from shopward.api.examples import EXAMPLES
from shopward.api.plane import HIGHEST
from shopward.api.route import Parameter, Route
from shopward.api.routes_hooks import door
from shopward.api.verbs import batch_type
from shopward.api.wire_hooks import HookAnswer

OBJECT: Schema = {"type": "object"}
TEXT: Schema = {"type": "string"}
PAGES = (
    ("/healthz", "healthz", "The process answers", "application/json", ref("Health")),
    ("/readyz", "readyz", "Whether it takes requests", "application/json", ref("Health")),
    ("/metrics", "metrics", "Counters and gauges", "text/plain", TEXT),
    ("/openapi.json", "openapi", "This description", "application/json", OBJECT),
)
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same body is answered once; 1 to 200 visible ASCII.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}
CALLER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "swc_<id>_<secret>",
    "description": "`shopward caller add` makes one and shows it once.",
}
ABOUT = (
    "Every field of customer data has a lock, a reason and a receipt. The data policy decides "
    "about every request, and the ledger has an entry of each, refused ones too. HEAD is answered "
    "as GET without the body."
)
ABOUT_ADMIN = (
    "What the operator may do behind the admin socket, where nobody brings a credential. The "
    "operator has no role: what only a role may do is refused here with 403, and not described."
)


def description(routes: Sequence[Route], *, admin: bool = False) -> bytes:
    """The description as JSON: for callers, or with `admin` for the operator."""
    shown = [route for route in routes if not (route.needs_role if admin else route.admin)]
    names = frozenset(route.name for route in shown)
    paths: dict[str, Schema] = {}
    for route in shown:
        answers = responses(route, names, has_callers=not admin)
        paths.setdefault(_path(route), {})[route.method.lower()] = _operation(route, answers)
    for path, name, about, media, schema in PAGES:
        answers = page(path, about, media, schema)
        operation = {"operationId": name, "summary": about, "security": [], "responses": answers}
        paths[path] = {"get": operation}
    if not admin:
        paths[hooks.PATH + "{name}"] = {"post": door()}
    more = frozenset() if admin else frozenset({HookAnswer})
    components = {"schemas": _schemas(shown, more), "headers": headers(has_callers=not admin)}
    if not admin:
        components["securitySchemes"] = {"caller": CALLER}
    return _encode(paths, components, admin=admin)


def _encode(paths: Schema, components: Schema, *, admin: bool) -> bytes:
    whole = {
        "openapi": "3.1.0",
        "info": {
            "title": "Shopward data plane" + (", admin socket" if admin else ""),
            "version": "1",
            "description": ABOUT_ADMIN if admin else ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [] if admin else [{"caller": []}],
        "paths": paths,
        "components": components,
    }
    return msgspec.json.encode(whole).replace(rb'\\Z"', b'$"')


def _schemas(shown: Sequence[Route], more: frozenset[type[wire.Wire]]) -> Schema:
    """The wire types; each verb's batch answer says what the results in it are."""
    batches = [route.verb for route in shown if route.is_batch and route.verb]
    types: set[Any] = {route.request for route in shown} | {route.response for route in shown}
    types |= {batch_type(verb) for verb in batches} | {wire.ProblemWire, wire.Health, *more}
    ordered = sorted((one for one in types if one is not None), key=str)
    _, schemas = msgspec.json.schema_components(ordered, ref_template=SCHEMA)
    answer, item = schemas.pop("BatchAnswer"), schemas.pop("ItemAnswer")
    for name in (verb.response.__name__ for verb in batches):
        schemas[f"{name}Item"] = _with(item, f"{name}Item", "result", ref(name))
        items = {"type": "array", "items": ref(f"{name}Item")}
        schemas[f"{name}Batch"] = _with(answer, f"{name}Batch", "items", items)
    return schemas


def _with(schema: Schema, title: str, member: str, what: Schema) -> Schema:
    return schema | {"title": title, "properties": schema["properties"] | {member: what}}


def _path(route: Route) -> str:
    tails = [one.name for one in route.parameters if one.where == "path"]
    return route.path + "".join(f"{{{name}}}" for name in tails)


def _operation(route: Route, answers: Schema) -> Schema:
    parameters = [_parameter(one) for one in route.parameters]
    if route.verb is not None and route.verb.writes:
        parameters.append(KEY)
    operation: Schema = {"operationId": route.name, "summary": route.summary}
    if parameters:
        operation["parameters"] = parameters
    if route.takes_body:
        content = {"schema": ref(_body(route)), "example": _example(route)}
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    return operation | {"responses": answers}


def _body(route: Route) -> str:
    if route.is_batch and route.verb is not None:
        return f"Batch_{route.verb.request.__name__}_"
    return route.request.__name__ if route.request is not None else ""


def _example(route: Route) -> Schema:
    if route.is_batch and route.verb is not None:
        return {"items": [EXAMPLES[route.verb.name]]}
    return EXAMPLES[route.name]


def _parameter(parameter: Parameter) -> Schema:
    schema: Schema = {"type": parameter.kind}
    if parameter.kind == "integer":
        schema |= {"minimum": parameter.least, "maximum": HIGHEST}
    else:
        schema["minLength"] = 1
    if parameter.pattern is not None:
        schema["pattern"] = parameter.pattern
    described: Schema = {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.required,
        "description": parameter.summary,
        "schema": schema,
    }
    return described if parameter.example is None else described | {"example": parameter.example}
