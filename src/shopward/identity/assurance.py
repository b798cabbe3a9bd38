"""How sure we are who sits there: from what was shown to a level, its name and its age.

| shown | level | `acr` |
|---|---|---|
| a password, or a code alone; a password and a code by mail | 1 | `aal1` |
| a passkey with PIN or finger; a password and another factor | 2 | `aal2` |
| the same with a passkey that cannot leave its device | 3 | `aal3` |

A recovery code stands in for a lost factor: it reaches level 2, for a session that may do nothing
but bind a new factor. `auth_time` is when the newest factor was shown, not the last click.

Source: NIST SP 800-63B-4 §2, §3.1.3; RFC 8176 (`amr`); OpenID Connect Core §2 (`acr`, `auth_time`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Factor(StrEnum):
    """What can be shown, by its name in a stored record."""

    PASSWORD = "password"  # noqa: S105  # a kind of factor
    TOTP = "totp"
    RECOVERY_CODE = "recovery_codes"
    PASSKEY = "passkey"
    DEVICE_PASSKEY = "device-passkey"
    MAIL_CODE = "mail-code"
    SMS_CODE = "sms-code"


STRONG = frozenset({Factor.TOTP, Factor.PASSKEY, Factor.DEVICE_PASSKEY})
_AMR = {
    Factor.PASSWORD: ("pwd",),
    Factor.TOTP: ("otp",),
    Factor.RECOVERY_CODE: ("kba",),
    Factor.PASSKEY: ("swk", "user"),
    Factor.DEVICE_PASSKEY: ("hwk", "user"),
    Factor.MAIL_CODE: ("otp",),
    Factor.SMS_CODE: ("sms",),
}
_ALONE = {Factor.PASSWORD, Factor.MAIL_CODE}
"""What adds nothing to a password: a mailbox is no authenticator (NIST SP 800-63B-4 §3.1.3.1)."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One factor that was shown, and when."""

    factor: Factor
    at: datetime


def level(shown: Iterable[Shown]) -> int:
    """The assurance level, 1 to 3; 0 when nothing was shown."""
    factors = {one.factor for one in shown}
    if Factor.DEVICE_PASSKEY in factors:
        return 3
    if Factor.PASSKEY in factors:
        return 2
    if Factor.PASSWORD in factors and factors - _ALONE:
        return 2
    return 1 if factors else 0


def acr(shown: Iterable[Shown]) -> str:
    """The level's name; empty when nothing was shown."""
    reached = level(shown)
    return f"aal{reached}" if reached else ""


def amr(shown: Iterable[Shown]) -> tuple[str, ...]:
    """The methods' registered names, and `mfa` where there were two."""
    seen = list(shown)
    names = {name for one in seen for name in _AMR[one.factor]}
    return tuple(sorted(names | ({"mfa"} if level(seen) >= 2 else set())))


def auth_time(shown: Sequence[Shown]) -> datetime | None:
    """When the newest factor was shown."""
    return max((one.at for one in shown), default=None)


def is_complete(shown: Iterable[Shown]) -> bool:
    """Whether staff are signed in by this: level 2 or more with a strong factor."""
    seen = tuple(shown)
    return level(seen) >= 2 and any(one.factor in STRONG for one in seen)


def is_complete_for_customer(shown: Iterable[Shown]) -> bool:
    """Whether a customer is signed in by this: a password or a passkey, and no recovery code alone.

    Whether the password needed a second factor was asked when it was shown.
    """
    factors = {one.factor for one in shown}
    if Factor.RECOVERY_CODE in factors:
        return bool(factors & STRONG)
    return bool(factors & (STRONG | {Factor.PASSWORD}))


def may_remove(strong_left: int) -> bool:
    """Whether staff may take a factor away that leaves so many strong ones."""
    return strong_left >= 1
