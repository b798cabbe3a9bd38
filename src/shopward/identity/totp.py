"""Codes that change every 30 seconds, each good for one use.

A secret has 20 bytes, derived from a key of the control plane and a random salt. Only the salt is
in the database, so that a copy of it makes no code. A code is accepted one step early or late;
the step it belongs to is remembered, and no code of that step or an earlier one is accepted again.
Remembering is the caller's part, in the same transaction that lets somebody in.

Source: RFC 6238, RFC 4226 §5.3; NIST SP 800-63B-4 §3.1.4 (one use).
"""

from __future__ import annotations

import base64
import hmac
import secrets
import struct
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

SECRET_BYTES: Final = 20
STEP_S: Final = 30
DIGITS: Final = 6
DRIFT_STEPS: Final = 1


def new_salt() -> str:
    """What is stored of a new secret, 32 hex digits; worth nothing without the key."""
    return secrets.token_hex(16)


def secret_of(key: bytes, person: str, salt: str) -> bytes:
    """The secret of a person and salt, 20 bytes. Secret.

    Args:
        key: At least 32 bytes, of the control plane. Secret.
        person: The stable id of whom it belongs to.
        salt: As `new_salt` made it.
    """
    bound = f"{len(person)}:{person}:{salt}"
    return hmac.digest(key, b"totp\x00" + bound.encode(), "sha256")[:SECRET_BYTES]


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of one step.

    Args:
        secret: 20 bytes. Secret.
        step: Seconds since the epoch divided by 30.
        digits: 6; 8 in the vectors of the RFC.
    """
    mac = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}}"


def step_at(now: datetime) -> int:
    """The step of a moment."""
    return int(now.timestamp()) // STEP_S


def matching_step(secret: bytes, code: str, now: datetime, last: int | None) -> int | None:
    """The step the code belongs to, to be remembered as `last`; None when it is not accepted.

    Every step of the window is compared, in constant time.

    Args:
        secret: 20 bytes. Secret.
        code: As typed; spaces do not matter.
        now: The moment it arrived.
        last: The step of the last code that was accepted, if any.
    """
    typed, current = "".join(code.split()), step_at(now)
    found = None
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        same = hmac.compare_digest(code_at(secret, step).encode(), typed.encode())
        if same and (last is None or step > last):
            found = step
    return found


def to_base32(secret: bytes) -> str:
    """The secret as a person types it into an app. Secret."""
    return base64.b32encode(secret).decode()


def uri(secret: bytes, account: str, issuer: str) -> str:
    """What the QR code holds: `otpauth://totp/…`. Secret."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='')}"
    values = {"secret": to_base32(secret), "issuer": issuer}
    return f"otpauth://totp/{label}?{urlencode(values)}"
