"""The shops that customers sign in to, for the operator's command line and the staff's pages."""

from __future__ import annotations

from typing import Any

from shopward import clock
from shopward.identity.web.oidc import here, registration
from shopward.identity.web.oidc.registration import Registration

__all__ = ["Registration", "add", "listed", "listed_keys", "remove", "replace_keys"]


def add(asked: Registration) -> dict[str, str]:
    """Registers a shop; what it has to be told. Secret.

    Raises:
        InvalidError: As `registration.add`.
        ConflictError: As there.
    """
    secret = registration.add(asked)
    made = next(one for one in registration.all_() if one.pk == asked.name)
    shown = {"client_secret": secret} if secret else {}
    known = {"issuer": here.issuer(), "client_id": made.pk}
    return {**known, **shown, "scope": " ".join(made.scopes)}


def listed() -> list[dict[str, Any]]:
    """Every shop, without its secret."""
    return [
        {
            "client_id": one.pk,
            "title": one.title,
            "kind": "public" if one.is_public else "confidential",
            "role": one.role,
            "purpose": one.purpose,
            "fields": " ".join(one.fields),
            "scopes": " ".join(one.scopes),
            "redirects": " ".join(one.redirects),
            "after_sign_out": " ".join(one.after_sign_out) or "-",
            "made": one.made.isoformat(timespec="seconds"),
        }
        for one in registration.all_()
    ]


def listed_keys() -> list[dict[str, str]]:
    """The keys that sign ID tokens: name, when it was made, and what it does."""
    return [
        {
            "key_id": name,
            "made": made.isoformat(timespec="seconds"),
            "state": "signs" if signs else "published",
        }
        for name, made, signs in here.signing_keys().listed(clock.now())
    ]


def replace_keys() -> dict[str, str]:
    """After a theft: another key signs at once, and every sign-in at every shop ends.

    First the files, then the sign-ins: what was cut off in between is done by doing it again.
    """
    removed = here.signing_keys().replace(clock.now())
    ended = registration.end_all()
    name = listed_keys()[0]["key_id"]
    return {"key_id": name, "removed keys": str(removed), "ended sign-ins": str(ended)}


def remove(name: str) -> None:
    """Ends a shop.

    Raises:
        NotFoundError: There is none.
    """
    registration.remove(name)
