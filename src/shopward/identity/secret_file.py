"""The control plane's own secret: 32 random bytes in a file, never in its database.

Passwords are hashed with a key derived from it (a pepper), second factors and recovery codes too:
a copy of the database alone cannot be guessed against, however weak a password is.

- The file is mode 0600; one that others can read is refused.
- It is made once and never replaced. Without it no password, TOTP code or recovery code is right:
  staff are invited anew. Passkeys go on working.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from shopward.errors import ConfigError
from shopward.sources.durable import sync_directory

BYTES: Final = 32
_FORM: Final = re.compile(rb"([0-9a-f]{64})\n")


@dataclass(frozen=True, slots=True)
class Keys:
    """What is derived from the secret: one key of 32 bytes per use. Secret."""

    password: bytes = field(repr=False)
    recovery: bytes = field(repr=False)
    totp: bytes = field(repr=False)
    names: bytes = field(repr=False)
    codes: bytes = field(repr=False)

    @classmethod
    def derive(cls, secret: bytes) -> Self:
        """The keys of a secret of 32 bytes (HKDF-Expand of RFC 5869, one block each)."""
        uses = ("password", "recovery", "totp", "names", "codes")
        labels = (f"shopward/identity/{use}/v1".encode() + b"\x01" for use in uses)
        return cls(*(hmac.digest(secret, label, "sha256") for label in labels))


def ensure(path: Path) -> Keys:
    """The keys of the file, which is made when there is none.

    Raises:
        ConfigError: It cannot be read or made, or others can read it.
    """
    try:
        _make(path)
    except FileExistsError:
        pass
    except OSError:
        raise _refusal("cannot be made", "Give this user write access to its folder.") from None
    return load(path)


def load(path: Path) -> Keys:
    """The keys of the file.

    Raises:
        ConfigError: There is none, others can read it, or it is damaged.
    """
    try:
        with path.open("rb") as file:
            shared = stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077
            match = _FORM.fullmatch(file.read(BYTES * 2 + 2))
    except OSError:
        raise _refusal("cannot be read", "Start `shopward run` once; it makes one.") from None
    if shared:
        raise _refusal("can be read by others", "Give it to its owner alone: chmod 600.")
    if match is None:
        raise _refusal("is damaged", "Bring it back from its backup.")
    return Keys.derive(bytes.fromhex(match[1].decode()))


def _make(path: Path) -> None:
    half = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    if path.exists():
        raise FileExistsError
    try:
        with os.fdopen(os.open(half, flags, 0o600), "wb") as file:
            file.write(secrets.token_hex(BYTES).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(half, path)  # unlike a rename, this never replaces another process's secret
    finally:
        half.unlink(missing_ok=True)
    sync_directory(path.parent)


def _refusal(what: str, hint: str) -> ConfigError:
    key = "identity.secret"
    return ConfigError(f"The file {key} {what}.", hint=hint, field=key)
