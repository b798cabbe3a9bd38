"""This installation as shops know it: its name, its keys, and how it names a customer."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from shopward.identity.oidc.signing_keys import SigningKeys
from shopward.identity.web.keys import house
from shopward.identity.web.models import Account


def issuer() -> str:
    """The public site's origin."""
    origin: str = settings.SITES["public"].origin  # type: ignore[misc]  # ours, not Django's
    return origin


def signing_keys() -> SigningKeys:
    """The keys that sign ID tokens."""
    return _keys(house().identity.oidc_keys)


def subject_of(account: Account) -> str:
    """The customer's token: what the shop keeps of a customer anyway."""
    return account.email.partition("@")[0]


@cache
def _keys(folder: Path) -> SigningKeys:
    return SigningKeys(folder)
