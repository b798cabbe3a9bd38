"""The custodian: keeps the keys that keep the keys, outside the database and its backups.

A KEK lives for one erasure epoch and never leaves its custodian: callers hand data keys in and
get them back, by epoch. That is all a hardware module or a key service needs to offer, too. This
module defines what a custodian promises and the format it writes; `keystore` keeps one in a file.

Wrapped data key, 77 bytes: version 0x01 (1) | epoch, u32 big-endian (4) | nonce (24) |
ciphertext (32) | tag (16), the last three by XAES-256-GCM under the epoch's KEK.

- A KEK is on durable storage before it wraps anything.
- An epoch before the oldest one kept is never made again: its KEK may have been destroyed to
  erase what it wrapped.
"""

from __future__ import annotations

import os
from datetime import datetime
from typing import Final, Protocol

from shopward.errors import UndecryptableError
from shopward.vault.xaes import NONCE_BYTES, Xaes256Gcm

EPOCH_DAYS: Final = 7
WRAPPED_BYTES: Final = 77
_VERSION: Final = b"\x01"
_HEAD_END: Final = 5
_EPOCH_S: Final = EPOCH_DAYS * 86_400


class Custodian(Protocol):
    """Whoever keeps the KEKs: a sealed file, a hardware module or a key service."""

    @property
    def epoch_days(self) -> int:
        """How long one epoch lasts."""
        ...

    def epochs(self) -> tuple[int, ...]:
        """The epochs whose KEK is kept, oldest first."""
        ...

    def current_epoch(self, now: datetime) -> int:
        """The epoch to wrap under at this moment; its KEK is made, and durable, on return.

        Raises:
            KeystoreError: The KEK cannot be kept.
        """
        ...

    def wrap(self, epoch: int, dek: bytes, context: bytes) -> bytes:
        """Wraps a data key of 32 secret bytes; what it returns is not secret.

        Raises:
            KeystoreError: No KEK is kept for this epoch.
        """
        ...

    def unwrap(self, epoch: int, wrapped: bytes, context: bytes) -> bytes:
        """The 32 secret bytes that were wrapped under this epoch and context.

        Raises:
            UndecryptableError: Another context, altered bytes, or a KEK that is gone.
        """
        ...

    def index_key(self, field: str, kind: str, version: int) -> bytes:
        """The key of one blind index: 32 secret bytes, the same every time."""
        ...

    def ledger_seed(self) -> bytes:
        """The Ed25519 seed that signs checkpoints: 32 secret bytes."""
        ...

    def backup_key(self, version: int) -> bytes:
        """The key that backups are sealed from: 32 secret bytes, the same every time."""
        ...


def epoch_of(now: datetime) -> int:
    """The number of an epoch: whole weeks since 1970-01-01T00:00:00Z, a Thursday."""
    return int(now.timestamp()) // _EPOCH_S


def wrap_dek(kek: Xaes256Gcm, epoch: int, dek: bytes, context: bytes) -> bytes:
    """A wrapped data key of 77 bytes, for custodians that hold their KEK in this process."""
    return _wrap_with_nonce(kek, os.urandom(NONCE_BYTES), epoch, dek, context)


def unwrap_dek(kek: Xaes256Gcm, epoch: int, wrapped: bytes, context: bytes) -> bytes:
    """The 32 secret bytes in a wrapped data key.

    Raises:
        UndecryptableError: Another version, epoch, KEK or context, or altered bytes.
    """
    if len(wrapped) != WRAPPED_BYTES or wrapped[:_HEAD_END] != _head(epoch):
        raise UndecryptableError
    return kek.open_(wrapped[_HEAD_END:], context)


def _wrap_with_nonce(
    kek: Xaes256Gcm, nonce: bytes, epoch: int, dek: bytes, context: bytes
) -> bytes:
    return _head(epoch) + kek.seal_with_nonce(nonce, dek, context)


def _head(epoch: int) -> bytes:
    return _VERSION + epoch.to_bytes(4, "big")
