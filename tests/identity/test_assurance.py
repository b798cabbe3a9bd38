"""Which factors give which level; NIST SP 800-63B-4 §2."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shopward.identity.assurance import (
    Factor,
    Shown,
    acr,
    amr,
    auth_time,
    is_complete,
    level,
    may_remove,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
F = Factor


def shown(*factors: Factor) -> list[Shown]:
    return [Shown(one, NOON + timedelta(minutes=n)) for n, one in enumerate(factors)]


@pytest.mark.parametrize(
    ("factors", "reached", "complete"),
    [
        ((), 0, False),
        ((F.PASSWORD,), 1, False),
        ((F.TOTP,), 1, False),
        ((F.RECOVERY_CODE,), 1, False),
        ((F.TOTP, F.RECOVERY_CODE), 1, False),
        ((F.PASSWORD, F.PASSWORD), 1, False),
        ((F.PASSWORD, F.RECOVERY_CODE), 2, False),
        ((F.PASSWORD, F.TOTP), 2, True),
        ((F.PASSKEY,), 2, True),
        ((F.PASSWORD, F.PASSKEY), 2, True),
        ((F.DEVICE_PASSKEY,), 3, True),
    ],
)
def test_the_level_of_what_was_shown(
    factors: tuple[Factor, ...], reached: int, *, complete: bool
) -> None:
    assert level(shown(*factors)) == reached
    assert acr(shown(*factors)) == (f"aal{reached}" if reached else "")
    assert is_complete(shown(*factors)) is complete


def test_methods_have_their_registered_names() -> None:
    assert amr(shown(F.PASSWORD, F.TOTP)) == ("mfa", "otp", "pwd")
    assert amr(shown(F.DEVICE_PASSKEY)) == ("hwk", "mfa", "user")
    assert amr(shown(F.PASSWORD)) == ("pwd",)


def test_auth_time_is_the_newest_proof() -> None:
    assert auth_time(shown(F.PASSWORD, F.TOTP)) == NOON + timedelta(minutes=1)
    assert auth_time([]) is None


def test_the_last_strong_factor_stays() -> None:
    assert not may_remove(0)
    assert may_remove(1)
