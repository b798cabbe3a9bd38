"""The file custodian: every key that keeps keys in one file, sealed by a passphrase.

The file belongs outside the database's directory and outside its backups: destroying a KEK here
is what makes an erasure final. This module does not ask for passphrases and does not decide when
a key is rotated; `keystore_document` has the format and `rings` the rules of versions. The secrets
are in this process's memory while it runs.

- What changes is in the file, durably, before anybody uses it.
- Two processes that need the same new version agree on one: the second finds the first's.

Source: RFC 5869 for keys that are derived.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shopward.clock import to_ms
from shopward.errors import KeystoreError, UndecryptableError
from shopward.signing import Signer
from shopward.vault.context import context, u32
from shopward.vault.custodian import (
    EPOCH_DAYS,
    EPOCH_MS,
    Kind,
    State,
    unwrap_dek,
    wrap_dek,
)
from shopward.vault.keyfile import locked, read_private, replace_private
from shopward.vault.keystore_document import KINDS, Profile, SealingKey, Secrets, kdf_of, parse
from shopward.vault.rings import KEY_BYTES, Ring
from shopward.vault.xaes import Xaes256Gcm

MIN_PASSPHRASE_BYTES: Final = 12


class FileCustodian:
    """A custodian whose keys are in one sealed file; made by `create` or `open_keystore`."""

    __slots__ = ("_keks", "_path", "_sealing_key", "_secrets", "_seen")

    epoch_days: Final = EPOCH_DAYS

    def __init__(self, path: Path, sealing_key: SealingKey, secrets: Secrets) -> None:
        self._path = path
        self._sealing_key = sealing_key
        self._seen: object = None
        self._adopt(secrets)

    def __repr__(self) -> str:
        return f"FileCustodian(path={str(self._path)!r}, epochs={self.epochs()})"

    def epochs(self) -> tuple[int, ...]:
        """The epochs whose KEK is kept, oldest first."""
        return self.state("epoch").kept

    # Versions

    def refresh(self) -> None:
        """Reads the file again if it is another one than was read.

        Raises:
            KeystoreError: It cannot be read.
        """
        if self._stamp() != self._seen:
            self._adopt(self._reload())

    def state(self, kind: Kind) -> State:
        """The versions of one kind, as last read."""
        return self._secrets.rings[kind].state(is_timed=kind == "epoch")

    def begin(self, kind: Kind, version: int, now: datetime) -> None:
        """Makes the next version, unless there is one of this number.

        Raises:
            KeystoreError: The file cannot be replaced, or the number is not the next.
        """
        self._change(kind, lambda ring: _begun(ring, kind, version, to_ms(now)))

    def turn(self, kind: Kind, version: int) -> None:
        """Lets readers ask this version from now on."""
        self._change(kind, lambda ring: ring.turn(version))

    def latch(self, kind: Kind, version: int) -> None:
        """Refuses every older version from now on."""
        self._change(kind, lambda ring: ring.latch(version))

    def relaxed(self) -> FileCustodian:
        """A view in memory that refuses no version that is kept."""
        view = _View(self._path, self._sealing_key, self._secrets)
        for kind in KINDS:
            view.unlatch(kind)
        return view

    def unlatch(self, kind: Kind) -> None:
        """Accepts every version that is kept, for a store that was just restored."""
        self._change(kind, Ring.unlatch)

    def destroy(self, kind: Kind, version: int, now: datetime) -> None:
        """Takes a refused version's secret out of the file.

        Raises:
            KeystoreError: It is still accepted, or the file cannot be replaced.
        """
        self._change(kind, lambda ring: ring.destroy(version, to_ms(now)))

    def current_epoch(self, now: datetime) -> int:
        """The epoch to wrap under; a clock that went back gets the newest one kept.

        Raises:
            KeystoreError: The file cannot be read or replaced.
        """
        ring = self._secrets.rings["epoch"]
        if _is_over(ring, to_ms(now)):
            self._change("epoch", lambda found: _following(found, to_ms(now)))
            return self._secrets.rings["epoch"].current
        return ring.current

    def change_passphrase(self, passphrase: bytes) -> None:
        """Seals the file anew, with a new salt; the old passphrase opens it no longer.

        Takes as long as the profile of the file says.

        Raises:
            KeystoreError: The passphrase is too short, or the file cannot be replaced.
        """
        _refuse_short(passphrase)
        kdf = self._sealing_key.kdf.salted(os.urandom(16))
        sealing_key = SealingKey(kdf.derive(passphrase), kdf)
        with locked(self._path):
            secrets = self._reload()
            replace_private(self._path, sealing_key.seal(secrets))
        self._sealing_key = sealing_key
        self._adopt(secrets)

    # Keys

    def wrap(self, epoch: int, dek: bytes, context: bytes) -> bytes:
        """Wraps a data key of 32 secret bytes into 77.

        Raises:
            KeystoreError: No KEK is kept for this epoch, or it is refused.
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
            UndecryptableError: Another context, altered bytes, or a KEK that is gone or refused.
            KeystoreError: The epoch is not known here and the file cannot be read again.
        """
        kek = self._kek(epoch)
        if kek is None:
            raise UndecryptableError
        return unwrap_dek(kek, epoch, wrapped, context)

    def index_key(self, field: str, kind: str, version: int) -> bytes:
        """The key of one blind index: 32 secret bytes.

        Raises:
            UndecryptableError: The version is gone or refused.
        """
        info = context(b"shopward/index/v1", field.encode(), kind.encode(), u32(version))
        return _derive(self._secret("index", version), info)

    def name_key(self, field: str, kind: str) -> bytes:
        """The key of what is looked up by random names: 32 secret bytes."""
        info = context(b"shopward/name/v1", field.encode(), kind.encode())
        return _derive(bytes.fromhex(self._secrets.name_root), info)

    def ledger_seed(self, version: int) -> bytes:
        """An Ed25519 seed that signs checkpoints: 32 secret bytes.

        Raises:
            UndecryptableError: The version is gone or refused.
        """
        return self._secret("ledger", version)

    def backup_key(self, version: int) -> bytes:
        """The key that seals backups: 32 secret bytes.

        Raises:
            UndecryptableError: The version is gone or refused.
        """
        return _derive(self._secret("backup", version), context(b"shopward/backup/v1"))

    def _secret(self, kind: Kind, version: int) -> bytes:
        secret = self._secrets.rings[kind].secret(version)
        if secret is None:
            self.refresh()
            secret = self._secrets.rings[kind].secret(version)
        if secret is None:
            raise UndecryptableError
        return secret

    def _kek(self, epoch: int) -> Xaes256Gcm | None:
        kek = self._keks.get(epoch)
        if kek is None:
            self.refresh()
            kek = self._keks.get(epoch)
        return kek

    def _change(self, kind: Kind, change: Callable[[Ring], Ring]) -> None:
        """Applies a change to the ring in the file, under its lock; writes only if it is one."""
        with locked(self._path):
            secrets = self._reload()
            before = secrets.rings[kind]
            after = change(before)
            if after != before:
                secrets = secrets.with_ring(kind, after)
                replace_private(self._path, self._sealing_key.seal(secrets))
            self._adopt(secrets)

    def _reload(self) -> Secrets:
        return self._sealing_key.open_(parse(read_private(self._path)))

    def _stamp(self) -> object:
        try:
            status = self._path.stat(follow_symlinks=False)
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns

    def _adopt(self, secrets: Secrets) -> None:
        self._seen = self._stamp()
        self._secrets = secrets
        ring = secrets.rings["epoch"]
        keks = {epoch: ring.secret(epoch) for epoch in ring.keys}
        self._keks = {epoch: Xaes256Gcm(kek) for epoch, kek in keks.items() if kek is not None}


class _View(FileCustodian):
    """A custodian whose changes stay in memory."""

    __slots__ = ()

    def refresh(self) -> None:
        """Stays what it is."""

    def _change(self, kind: Kind, change: Callable[[Ring], Ring]) -> None:
        self._adopt(self._secrets.with_ring(kind, change(self._secrets.rings[kind])))


def _is_over(ring: Ring, now_ms: int) -> bool:
    return ring.current == 0 or now_ms >= ring.keys[ring.current].begins_ms + EPOCH_MS


def _following(ring: Ring, now_ms: int) -> Ring:
    """The ring with the epoch of this moment; epochs that nobody saw are left out."""
    if not _is_over(ring, now_ms):
        return ring
    begins_ms = now_ms
    if ring.current:
        last_ms = ring.keys[ring.current].begins_ms
        begins_ms -= (now_ms - last_ms) % EPOCH_MS
    return ring.begin(os.urandom(KEY_BYTES), begins_ms)


def _begun(ring: Ring, kind: Kind, version: int, now_ms: int) -> Ring:
    if version <= ring.current:
        return ring
    if version != ring.current + 1:
        raise KeystoreError(f"version {version} of the {kind} key is not the next")
    return _fresh(ring, kind, now_ms)


def _fresh(ring: Ring, kind: Kind, now_ms: int) -> Ring:
    secret = os.urandom(KEY_BYTES)
    public = Signer("public", secret).verifier.public_key.hex() if kind == "ledger" else None
    return ring.begin(secret, now_ms, public)


def _derive(root: bytes, info: bytes) -> bytes:
    """32 secret bytes. Source: RFC 5869."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(root)


def _refuse_short(passphrase: bytes) -> None:
    if len(passphrase) < MIN_PASSPHRASE_BYTES:
        raise KeystoreError(
            "the passphrase is shorter than 12 bytes",
            hint="Take a random one, for example from `openssl rand -base64 24`.",
        )


def fresh_secrets() -> Secrets:
    """New secrets: version 1 of everything, and no epoch yet."""
    empty = Ring({})
    rings = {kind: empty if kind == "epoch" else _fresh(empty, kind, 0) for kind in KINDS}
    return Secrets(rings, os.urandom(KEY_BYTES).hex())


def create(path: Path, passphrase: bytes, *, profile: Profile = "interactive") -> FileCustodian:
    """Makes a keystore with fresh secrets and no epoch yet.

    Args:
        path: Where no file is yet; its directory must exist.
        passphrase: At least 12 secret bytes.
        profile: `interactive` takes 64 MiB and a fraction of a second; `test` protects nothing.

    Raises:
        KeystoreError: The passphrase is too short, or there is a file already.
    """
    _refuse_short(passphrase)
    kdf = kdf_of(profile, os.urandom(16))
    sealing_key = SealingKey(kdf.derive(passphrase), kdf)
    fresh = fresh_secrets()
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
