"""The descriptions are valid, whole, and about what is served."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import msgspec
import pytest
import schemathesis
from jsonschema_rs import validator_for

from shopward.api.examples import EXAMPLES, LINKS
from shopward.api.hooks import PATH
from shopward.api.openapi import PAGES, description
from shopward.api.routes import ROUTES
from tests.openapi.relay import relay
from tests.openapi.running import Running

Described = dict[str, Any]
DOORS = pytest.mark.parametrize("admin", [False, True], ids=["callers", "operator"])
PAGE_PATHS = {page[0] for page in PAGES}
DOOR = "deliver-webhook"
"""The webhook door: described, and not in the table of routes."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def described(*, admin: bool) -> Described:
    whole: Described = json.loads(description(ROUTES, admin=admin))
    return whole


def walk(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    if isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            yield from walk(child)


def operations(whole: Described) -> Iterator[tuple[str, str, Described]]:
    for path, item in whole["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def resolve(whole: Described, reference: str) -> object:
    node: Any = whole
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


@DOORS
def test_it_is_openapi(*, admin: bool) -> None:
    whole = described(admin=admin)

    schemathesis.openapi.from_dict(whole).validate()

    assert whole["openapi"] == "3.1.0"


@DOORS
def test_every_reference_leads_somewhere_and_every_component_is_used(*, admin: bool) -> None:
    whole = described(admin=admin)
    references = {node["$ref"] for node in walk(whole) if "$ref" in node}
    components = {
        f"#/components/{kind}/{name}"
        for kind in ("schemas", "headers")
        for name in whole["components"][kind]
    }

    assert all(resolve(whole, reference) for reference in references)
    assert references == components


@DOORS
def test_routes_and_operations_are_the_same(*, admin: bool) -> None:
    shown = [route for route in ROUTES if not (route.needs_role if admin else route.admin)]
    wanted = {(route.method, route.path) for route in shown}
    wanted |= set() if admin else {("POST", PATH)}
    found = {
        (method, path.partition("{")[0])
        for method, path, _ in operations(described(admin=admin))
        if path not in PAGE_PATHS
    }

    assert found == wanted
    assert all(
        route.tail == any(one.where == "path" for one in route.parameters) for route in shown
    )


def test_every_route_is_described_at_one_of_the_doors() -> None:
    both = {
        operation["operationId"]
        for admin in (False, True)
        for _, _, operation in operations(described(admin=admin))
    }

    assert both == {route.name for route in ROUTES} | {page[1] for page in PAGES} | {DOOR}


@DOORS
def test_names_of_operations_are_unique_and_links_lead_to_them(*, admin: bool) -> None:
    every = [operation for _, _, operation in operations(described(admin=admin))]
    names = [operation["operationId"] for operation in every]
    targets = {
        link["operationId"]
        for operation in every
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    }

    assert len(set(names)) == len(names)
    assert targets <= set(names)
    assert "receipt" in targets


def test_every_link_is_between_routes() -> None:
    names = {route.name for route in ROUTES}

    assert set(LINKS) <= names
    assert {target for links in LINKS.values() for target, _ in links} <= names


@DOORS
def test_every_pattern_is_one_for_ecma(*, admin: bool) -> None:
    patterns = [node["pattern"] for node in walk(described(admin=admin)) if "pattern" in node]

    assert len(patterns) > 10
    assert [pattern for pattern in patterns if r"\Z" in pattern or pattern[0] != "^"] == []


@DOORS
def test_every_example_fits_its_schema(*, admin: bool) -> None:
    whole = described(admin=admin)
    every = [operation for _, _, operation in operations(whole)]
    bodies = [
        one["requestBody"]["content"]["application/json"] for one in every if "requestBody" in one
    ]
    parameters = [one for operation in every for one in operation.get("parameters", ())]
    pairs = [(one["schema"], one["example"]) for one in [*bodies, *parameters] if "example" in one]

    assert len(pairs) > 5
    for schema, example in pairs:
        rooted = {"$schema": DIALECT, "components": whole["components"], **schema}
        validator_for(rooted).validate(example)


def test_every_example_is_understood() -> None:
    requests = {route.name: route.request for route in ROUTES if route.request is not None}

    assert set(requests) == set(EXAMPLES)
    for name, request in requests.items():
        msgspec.json.decode(json.dumps(EXAMPLES[name]), type=request)


def test_each_door_serves_its_own(plane: Running) -> None:
    with plane.operator() as operator:
        inside = operator.get("/openapi.json").content
    outside = httpx2.get(f"{plane.url}/openapi.json").content

    assert inside == description(ROUTES, admin=True)
    assert outside == description(ROUTES)
    assert b"/v1/policy/reload" not in outside
    assert b"securitySchemes" not in inside


@DOORS
def test_what_is_allowed_is_what_is_described(plane: Running, *, admin: bool) -> None:
    whole = described(admin=admin)
    with relay(plane.home / "admin.sock") as inside:
        client = httpx2.Client(base_url=inside) if admin else plane.caller("auditor")
        with client:
            for path, item in whole["paths"].items():
                answer = client.options(path.replace("{", "").replace("}", ""))
                allowed = set(answer.headers["allow"].split(", "))
                known = {method.upper() for method in item}

                assert answer.status_code == 405
                assert known <= allowed
                assert allowed - known <= {"HEAD"}
