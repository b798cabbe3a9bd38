"""The key that signs cookies and links: 32 random bytes in a file of its owner alone, made once."""

from __future__ import annotations

import secrets
import stat
from pathlib import Path
from typing import Final

from shopward.errors import ConfigError
from shopward.sources.durable import replace_durably

KEY_BYTES: Final = 32
FIELD: Final = "console.secret_key"


def ensure(path: Path) -> str:
    """The key, made when there is none. Secret.

    Raises:
        ConfigError: The file cannot be read or made, is open to others, or is too short.
    """
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_durably(path, secrets.token_urlsafe(KEY_BYTES).encode() + b"\n")
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise _refused("can be read by others", "Give it to its owner alone: chmod 600.")
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise _refused("cannot be read or made", "Check its path and its owner.") from None
    if len(text) < KEY_BYTES:
        raise _refused("is too short", "Remove the file; the next start makes a new key.")
    return text


def _refused(what: str, hint: str) -> ConfigError:
    return ConfigError(f"{FIELD} {what}.", hint=hint, field=FIELD)
