"""Codes that somebody reads from a mail or a text message and types into the waiting page.

Eight digits (26 bits), ten minutes, five tries, one use. Which browser a code belongs to is the
caller's to keep; stored is a keyed digest, so that a copy of the database opens nothing.

Source: NIST SP 800-63B-4 §3.1.3 and §3.2.2 (out-of-band secrets); OWASP ASVS 5.0 §6.6.
"""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import timedelta
from typing import Final

from shopward.identity.throttle import Limit

DIGITS: Final = 8
LIFE: Final = timedelta(minutes=10)
TRIES: Final = Limit(5, LIFE)
ONCE: Final = Limit(1, LIFE)
_FORM: Final = re.compile(rf"[0-9]{{{DIGITS}}}")
_BETWEEN: Final = re.compile(r"[\s\u2010-\u2015-]")


def new() -> str:
    """A code of eight digits. Secret."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def shown(code: str) -> str:
    """The code as people read it: `1234 5678`."""
    return f"{code[: DIGITS // 2]} {code[DIGITS // 2 :]}"


def digest(key: bytes, name: str, typed: str) -> str:
    """What is stored of a code, 64 hex digits; blanks and hyphens do not matter.

    Args:
        key: 32 secret bytes.
        name: What the code was made for; the same code for something else has another digest.
        typed: The code, or what somebody typed.
    """
    bare = _BETWEEN.sub("", typed)
    code = bare if _FORM.fullmatch(bare) else ""
    return hmac.digest(key, f"{name}\x00{code}".encode(), "sha256").hex()


def is_right(kept: str, key: bytes, name: str, typed: str) -> bool:
    """Whether the typed code is the one that was kept; compared in constant time."""
    return hmac.compare_digest(kept, digest(key, name, typed))
