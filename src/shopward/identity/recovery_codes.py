"""Ten codes on paper for the day the telephone is lost; each works once, as a second factor.

    H4QK-29TX-…   six groups of four letters and digits, 120 random bits, shown once

What is stored is a keyed digest: HMAC-SHA-256 under a key of the control plane, bound to the
person, so that a copy of the database can neither check a guess nor move a code to somebody else.

Source: NIST SP 800-63B-4 §3.1.2 (look-up secrets of at least 112 bits).
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from typing import Final

COUNT: Final = 10
ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 letters and digits that do not look alike
LENGTH: Final = 24
_GROUP: Final = 4


def make() -> tuple[str, ...]:
    """Ten new codes as they are shown. Secret."""
    signs = [[secrets.choice(ALPHABET) for _ in range(LENGTH)] for _ in range(COUNT)]
    return tuple(_grouped("".join(code)) for code in signs)


def digest(key: bytes, person: str, code: str) -> str:
    """What is stored of a code, 64 hex digits; case, spaces and hyphens do not matter.

    Args:
        key: At least 32 bytes, of the control plane. Secret.
        person: The stable id of whom it belongs to.
        code: As shown or typed. Secret.
    """
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    bound = f"{len(person)}:{person}:{plain}"
    return hmac.digest(key, b"recovery-code\x00" + bound.encode(), "sha256").hex()


def without(kept: Sequence[str], used: str) -> tuple[str, ...] | None:
    """The digests that are left after one was used; None when it is not among them.

    Every digest is compared, in constant time.
    """
    rest = tuple(one for one in kept if not hmac.compare_digest(one, used))
    return rest if len(rest) < len(kept) else None


def _grouped(code: str) -> str:
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))
