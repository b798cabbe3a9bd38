"""This installation as shops know it: its name and its keys."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from shopward.identity.oidc.signing_keys import SigningKeys
from shopward.identity.web.keys import house


def issuer() -> str:
    """The public site's origin."""
    origin: str = settings.SITES["public"].origin  # type: ignore[misc]  # ours, not Django's
    return origin


def signing_keys() -> SigningKeys:
    """The keys that sign ID tokens."""
    return _keys(house().identity.oidc_keys)


@cache
def _keys(folder: Path) -> SigningKeys:
    return SigningKeys(folder)
