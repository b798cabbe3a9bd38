"""Keys of the control plane: each in a file of its owner alone, made once."""

from __future__ import annotations

import secrets
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from shopward.errors import ConfigError
from shopward.sources.durable import replace_durably

KEY_BYTES: Final = 32


def secret_key(path: Path) -> str:
    """What signs cookies and links, made when there is none: 32 random bytes in base64url. Secret.

    Raises:
        ConfigError: As `read_or_make`.
    """
    return read_or_make(path, lambda: secrets.token_urlsafe(KEY_BYTES))


def read_or_make(path: Path, make: Callable[[], str]) -> str:
    """The one line of a key's file. Secret.

    Raises:
        ConfigError: The file cannot be read or made, is open to others, or is too short.
    """
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_durably(path, make().encode() + b"\n")
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise _refused(path, "can be read by others", "Give it to its owner alone: chmod 600.")
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise _refused(path, "cannot be read or made", "Check its path and its owner.") from None
    if len(text) < KEY_BYTES:
        raise _refused(path, "is too short", "Remove it; the next start makes a new key.")
    return text


def _refused(path: Path, what: str, hint: str) -> ConfigError:
    return ConfigError(f"The key file {path.name} {what}.", hint=hint, field="console")
