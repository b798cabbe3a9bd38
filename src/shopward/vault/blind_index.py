"""The blind index: finds a sealed value by a keyed digest of its normal form.

Two customers with one mail address meet in one digest; without the key nobody can test a guess.
This module neither normalises (`normalise`) nor stores. The digest is never truncated, and is
meant for fields whose values are unique: on a skewed field (a surname) the frequencies alone
give values away, whatever the key.

Format: 32 bytes, HMAC-SHA-256 of the UTF-8 of the normal form under the key of one field, index
kind and key version.

Source: RFC 2104; FIPS 198-1.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC


class BlindIndex:
    """One index key, its HMAC keyed once and copied for each digest.

    Args:
        key: 32 secret bytes from the custodian, for this field, kind and version alone.
    """

    __slots__ = ("_keyed",)

    def __init__(self, key: bytes) -> None:
        self._keyed = HMAC(key, SHA256())

    def __repr__(self) -> str:
        return "BlindIndex(key=…)"

    def digest(self, normalised: str | bytes) -> bytes:
        """The 32 bytes to store or to look up.

        Args:
            normalised: What `normalise` returned, or bytes that have one form only.
        """
        message = normalised.encode() if isinstance(normalised, str) else normalised
        keyed = self._keyed.copy()
        keyed.update(message)
        return keyed.finalize()
