"""The custodian: keeps the keys that keep the keys, outside the database and its backups.

A KEK lives for one erasure epoch and never leaves its custodian: callers hand data keys in and
get them back, by epoch. That is all a hardware module or a key service needs to offer, too. This
module defines what a custodian promises and the format it writes; `keystore` keeps one in a file.

Wrapped data key, 77 bytes: version 0x01 (1) | epoch, u32 big-endian (4) | nonce (24) |
ciphertext (32) | tag (16), the last three by XAES-256-GCM under the epoch's KEK.

- A KEK is on durable storage before it wraps anything.
- An epoch's number is never used again: its KEK may have been destroyed to erase what it wrapped.
- A version below a kind's `min` is refused by the custodian itself, so that an old row that is put
  back into the database opens nothing.
"""

from __future__ import annotations

import os
from datetime import datetime
from typing import Final, Literal, Protocol

from msgspec import Struct

from shopward.errors import UndecryptableError
from shopward.vault.xaes import NONCE_BYTES, Xaes256Gcm

EPOCH_DAYS: Final = 7
EPOCH_MS: Final = EPOCH_DAYS * 86_400_000
WRAPPED_BYTES: Final = 77
_VERSION: Final = b"\x01"
_HEAD_END: Final = 5

Kind = Literal["epoch", "index", "ledger", "backup"]
"""What has versions: the KEKs, the roots of index and backup keys, the ledger's key."""


class Held(Struct, frozen=True):
    """One version, without its secret. `ends_ms` is when nothing new goes under it, if known."""

    number: int
    begins_ms: int
    ends_ms: int | None
    destroyed_ms: int | None = None
    public: str | None = None


class State(Struct, frozen=True):
    """The versions of one kind, oldest first: `reads` is looked up by, below `min` is refused."""

    min: int
    reads: int
    keys: tuple[Held, ...]

    @property
    def current(self) -> int:
        """The newest version, the one to write under; 0 when there is none yet."""
        return self.keys[-1].number if self.keys else 0

    @property
    def kept(self) -> tuple[int, ...]:
        """The versions whose secret is still there."""
        return tuple(key.number for key in self.keys if key.destroyed_ms is None)


class Custodian(Protocol):
    """Whoever keeps the keys: a sealed file, a hardware module or a key service.

    Everything that changes it is durable on return, and harmless when it is done again.
    """

    @property
    def epoch_days(self) -> int:
        """How long one epoch lasts, unless it is ended before."""
        ...

    def refresh(self) -> None:
        """Learns what another process changed; cheap when nothing did.

        Raises:
            KeystoreError: It cannot be read.
        """
        ...

    def state(self, kind: Kind) -> State:
        """The versions of one kind, as last read."""
        ...

    def begin(self, kind: Kind, version: int, now: datetime) -> None:
        """Makes this version, the next one; does nothing when there is one already.

        Raises:
            KeystoreError: It cannot be kept, or is not the next.
        """
        ...

    def turn(self, kind: Kind, version: int) -> None:
        """Lets readers ask this version from now on."""
        ...

    def latch(self, kind: Kind, version: int) -> None:
        """Refuses every older version of this kind from now on."""
        ...

    def relaxed(self) -> Custodian:
        """The same keys, as a view in memory that refuses no version that is kept.

        For looking into a backup; what is done to it changes nothing.
        """
        ...

    def unlatch(self, kind: Kind) -> None:
        """Accepts every version that is kept: for a store that was just restored."""
        ...

    def destroy(self, kind: Kind, version: int, now: datetime) -> None:
        """Forgets a version that is refused already, for good.

        Raises:
            KeystoreError: It is still accepted.
        """
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
            KeystoreError: No KEK is kept for this epoch, or it is refused.
        """
        ...

    def unwrap(self, epoch: int, wrapped: bytes, context: bytes) -> bytes:
        """The 32 secret bytes that were wrapped under this epoch and context.

        Raises:
            UndecryptableError: Another context, altered bytes, or a KEK that is gone or refused.
        """
        ...

    def index_key(self, field: str, kind: str, version: int) -> bytes:
        """The key of one blind index: 32 secret bytes, the same every time.

        Raises:
            UndecryptableError: The version is gone or refused.
        """
        ...

    def name_key(self, field: str, kind: str) -> bytes:
        """The key of what is looked up by random names: 32 secret bytes that never change."""
        ...

    def ledger_seed(self, version: int) -> bytes:
        """An Ed25519 seed that signs checkpoints: 32 secret bytes.

        Raises:
            UndecryptableError: The version is gone or refused.
        """
        ...

    def backup_key(self, version: int) -> bytes:
        """The key that seals backups: 32 secret bytes.

        Raises:
            UndecryptableError: The version is gone or refused.
        """
        ...


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
