"""TOTP and recovery codes of an account, in allauth's table, with our data in it.

- A TOTP row holds a salt and the last step, never the secret; a row of recovery codes digests.
- `use_*` are called inside a transaction and lock the row, so that one code opens one door.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator

from shopward.identity import recovery_codes, totp
from shopward.identity.web.keys import keys
from shopward.identity.web.models import Account

_TOTP = Authenticator.Type.TOTP
_RECOVERY = Authenticator.Type.RECOVERY_CODES


def totp_secret(account_id: str, salt: str) -> bytes:
    """The secret that an app is given. Secret."""
    return totp.secret_of(keys().totp, account_id, salt)


def first_step(account_id: str, salt: str, typed: str, now: datetime) -> int | None:
    """The step of the first code of a new app; None when it is wrong."""
    return totp.matching_step(totp_secret(account_id, salt), typed, now, None)


def bind_totp(account: Account, salt: str, step: int) -> Authenticator:
    """Makes it the account's app, in place of an earlier one; its first code is spent."""
    Authenticator.objects.filter(user=account, type=_TOTP).delete()
    data = {"salt": salt, "last_step": step}
    return Authenticator.objects.create(user=account, type=_TOTP, data=data)


def use_totp(account: Account, typed: str, now: datetime) -> bool:
    """Whether this code of the account's app is right and was not used; it is now."""
    row = Authenticator.objects.select_for_update().filter(user=account, type=_TOTP).first()
    if row is None:
        return False
    secret = totp_secret(str(account.pk), row.data["salt"])
    step = totp.matching_step(secret, typed, now, row.data["last_step"])
    if step is None:
        return False
    row.data["last_step"], row.last_used_at = step, now
    row.save(update_fields=["data", "last_used_at"])
    return True


def renew_recovery(account: Account) -> tuple[str, ...]:
    """Ten new recovery codes in place of all earlier ones; shown once. Secret."""
    made = recovery_codes.make()
    Authenticator.objects.filter(user=account, type=_RECOVERY).delete()
    data = {"digests": [_digest(account, code) for code in made]}
    Authenticator.objects.create(user=account, type=_RECOVERY, data=data)
    return made


def use_recovery(account: Account, typed: str, now: datetime) -> int | None:
    """How many codes are left after this one was used; None when it is not right."""
    rows = Authenticator.objects.select_for_update()
    row = rows.filter(user=account, type=_RECOVERY).first()
    kept = row.data["digests"] if row else []
    left = recovery_codes.without(kept, _digest(account, typed))
    if row is None or left is None:
        return None
    row.data["digests"], row.last_used_at = list(left), now
    row.save(update_fields=["data", "last_used_at"])
    return len(left)


def recovery_left(account: Account) -> int:
    """How many unused recovery codes there are."""
    row = Authenticator.objects.filter(user=account, type=_RECOVERY).first()
    return len(row.data["digests"]) if row else 0


def has_totp(account: Account) -> bool:
    """Whether the account has an app."""
    return bool(Authenticator.objects.filter(user=account, type=_TOTP).exists())


def has_passkey(account: Account) -> bool:
    """Whether the account has a passkey."""
    rows = Authenticator.objects.filter(user=account, type=Authenticator.Type.WEBAUTHN)
    return bool(rows.exists())


def strong_factors(account: Account) -> int:
    """How many passkeys and apps there are; recovery codes are none."""
    return int(Authenticator.objects.filter(user=account).exclude(type=_RECOVERY).count())


def strong_factors_of_all() -> Counter[UUID]:
    """The same of everybody at once, by the account's id."""
    strong = Authenticator.objects.exclude(type=_RECOVERY)
    return Counter(strong.values_list("user_id", flat=True))


def _digest(account: Account, code: str) -> str:
    return recovery_codes.digest(keys().recovery, str(account.pk), code)
