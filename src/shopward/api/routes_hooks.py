"""The table's rows about webhooks and requests, and how the webhook door is described.

The door itself is not in the table: whoever knocks there brings a signature, no credential.
"""

from __future__ import annotations

from typing import Any, Final

from shopward.api import hook_admin, requests, wire
from shopward.api.answers import page, problem, ref
from shopward.api.hook_signature import SIGNATURES, TOPICS
from shopward.api.hooks import PATH
from shopward.api.route import Parameter, Route
from shopward.api.wire_hooks import (
    Closed,
    CloseRequest,
    HookList,
    HookMade,
    HookRequest,
    HookRotated,
    RequestList,
    RotateRequest,
)

_NAME: Final = Parameter(
    "name", "path", "string", "Its name.", pattern=r"^[a-z][a-z0-9-]{0,39}$", example="web"
)

HOOK_ROUTES: Final = (
    Route(
        "POST",
        "/v1/webhooks",
        hook_admin.add_hook,
        "Register a shop's webhook",
        "add-webhook",
        status=201,
        request=HookRequest,
        response=HookMade,
        problems=(409,),
        admin=True,
    ),
    Route(
        "GET",
        "/v1/webhooks",
        hook_admin.list_hooks,
        "Every webhook",
        "list-webhooks",
        response=HookList,
        admin=True,
    ),
    Route(
        "POST",
        "/v1/webhook-secrets",
        hook_admin.rotate_hook,
        "Give a webhook a new secret",
        "rotate-webhook",
        request=RotateRequest,
        response=HookRotated,
        problems=(404,),
        admin=True,
    ),
    Route(
        "DELETE",
        "/v1/webhooks/",
        hook_admin.revoke_hook,
        "Revoke a webhook",
        "revoke-webhook",
        response=wire.CallerRevoked,
        parameters=(_NAME,),
        problems=(404,),
        tail=True,
        admin=True,
    ),
    Route(
        "GET",
        "/v1/requests",
        requests.list_requests,
        "What customers ask, and nobody has dealt with",
        "list-requests",
        response=RequestList,
        problems=(403,),
    ),
    Route(
        "POST",
        "/v1/requests/close",
        requests.close_request,
        "Say what came of a request",
        "close-request",
        request=CloseRequest,
        response=Closed,
        problems=(403, 404),
    ),
)


def door() -> dict[str, Any]:
    """The webhook door, as the description has it."""
    headers = sorted(name.decode() for name in {*SIGNATURES.values(), *TOPICS.values()})
    parameters = [
        {
            "name": name,
            "in": "header",
            "required": False,
            "description": "As the format of the webhook has it.",
            "schema": {"type": "string"},
        }
        for name in headers
    ]
    path = {
        "name": "name",
        "in": "path",
        "required": True,
        "description": "The webhook's name.",
        "schema": {"type": "string", "pattern": _NAME.pattern},
        "example": "web",
    }
    about = "A shop's webhook: what became of an order, or what a customer asks"
    answers = page(PATH, about, "application/json", ref("HookAnswer"))
    for status in (401, 403, 409, 413, 415, 429, 500):
        answers[str(status)] = problem(status)
    example = {"event": "order.paid", "at": "2026-11-25T02:00:00Z", "order": "1042"}
    content = {"schema": {"type": "object"}, "example": example}
    return {
        "operationId": "deliver-webhook",
        "summary": about,
        "description": "Signed with HMAC-SHA256 over the body as it is sent; see the ADR.",
        "security": [],
        "parameters": [path, *parameters],
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": dict(sorted(answers.items())),
    }
