"""A stream of sealed chunks: AES-256-GCM in the STREAM construction.

A chunk's nonce is its number and whether it is the last, so that chunks cannot be left out, moved,
repeated or taken from another stream, and an end cannot be made where there was none. The key
belongs to one stream alone. This module knows no file and no table.

    nonce = number of the chunk (11 bytes, big-endian, from 0) | last (1): 0x01, else 0x00
    chunk = ciphertext | tag (16); no bound context, for the key is derived from the header
    key   = HKDF-SHA256(backup key, salt (32), "shopward/backup/v1" and SHA-256 of the head)

- The number is counted here and never given: no nonce is used twice under one key.

Source: Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance" §7; RFC 5869.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shopward.errors import UndecryptableError
from shopward.vault.context import context

SALT_BYTES = 32
TAG_BYTES = 16


def stream_key(backup_key: bytes, salt: bytes, head: bytes) -> bytes:
    """The key of one stream: 32 secret bytes.

    Args:
        backup_key: 32 secret bytes from the custodian.
        salt: 32 random bytes of this stream; not secret.
        head: Everything that stands before the chunks; another head makes another key.
    """
    info = context(b"shopward/backup/v1", hashlib.sha256(head).digest())
    return HKDF(SHA256(), 32, salt=salt, info=info).derive(backup_key)


class _Stream:
    """Counts the chunks of one stream."""

    __slots__ = ("_aead", "count")

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)
        self.count = 0

    def _nonce(self, *, is_last: bool) -> bytes:
        nonce = self.count.to_bytes(11, "big") + bytes([is_last])
        self.count += 1
        return nonce


class Sealer(_Stream):
    """Seals the chunks of a stream in their order. `key` is 32 secret bytes, used once."""

    def seal(self, plaintext: bytes, *, is_last: bool = False) -> bytes:
        """The next chunk, 16 bytes longer than its plaintext."""
        return self._aead.encrypt(self._nonce(is_last=is_last), plaintext, None)


class Opener(_Stream):
    """Opens the chunks of a stream in their order. `key` is 32 secret bytes."""

    def open_(self, chunk: bytes, *, is_last: bool) -> bytes:
        """The next chunk's plaintext.

        Raises:
            UndecryptableError: It is not the next chunk of this stream, whole and unaltered.
        """
        if len(chunk) < TAG_BYTES:
            raise UndecryptableError
        try:
            return self._aead.decrypt(self._nonce(is_last=is_last), chunk, None)
        except InvalidTag:
            raise UndecryptableError from None
