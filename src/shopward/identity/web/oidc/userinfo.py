"""A shop reads fields of the customer who signed in there. The vault decides, and enters it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.utils.module_loading import import_string

from shopward.identity.oidc import claims, reading
from shopward.identity.oidc.reading import Look, Seen
from shopward.identity.oidc.tokens import Use
from shopward.identity.web import session, shop
from shopward.identity.web.oidc import grants
from shopward.identity.web.oidc.models import Token
from shopward.policy import Policy

AWAY: Final = "away"


@dataclass(frozen=True, slots=True)
class Told:
    """What the shop is told.

    Args:
        status: HTTP.
        body: JSON.
        challenge: What `WWW-Authenticate` says after `Bearer`.
        entry: Where the look stands in the ledger.
    """

    status: int
    body: dict[str, Any]
    challenge: dict[str, str] | None = None
    entry: int | None = None


def read(token: str, now: datetime) -> Told:
    """Fields that the token's scope asks for, all of them or none."""
    row = grants.find(Use.ACCESS, token) if token else None
    if row is None or not grants.is_alive(row, now):
        return _refused(401, "invalid_token", "The token is unknown, over or ended.")
    policy = shop.policy()
    if policy is None:
        return Told(503, {"error": "temporarily_unavailable"})
    shop_fields = claims.fields(policy, row.grant.client.fields, row.scope)
    subject = row.grant.account.subject
    seen = _ask(_look(row, shop_fields)) if shop_fields else Seen()
    if seen.refused:
        return _told_why(policy, row, shop_fields, seen)
    return Told(200, {"sub": subject, **claims.claims(policy, seen.values)}, entry=seen.entry)


def _look(row: Token, fields: tuple[str, ...]) -> Look:
    grant = row.grant
    return Look(
        shop=grant.client_id,
        role=grant.client.role,
        purpose=grant.client.purpose,
        subject=grant.account.subject,
        fields=fields,
        level=grant.level,
        auth_time=grant.auth_time,
        session=session.public_id(grant.session.session_key),
    )


def _ask(look: Look) -> Seen:
    """The console asks: rooms do not hold the key that vouches."""
    seen: Seen = import_string(settings.READ_FOR_SHOP)(look)  # type: ignore[misc]  # ours
    return seen


def _told_why(policy: Policy, row: Token, fields: tuple[str, ...], seen: Seen) -> Told:
    """A refusal that a better sign-in would end says what would do. Source: RFC 9470 §3."""
    if seen.refused == AWAY:
        return Told(503, {"error": "temporarily_unavailable"})
    if seen.refused not in reading.STEP_UP:
        why = f"The vault refused: {seen.refused}."
        return _refused(403, "access_denied", why, entry=seen.entry)
    client = row.grant.client
    level, age_s = reading.needed(policy, client.role, client.purpose, fields)
    more = {"acr_values": f"aal{level}"}
    if age_s is not None:
        more["max_age"] = str(age_s)
    name = "insufficient_user_authentication"
    return _refused(401, name, f"The vault refused: {seen.refused}.", entry=seen.entry, **more)


def _refused(status: int, error: str, why: str, *, entry: int | None = None, **more: str) -> Told:
    said = {"error": error, "error_description": why}
    return Told(status, said, {**said, **more}, entry)
