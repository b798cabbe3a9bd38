"""Webhooks of shops, and what customers ask through them."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

from shopward_client.answers import CallerRevoked
from shopward_client.asked import Closed, HookList, HookMade, HookRotated, RequestList
from shopward_client.call import Call
from shopward_client.calls.build import body, get, json_of
from shopward_client.items import Item


@dataclass(frozen=True, slots=True)
class _Hook(Item):
    name: str
    format: str
    role: str
    secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Rotate(Item):
    name: str
    secret: str | None = field(repr=False)
    grace_hours: int


@dataclass(frozen=True, slots=True)
class _Close(Item):
    type: str
    id: str
    how: str


def add_webhook(
    name: str,
    format: str,  # noqa: A002 - the member's name
    role: str,
    *,
    secret: str | None = None,
) -> Call[HookMade]:
    """Register a shop's webhook; admin socket only. Its secret is in the answer, this once.

    Args:
        name: The last part of its address.
        format: `woocommerce`, `shopify` or `signed`.
        role: A role that may state facts and nothing else.
        secret: What the shop software signs with, where it has chosen that itself.
    """
    document = body(_Hook(name, format, role, secret).to_wire())
    return Call("POST", "/v1/webhooks", json_of(HookMade), body=document)


def webhooks() -> Call[HookList]:
    """List every webhook; admin socket only."""
    return get("/v1/webhooks", json_of(HookList))


def rotate_webhook(
    name: str, *, secret: str | None = None, grace_hours: int = 24
) -> Call[HookRotated]:
    """Give a webhook a new secret; the old one is taken for some hours more. Admin socket only."""
    document = body(_Rotate(name, secret, grace_hours).to_wire())
    return Call("POST", "/v1/webhook-secrets", json_of(HookRotated), body=document)


def revoke_webhook(name: str) -> Call[CallerRevoked]:
    """End a webhook at once and for good; admin socket only."""
    path = f"/v1/webhooks/{quote(name, safe='')}"
    return Call("DELETE", path, json_of(CallerRevoked))


def requests() -> Call[RequestList]:
    """List what customers ask and nobody has dealt with; entered like every look."""
    return get("/v1/requests", json_of(RequestList))


def close_request(type: str, id: str, how: str) -> Call[Closed]:  # noqa: A002 - members' names
    """Say what came of a request: `done`, `refused` or `not-ours`."""
    document = body(_Close(type, id, how).to_wire())
    return Call("POST", "/v1/requests/close", json_of(Closed), body=document)
