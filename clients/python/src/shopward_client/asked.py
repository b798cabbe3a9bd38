"""Answers about webhooks, and about what customers ask through them."""

from __future__ import annotations

from dataclasses import dataclass, field

from shopward_client.answers import Receipt


@dataclass(frozen=True, slots=True)
class HookMade:
    """A webhook that was registered; `secret` is shown this once."""

    id: str
    name: str
    format: str
    role: str
    path: str
    receipt: Receipt
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class HookRotated:
    """A webhook with a new secret, shown this once."""

    name: str
    receipt: Receipt
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class HookRow:
    """A webhook; without a secret in this machine's file it takes nothing."""

    id: str
    name: str
    format: str
    role: str
    path: str
    created: str
    has_secret: bool


@dataclass(frozen=True, slots=True)
class HookList:
    """Every webhook that is not revoked, by name."""

    hooks: tuple[HookRow, ...]


@dataclass(frozen=True, slots=True)
class RequestRow:
    """An open request; without a `subject` it is about the whole shop."""

    type: str
    id: str
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class RequestList:
    """Requests that are open, by type; `more` when there are others."""

    requests: tuple[RequestRow, ...]
    more: bool
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Closed:
    """A request that was closed."""

    receipt: Receipt
