"""The file custodian: KEKs, index root and ledger seed in one file, sealed by a passphrase.

The file belongs outside the database's directory and outside its backups: destroying a KEK here
is what makes an erasure final. This module does not ask for passphrases and does not decide when
an epoch ends; `keystore_document` has the format. The secrets are in this process's memory while
it runs.

- A new epoch's KEK is in the file, durably, before it wraps anything.
- Two processes that need the same new epoch agree on one KEK: the second finds the first's.

Source: RFC 5869 for index keys.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shopward.errors import KeystoreError, UndecryptableError
from shopward.vault.context import context, u32
from shopward.vault.custodian import EPOCH_DAYS, epoch_of, unwrap_dek, wrap_dek
from shopward.vault.keyfile import locked, read_private, replace_private
from shopward.vault.keystore_document import KEY_BYTES, Profile, SealingKey, Secrets, kdf_of, parse
from shopward.vault.xaes import Xaes256Gcm

MIN_PASSPHRASE_BYTES: Final = 12


class FileCustodian:
    """A custodian whose keys are in one sealed file; made by `create` or `open_keystore`."""

    __slots__ = ("_keks", "_path", "_sealing_key", "_secrets")

    epoch_days: Final = EPOCH_DAYS

    def __init__(self, path: Path, sealing_key: SealingKey, secrets: Secrets) -> None:
        self._path = path
        self._sealing_key = sealing_key
        self._adopt(secrets)

    def __repr__(self) -> str:
        return f"FileCustodian(path={str(self._path)!r}, epochs={self.epochs()})"

    def epochs(self) -> tuple[int, ...]:
        """The epochs whose KEK is kept, oldest first."""
        return tuple(sorted(self._keks))

    def current_epoch(self, now: datetime) -> int:
        """The epoch to wrap under; a clock that went back far gets the oldest one kept.

        Raises:
            KeystoreError: The file cannot be read or replaced.
        """
        epoch = epoch_of(now)
        if epoch in self._keks:
            return epoch
        return self._settle(epoch)

    def wrap(self, epoch: int, dek: bytes, context: bytes) -> bytes:
        """Wraps a data key of 32 secret bytes into 77.

        Raises:
            KeystoreError: No KEK is kept for this epoch.
        """
        kek = self._kek(epoch)
        if kek is None:
            raise KeystoreError(
                f"the keystore has no key for epoch {epoch}",
                hint="The keystore may be older than the database: restore the newest copy.",
            )
        return wrap_dek(kek, epoch, dek, context)

    def unwrap(self, epoch: int, wrapped: bytes, context: bytes) -> bytes:
        """The 32 secret bytes that were wrapped under this epoch and context.

        Raises:
            UndecryptableError: Another context, altered bytes, or a KEK that is gone.
            KeystoreError: The epoch is not known here and the file cannot be read again.
        """
        kek = self._kek(epoch)
        if kek is None:
            raise UndecryptableError
        return unwrap_dek(kek, epoch, wrapped, context)

    def index_key(self, field: str, kind: str, version: int) -> bytes:
        """The key of one blind index: 32 secret bytes. Source: RFC 5869."""
        info = context(b"shopward/index/v1", field.encode(), kind.encode(), u32(version))
        root = bytes.fromhex(self._secrets.index_root)
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(root)

    def ledger_seed(self) -> bytes:
        """The Ed25519 seed that signs checkpoints: 32 secret bytes."""
        return bytes.fromhex(self._secrets.ledger_seed)

    def backup_key(self, version: int) -> bytes:
        """The key that backups are sealed from: 32 secret bytes. Source: RFC 5869."""
        info = context(b"shopward/backup-key/v1", u32(version))
        root = bytes.fromhex(self._secrets.index_root)
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(root)

    def _kek(self, epoch: int) -> Xaes256Gcm | None:
        if epoch not in self._keks:
            self._adopt(self._reload())
        return self._keks.get(epoch)

    def _settle(self, epoch: int) -> int:
        """Finds or makes an epoch's KEK in the file, under its lock."""
        with locked(self._path):
            secrets = self._reload()
            oldest = min(secrets.epochs, default=epoch)
            if not secrets.epochs or (epoch > oldest and epoch not in secrets.epochs):
                secrets = secrets.with_epoch(epoch, os.urandom(KEY_BYTES))
                replace_private(self._path, self._sealing_key.seal(secrets))
        self._adopt(secrets)
        return max(epoch, oldest)

    def _reload(self) -> Secrets:
        return self._sealing_key.open_(parse(read_private(self._path)))

    def _adopt(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._keks = {
            epoch: Xaes256Gcm(bytes.fromhex(kek)) for epoch, kek in secrets.epochs.items()
        }


def create(path: Path, passphrase: bytes, *, profile: Profile = "interactive") -> FileCustodian:
    """Makes a keystore with fresh secrets and no epoch yet.

    Args:
        path: Where no file is yet; its directory must exist.
        passphrase: At least 12 secret bytes.
        profile: `interactive` takes 64 MiB and a fraction of a second; `test` protects nothing.

    Raises:
        KeystoreError: The passphrase is too short, or there is a file already.
    """
    if len(passphrase) < MIN_PASSPHRASE_BYTES:
        raise KeystoreError(
            "the passphrase is shorter than 12 bytes",
            hint="Take a random one, for example from `openssl rand -base64 24`.",
        )
    kdf = kdf_of(profile, os.urandom(16))
    sealing_key = SealingKey(kdf.derive(passphrase), kdf)
    fresh = Secrets({}, os.urandom(KEY_BYTES).hex(), os.urandom(KEY_BYTES).hex())
    with locked(path):
        if os.path.lexists(path):
            raise KeystoreError(
                f"there is a file at {path} already",
                hint="Open it, or choose another path; a keystore is never overwritten.",
            )
        replace_private(path, sealing_key.seal(fresh))
    return FileCustodian(path, sealing_key, fresh)


def open_keystore(path: Path, passphrase: bytes) -> FileCustodian:
    """Opens a keystore.

    Args:
        path: The file, no link, mode 0600.
        passphrase: The secret bytes it was made with.

    Raises:
        KeystoreError: Missing, open to others, of unknown format, damaged, other passphrase.
    """
    document = parse(read_private(path))
    sealing_key = SealingKey(document.kdf.derive(passphrase), document.kdf)
    return FileCustodian(path, sealing_key, sealing_key.open_(document))
