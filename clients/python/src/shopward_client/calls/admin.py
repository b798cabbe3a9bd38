"""The policy in force, the callers (admin socket only), and how the vault feels."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from urllib.parse import quote

from shopward_client.answers import (
    CallerList,
    CallerMade,
    CallerRevoked,
    CallerRow,
    Health,
    PolicyState,
)
from shopward_client.call import Answer, Call
from shopward_client.calls.build import body, get, json_of, text
from shopward_client.items import Item


@dataclass(frozen=True, slots=True)
class _Caller(Item):
    name: str
    role: str
    assurance: int
    clauses: Collection[str]
    key: str | None = None


def policy() -> Call[PolicyState]:
    """Tell which policy is in force, and whether a newer file was refused."""
    return get("/v1/policy", json_of(PolicyState))


def reload_policy() -> Call[PolicyState]:
    """Read the policy file again; one with mistakes is refused and the old one stays."""
    return Call("POST", "/v1/policy/reload", json_of(PolicyState), is_harmless=True)


def add_caller(
    name: str,
    role: str,
    *,
    assurance: int = 1,
    clauses: Collection[str] = (),
    key: str | None = None,
) -> Call[CallerMade]:
    """Make a caller and its credential, which is shown this once.

    It carries no idempotency key, for the vault would have to keep the credential to repeat the
    answer; so it is never sent twice by itself.

    Args:
        name: What the caller is called.
        role: Its role in the policy.
        assurance: How surely it is known, 1 to 3.
        clauses: What it fulfils, such as `trained:pii`.
        key: The vkey of a control plane, under the same name; its role is `control-plane`.
    """
    document = body(_Caller(name, role, assurance, clauses, key).to_wire())
    return Call("POST", "/v1/callers", json_of(CallerMade), body=document)


def callers() -> Call[tuple[CallerRow, ...]]:
    """List every caller, revoked ones too."""
    read = json_of(CallerList)
    return get("/v1/callers", lambda answer: read(answer).callers)


def revoke_caller(caller: str) -> Call[CallerRevoked]:
    """Revoke the credential of the caller with this id, at once."""
    return Call("DELETE", f"/v1/callers/{quote(caller, safe='')}", json_of(CallerRevoked))


def healthz() -> Call[Health]:
    """Ask whether the process lives; an ill vault is an answer, not an error."""
    return _health("/healthz")


def readyz() -> Call[Health]:
    """Ask whether the vault takes work; one that drains is an answer, not an error."""
    return _health("/readyz")


def metrics() -> Call[str]:
    """Fetch the metrics as Prometheus text; they hold no personal data."""
    return get("/metrics", text)


def _health(path: str) -> Call[Health]:
    return Call("GET", path, _read_health, statuses=frozenset({200, 503}))


def _read_health(answer: Answer) -> Health:
    return replace(json_of(Health)(answer), is_well=answer.status == 200)
