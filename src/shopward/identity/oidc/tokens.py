"""Codes, tokens and shops' secrets: 256 random bits each, of which only a hash is kept.

They cannot be guessed, so a plain hash is enough: nothing would be gained by a slow one.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from enum import StrEnum
from typing import Final

BYTES: Final = 32
CODE_LIFE: Final = timedelta(seconds=60)
ACCESS_LIFE: Final = timedelta(minutes=5)


class Use(StrEnum):
    """What a token is good for; its hash is made with it, so that none stands for another."""

    CODE = "code"
    ACCESS = "access"
    REFRESH = "refresh"
    SECRET = "secret"  # noqa: S105 - a use, not a secret


def new() -> str:
    """A fresh one: 43 letters of base64url. Secret."""
    return secrets.token_urlsafe(BYTES)


def digest(use: Use, token: str) -> str:
    """What is kept of it: 64 hex digits."""
    return hashlib.sha256(f"oidc {use}\x00{token}".encode()).hexdigest()


def is_secret(said: str, kept: str) -> bool:
    """Whether this is the shop's secret of which `kept` is left; compared in constant time."""
    return hmac.compare_digest(digest(Use.SECRET, said), kept)
