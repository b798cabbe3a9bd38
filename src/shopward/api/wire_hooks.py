"""What travels about webhooks and requests. What shops deliver is not here: `hook_events`."""

from __future__ import annotations

from typing import Annotated

import msgspec

from shopward.api.hook_signature import Format
from shopward.api.wire import CallerId, Moment, Name, Receipt, Wire, one_of
from shopward.vault.requests import REQUESTS

HookName = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,39}\Z", max_length=40)]
HookFormat = Annotated[str, one_of(*Format)]
Secret = Annotated[str, msgspec.Meta(min_length=16, max_length=200, pattern=r"^[!-~]+\Z")]
RequestType = Annotated[str, one_of(*REQUESTS)]
RequestId = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[!-~]+\Z")]


class HookRequest(Wire, frozen=True):
    """Register a shop's webhook; `secret` where the shop software has chosen one, as Shopify has.

    `role` may have `facts` and nothing else.
    """

    name: HookName
    format: HookFormat
    role: Name
    secret: Secret | None = None


class HookMade(Wire, frozen=True):
    """The webhook, with its secret this once; none when the request brought it."""

    id: CallerId
    name: HookName
    format: HookFormat
    role: Name
    path: str
    receipt: Receipt
    secret: str | None = None


class RotateRequest(Wire, frozen=True):
    """Give a webhook a new secret; the old one is taken for `grace_hours` more."""

    name: HookName
    secret: Secret | None = None
    grace_hours: Annotated[int, msgspec.Meta(ge=0, le=168)] = 24


class HookRotated(Wire, frozen=True):
    """The new secret, this once; none when the request brought it."""

    name: HookName
    receipt: Receipt
    secret: str | None = None


class HookRow(Wire, frozen=True):
    """A webhook; `has_secret` is false where its secret is not in this machine's file."""

    id: CallerId
    name: HookName
    format: HookFormat
    role: Name
    path: str
    created: Moment
    has_secret: bool


class HookList(Wire, frozen=True):
    """Every webhook that is not revoked."""

    hooks: list[HookRow]


class HookAnswer(Wire, frozen=True):
    """What became of a delivery.

    `done` and `filed`; `known` and `stale` for what came before or later already; `conflict` for an
    order of another customer; `erased`, `unknown-customer` and `ignored`.
    """

    outcome: str
    receipt: Receipt


class RequestRow(Wire, frozen=True):
    """An open request; `subject` is the customer's token, none where it is about the whole shop."""

    type: RequestType
    id: RequestId
    subject: str | None = None


class RequestList(Wire, frozen=True):
    """Requests that are open, by type; `more` when there are others."""

    requests: list[RequestRow]
    more: bool
    receipt: Receipt


class CloseRequest(Wire, frozen=True):
    """Close a request; `how` says what came of it."""

    type: RequestType
    id: RequestId
    how: Annotated[str, one_of("done", "refused", "not-ours")]


class Closed(Wire, frozen=True):
    """The request is closed."""

    receipt: Receipt
