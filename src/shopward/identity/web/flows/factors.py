"""Factors of one's own account: add, replace, take away; a new password; new recovery codes.

Each needs a fresh proof, ends every other session, sends a mail and is entered. The last strong
factor is not taken away: staff never stand there with a password alone.
"""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest

from shopward import clock
from shopward.events import Kind
from shopward.identity import assurance
from shopward.identity.assurance import Factor, Shown
from shopward.identity.web import client, codes, outside, passkeys, passwords, session, throttling
from shopward.identity.web.flows.join import (
    NewApp,
    PasswordRefusedError,
    WrongCodeError,
    add_passkey_row,
    second_counts,
)
from shopward.identity.web.flows.sign_in import password_count
from shopward.identity.web.models import Account


class NotFreshError(Exception):
    """The last proof is too old for this; show a factor again."""


class LastFactorError(Exception):
    """It is the last strong factor."""


def add_passkey(request: HttpRequest, account: Account, name: str, sent: str) -> None:
    """Binds one more passkey.

    Raises:
        NotFreshError: A fresh proof is needed first.
        passkeys.CeremonyError: The passkey is not accepted.
    """
    require_fresh(request)
    bound = passkeys.finish_binding(request, sent)
    with transaction.atomic():
        add_passkey_row(account, bound, name or client.label(request))
        changed(request, account, Kind.FACTOR_ADDED, bound.factor)
        session.prove(request, Shown(bound.factor, clock.now()))


def add_app(request: HttpRequest, account: Account, app: NewApp) -> None:
    """Binds an app, in place of an earlier one.

    Raises:
        NotFreshError: A fresh proof is needed first.
        WrongCodeError: The app's first code is wrong.
    """
    require_fresh(request)
    now = clock.now()
    step = codes.first_step(str(account.pk), app.salt, app.code, now)
    if step is None:
        raise WrongCodeError
    with transaction.atomic():
        codes.bind_totp(account, app.salt, step)
        throttling.forget(second_counts(account)[:1])
        changed(request, account, Kind.FACTOR_ADDED, Factor.TOTP)
        session.prove(request, Shown(Factor.TOTP, now))


def remove(request: HttpRequest, account: Account, row: Authenticator) -> None:
    """Takes a passkey or the app away.

    Raises:
        NotFreshError: A fresh proof is needed first.
        LastFactorError: It is the last strong one.
    """
    require_fresh(request)
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk)
        strong = Authenticator.objects.filter(user=account)
        strong = strong.exclude(type=Authenticator.Type.RECOVERY_CODES)
        if not may_remove(account, strong.exclude(pk=row.pk).count()):
            raise LastFactorError
        if strong.filter(pk=row.pk).delete()[0]:
            kind = Factor.TOTP if row.type == Authenticator.Type.TOTP else Factor.PASSKEY
            changed(request, account, Kind.FACTOR_REMOVED, kind)


def renew_recovery(request: HttpRequest, account: Account) -> tuple[str, ...]:
    """Ten new recovery codes, shown once; earlier ones are worth nothing. Secret.

    Raises:
        NotFreshError: A fresh proof is needed first.
    """
    require_fresh(request)
    with transaction.atomic():
        made = codes.renew_recovery(account)
        throttling.forget(second_counts(account)[1:])
        changed(request, account, Kind.RECOVERY_CODES_RENEWED, Factor.RECOVERY_CODE)
    return made


def change_password(request: HttpRequest, account: Account, typed: str, near: str = "") -> None:
    """Sets the first or another password.

    Args:
        request: Its session is kept.
        account: Whose.
        typed: The password.
        near: Words of her own, besides what the account says, that it must not be made of.

    Raises:
        NotFreshError: A fresh proof is needed first.
        PasswordRefusedError: It is not taken.
        UnavailableError: Too many hashes are made right now.
    """
    require_fresh(request)
    refusal = passwords.judge(account, account.email, f"{account.name} {near}", typed)
    if refusal is not None:
        raise PasswordRefusedError(refusal)
    encoded = passwords.encode(typed)
    with transaction.atomic():
        passwords.put(account, encoded, clock.now())
        throttling.forget([password_count(account)])
        session.keep_after_password_change(request, account)
        if not session.is_complete(request):
            session.prove(request, Shown(Factor.PASSWORD, clock.now()))
        changed(request, account, Kind.PASSWORD_CHANGED, Factor.PASSWORD)


def may_set_first_password(request: HttpRequest, account: Account) -> bool:
    """Whether a customer who has just shown her mailbox may set a password instead of a passkey."""
    shown = {one.factor for one in session.shown(request)}
    is_new = not account.is_staff_realm and not passwords.has_password(account)
    return is_new and shown == {Factor.MAIL_CODE}


def set_mail_step(request: HttpRequest, account: Account, *, on: bool) -> None:
    """Has a password of this customer followed by a code by mail, or not any more.

    Raises:
        NotFreshError: A fresh proof is needed first.
    """
    require_fresh(request)
    with transaction.atomic():
        if Account.objects.filter(pk=account.pk, mail_step=not on).update(mail_step=on):
            kind = Kind.FACTOR_ADDED if on else Kind.FACTOR_REMOVED
            changed(request, account, kind, Factor.MAIL_CODE)


def may_remove(account: Account, strong_left: int) -> bool:
    """Whether a factor may go and leave so many strong ones; a customer's password is a way too."""
    if assurance.may_remove(strong_left):
        return True
    return not account.is_staff_realm and passwords.has_password(account)


def end_session(request: HttpRequest, account: Account, row_id: int) -> None:
    """Ends one other session of one's own.

    Raises:
        NotFreshError: A fresh proof is needed first.
    """
    require_fresh(request)
    with transaction.atomic():
        keys = [one.session_key for one in session.of(account) if one.pk == row_id]
        _ended(account, session.end(keys))


def end_other_sessions(request: HttpRequest, account: Account) -> None:
    """Ends every session of one's own but this one.

    Raises:
        NotFreshError: A fresh proof is needed first.
    """
    require_fresh(request)
    with transaction.atomic():
        ended = session.end_all(account, but=request.session.session_key)
        _ended(account, ended)


def require_fresh(request: HttpRequest) -> None:
    """Nothing, if a factor was shown a short while ago.

    Raises:
        NotFreshError: It was not.
    """
    if not session.is_fresh(request, clock.now()):
        raise NotFreshError


def _ended(account: Account, sessions: int) -> None:
    outside.record(outside.of_realm(account.realm, "sessions-ended"), account, sessions=sessions)


def changed(request: HttpRequest, account: Account, kind: Kind, factor: Factor) -> None:
    """Ends the other sessions, enters that a way to sign in is another now, and tells it."""
    session.end_all(account, but=request.session.session_key)
    outside.record(kind, account, factor=factor.value)
    values = {"kind": kind.value, "factor": factor.value, "label": client.label(request)}
    outside.tell(account, "credential_changed", **values)
