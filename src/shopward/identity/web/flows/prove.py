"""Step-up: whoever is signed in shows a factor again before something grave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest

from shopward import clock
from shopward.errors import UnavailableError
from shopward.identity import throttle
from shopward.identity.assurance import Factor, Shown
from shopward.identity.web import codes, outside, passkeys, passwords, session, throttling
from shopward.identity.web.flows.sign_in import RefusedError, factor_counts, note_locks
from shopward.identity.web.models import Account


def with_code(request: HttpRequest, account: Account, typed: str) -> None:
    """A code of the app.

    Raises:
        RefusedError: Wrong, used or paused.
    """

    def check(now: datetime) -> Factor | None:
        return Factor.TOTP if codes.use_totp(account, typed, now) else None

    _prove(request, account, Factor.TOTP, check)


def with_passkey(request: HttpRequest, account: Account, sent: str) -> None:
    """A passkey of this account.

    Raises:
        RefusedError: Not accepted.
    """

    def check(now: datetime) -> Factor | None:
        try:
            one = passkeys.finish_showing(request, sent, account)
        except passkeys.CeremonyError:
            return None
        one.authenticator.last_used_at = now
        one.authenticator.save(update_fields=["data", "last_used_at"])
        return one.factor

    _prove(request, account, Factor.PASSKEY, check)


def with_password(request: HttpRequest, account: Account, typed: str) -> None:
    """The password, of a customer who has set up nothing stronger.

    Raises:
        RefusedError: Wrong or paused, or there is a stronger factor to show.
        UnavailableError: Too many hashes are made right now.
    """
    if account.is_staff_realm or codes.strong_factors(account):
        raise RefusedError
    _prove(
        request,
        account,
        Factor.PASSWORD,
        lambda _: Factor.PASSWORD,
        lambda: passwords.verify(account, typed),
    )


def _prove(
    request: HttpRequest,
    account: Account,
    factor: Factor,
    check: Callable[[datetime], Factor | None],
    verify: Callable[[], bool] = lambda: True,
) -> None:
    """Counts, verifies what takes a while, checks the rest in the transaction of its success."""
    now = clock.now()
    counts = factor_counts(request, account, factor)
    counted = throttling.count(counts, now)
    if counted.verdict is not throttle.Verdict.ALLOW:
        raise RefusedError
    try:
        is_right = verify()
    except UnavailableError:
        throttling.take_back(counts)  # nothing was verified
        raise
    with transaction.atomic():
        used = check(now) if is_right else None
        if used is not None:
            throttling.forgive(counts)
            session.prove(request, Shown(used, now))
            kind = outside.of_realm(account.realm, "proven")
            outside.record(kind, account, factor=used.value)
            return
    with transaction.atomic():
        kind = outside.of_realm(account.realm, "sign-in-failed")
        outside.record(kind, account, factor=factor.value)
        note_locks(account.realm, account, counted.locked)
    raise RefusedError
