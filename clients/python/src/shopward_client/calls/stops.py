"""Freezes: stop the use of a customer's data, or of a caller's credential, for a while."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from shopward_client.answers import FreezeList, Frozen, Thawed
from shopward_client.call import Call
from shopward_client.calls.build import body, get, json_of
from shopward_client.items import Item


@dataclass(frozen=True, slots=True)
class _Freeze(Item):
    until: datetime | str
    reason: str
    subject: str | None = field(repr=False)
    caller: str | None
    stops: Collection[str] | None
    note: str | None


def freeze(
    *,
    until: datetime | str,
    reason: str,
    subject: str | None = None,
    caller: str | None = None,
    stops: Collection[str] | None = None,
    note: str | None = None,
) -> Call[Frozen]:
    """Freeze a customer or a caller; an earlier freeze of the same one is replaced.

    Args:
        until: When it ends, at most 90 days from now; an aware time, or RFC 3339 text.
        reason: A slug of your own, such as `stolen-key`.
        subject: `cus_…`, `external:<id>` or `<field>:<value>`; or else
        caller: the id of a caller.
        stops: What it stops; None is `reveal`, `search` and `update`.
        note: One line for the ledger, without personal data.
    """
    document = body(_Freeze(until, reason, subject, caller, stops, note).to_wire())
    return Call("POST", "/v1/freezes", json_of(Frozen), body=document)


def thaw(frozen: str) -> Call[Thawed]:
    """End the freeze of the customer with this token, or of the caller with this id."""
    return Call("DELETE", f"/v1/freezes/{quote(frozen, safe='')}", json_of(Thawed))


def freezes() -> Call[FreezeList]:
    """List every freeze that stands; entered like every look."""
    return get("/v1/freezes", json_of(FreezeList))
