"""The secrets that shops sign their webhooks with: a file beside the keystore, mode 0600.

    {"format": "shopward-webhooks/v1", "hooks": {"3f0c91d2a7b4": {"secret": "…", "old": "…",
                                                                  "old_until_ms": 1795000000000}}}

A hook is a caller; its id names its secret here. An HMAC has to be computed, so the secret itself
is kept, unlike a caller's credential. Who reads the file can state facts in the shop's name, and
can look at nothing.

- The file is replaced whole; a process that has an older one in memory notices by its stamp.
- A secret's predecessor is taken until its time, so that a shop can be told the new one.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from shopward.errors import KeystoreError
from shopward.vault.keyfile import locked, read_private, replace_private

FILE_NAME: Final = "webhooks.json"
PREFIX: Final = "whs_"
SECRET_BYTES: Final = 32
_NOBODY: Final = secrets.token_bytes(SECRET_BYTES)
_WHAT: Final = "file of webhook secrets"


class HookSecret(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One webhook's secrets, as the shop has them: text, whose UTF-8 bytes are the HMAC's key."""

    secret: str
    old: str | None = None
    old_until_ms: int = 0

    def __repr__(self) -> str:
        return "HookSecret(…)"


class HookFile(Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    hooks: dict[str, HookSecret]
    format: str = "shopward-webhooks/v1"


_DECODER: Final = msgspec.json.Decoder(HookFile)


def new_secret() -> str:
    """A secret of 256 random bits: 47 characters of ASCII."""
    return PREFIX + secrets.token_urlsafe(SECRET_BYTES)


class HookKeys:
    """The secrets of every webhook; `path` need not be there while there is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: object = None
        self._hooks: dict[str, HookSecret] = {}

    def keys(self, identifier: str | None, now_ms: int) -> tuple[bytes, ...]:
        """The keys that a webhook may sign with now; one that nobody has for a webhook unknown.

        Raises:
            KeystoreError: The file cannot be read, or others may read it.
        """
        self._refresh()
        known = self._hooks.get(identifier or "")
        if known is None:
            return (_NOBODY,)
        old = known.old if known.old is not None and now_ms < known.old_until_ms else None
        return tuple(one.encode() for one in (known.secret, old) if one is not None)

    def has(self, identifier: str) -> bool:
        """Whether there is a secret for this webhook."""
        self._refresh()
        return identifier in self._hooks

    def put(self, identifier: str, secret: str, *, old_until_ms: int = 0) -> None:
        """Gives a webhook a secret; the one before is taken until `old_until_ms`.

        Raises:
            KeystoreError: The file cannot be replaced; nothing was changed.
        """
        with locked(self.path):
            hooks = self._read()
            before = hooks.get(identifier)
            old = before.secret if before is not None and old_until_ms else None
            hooks[identifier] = HookSecret(secret, old, old_until_ms if old else 0)
            self._write(hooks)

    def remove(self, identifier: str) -> None:
        """Forgets a webhook's secrets, if it has any.

        Raises:
            KeystoreError: The file cannot be replaced.
        """
        with locked(self.path):
            hooks = self._read()
            if hooks.pop(identifier, None) is not None:
                self._write(hooks)

    def _write(self, hooks: dict[str, HookSecret]) -> None:
        replace_private(self.path, msgspec.json.encode(HookFile(hooks)) + b"\n")
        self._refresh()

    def _refresh(self) -> None:
        try:
            found = self.path.stat()
            stamp: object = (found.st_ino, found.st_mtime_ns, found.st_size)
        except FileNotFoundError:
            stamp = None
        if stamp != self._stamp:
            self._hooks, self._stamp = self._read(), stamp

    def _read(self) -> dict[str, HookSecret]:
        if not self.path.exists():
            return {}
        try:
            return _DECODER.decode(read_private(self.path, _WHAT)).hooks
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise KeystoreError(
                f"the {_WHAT} {self.path} is damaged",
                hint="Bring it back from its copy, or give every webhook a new secret.",
            ) from None
