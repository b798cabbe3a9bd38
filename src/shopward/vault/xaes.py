"""XAES-256-GCM: AES-256-GCM with a nonce long enough to be drawn at random without counting.

One epoch KEK wraps the keys of every customer of a week, so its nonces are 24 bytes; a field,
under a key of its own, needs only the 12 of plain AES-GCM (`cipher`). This module knows nothing
about epochs, keys at rest or formats with versions.

Format: nonce (24 bytes) | ciphertext (as long as the plaintext) | tag (16 bytes).

- A key and a nonce give a one-time AES-GCM key: two AES blocks by the CMAC construction of
  NIST SP 800-108r1 in counter mode, over a context of one block.

Source: C2SP XAES-256-GCM; NIST SP 800-108r1 §4.1; NIST SP 800-38B §6.1.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shopward.errors import UndecryptableError

NONCE_BYTES = 24
TAG_BYTES = 16
_FIRST = 0x00015800 << 96
_SECOND = 0x00025800 << 96
_REDUCTION = 0b10000111
_BLOCK_MASK = (1 << 128) - 1


class Xaes256Gcm:
    """One key-wrapping key, its block cipher and CMAC subkey made once.

    Args:
        key: 32 secret bytes.

    Raises:
        ValueError: The key has another length; a mistake in the program, never in data.
    """

    __slots__ = ("_block", "_masks")

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise ValueError("an XAES-256-GCM key has 32 bytes")
        # ECB only as the bare block function that the derivation is defined on.
        self._block = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305
        mask = _cmac_subkey(self._block.update(bytes(16)))
        self._masks = ((mask ^ _FIRST) << 128) | (mask ^ _SECOND)

    def __repr__(self) -> str:
        return "Xaes256Gcm(key=…)"

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Seals under a fresh random nonce.

        Args:
            plaintext: The secret bytes.
            context: The bound context, not secret.

        Returns:
            40 bytes more than the plaintext.
        """
        return self.seal_with_nonce(os.urandom(NONCE_BYTES), plaintext, context)

    def seal_with_nonce(self, nonce: bytes, plaintext: bytes, context: bytes) -> bytes:
        """Seals under a given nonce of 24 bytes; only vectors choose one."""
        return nonce + self._derive(nonce).encrypt(nonce[12:], plaintext, context)

    def open_(self, sealed: bytes, context: bytes) -> bytes:
        """Opens what `seal` made under the same key and context.

        Raises:
            UndecryptableError: Another key or context, or altered bytes; it does not say which.
        """
        if len(sealed) < NONCE_BYTES + TAG_BYTES:
            raise UndecryptableError
        nonce = sealed[:NONCE_BYTES]
        try:
            return self._derive(nonce).decrypt(nonce[12:], sealed[NONCE_BYTES:], context)
        except InvalidTag:
            raise UndecryptableError from None

    def _derive(self, nonce: bytes) -> AESGCM:
        half = int.from_bytes(nonce[:12], "big")
        blocks = self._masks ^ (half << 128 | half)
        return AESGCM(self._block.update(blocks.to_bytes(32, "big")))


def _cmac_subkey(encrypted_zeros: bytes) -> int:
    """The CMAC subkey K1, as a number of 128 bits. Source: NIST SP 800-38B §6.1."""
    doubled = int.from_bytes(encrypted_zeros, "big") << 1
    if encrypted_zeros[0] & 0x80:
        doubled ^= _REDUCTION
    return doubled & _BLOCK_MASK
