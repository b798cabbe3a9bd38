"""The lock on one field: AES-256-GCM under a data key, with the key named and committed to.

A data key (DEK) belongs to one customer and one retention class; `keyring` makes and finds it.
This module does not keep keys, choose contexts or know customers.

Format: version 0x01 (1 byte) | key id (16) | nonce (12) | ciphertext | tag (16).

- The key id is derived from the key alone, so that sealed bytes name the only key that may open
  them: nothing is ever tried under a second key.
- Every way not to open ends in the same `UndecryptableError`.

Source: NIST SP 800-38D; RFC 5869 §2.3 (first block of HKDF-Expand) for the key id.
"""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shopward.errors import UndecryptableError

VERSION = b"\x01"
NONCE_BYTES = 12
OVERHEAD_BYTES = 45
_KEY_ID_INFO = b"shopward/key-id/v1\x01"
_HEAD_END = 17
_NONCE_END = 29


def key_id(key: bytes) -> bytes:
    """The public name of a secret key: 16 bytes that commit to it.

    Source: RFC 5869 §2.3, HKDF-Expand(key, "shopward/key-id/v1"), its first 16 bytes.
    """
    return hmac.digest(key, _KEY_ID_INFO, hashlib.sha256)[:16]


class Dek:
    """A data key, its cipher object made once.

    Args:
        key: 32 secret bytes.
        remains: Key and key id, when that was derived before.

    Attributes:
        remains: Key and key id, 48 secret bytes: what a cache keeps of it.

    Raises:
        ValueError: The key has another length; a mistake in the program, never in data.
    """

    __slots__ = ("_aead", "_head", "remains")

    def __init__(self, key: bytes, remains: bytes | None = None) -> None:
        if len(key) != 32:
            raise ValueError("a data key has 32 bytes")
        self._aead = AESGCM(key)
        self.remains = remains or key + key_id(key)
        self._head = VERSION + self.remains[32:]

    @classmethod
    def restore(cls, remains: bytes) -> Dek:
        """The same key from its `remains`, without deriving its id again."""
        return cls(remains[:32], remains)

    @property
    def key_id(self) -> bytes:
        """16 bytes, not secret; stands in every value sealed with this key."""
        return self.remains[32:]

    def __repr__(self) -> str:
        return f"Dek(key_id={self.key_id.hex()})"

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Seals under a fresh random nonce.

        Args:
            plaintext: The secret bytes of one field.
            context: The bound context, not secret.

        Returns:
            45 bytes more than the plaintext.
        """
        return self.seal_with_nonce(os.urandom(NONCE_BYTES), plaintext, context)

    def seal_with_nonce(self, nonce: bytes, plaintext: bytes, context: bytes) -> bytes:
        """Seals under a nonce of 12 bytes that the caller drew, one of many in one `urandom`.

        The nonce must come from the operating system's generator and never be used twice under
        one key: that would give the fields' difference and the authentication key away.
        Source: NIST SP 800-38D §8.
        """
        return self._head + nonce + self._aead.encrypt(nonce, plaintext, context)

    def open_(self, sealed: bytes, context: bytes) -> bytes:
        """Opens what was sealed under this key and context.

        Raises:
            UndecryptableError: Another key or context, or altered bytes; it does not say which.
        """
        if sealed[:_HEAD_END] != self._head or len(sealed) < OVERHEAD_BYTES:
            raise UndecryptableError
        try:
            return self._aead.decrypt(sealed[_HEAD_END:_NONCE_END], sealed[_NONCE_END:], context)
        except InvalidTag:
            raise UndecryptableError from None


def key_id_in(sealed: bytes) -> bytes:
    """The 16-byte name of the key that sealed these bytes, as they say themselves."""
    return sealed[len(VERSION) : _HEAD_END]
