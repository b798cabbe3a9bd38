"""A forgotten password: a code to the mailbox, then a new password. It signs nobody in.

A second factor stays what it was: whoever has one, or passkeys alone, needs it at the next sign-in
all the same. A mailbox by itself opens no account that was better protected.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.http import HttpRequest

from shopward import clock
from shopward.events import Kind
from shopward.identity import throttle
from shopward.identity.assurance import Factor
from shopward.identity.web import client, mailed, outside, passwords, session, throttling
from shopward.identity.web.flows.join import PasswordRefusedError
from shopward.identity.web.flows.sign_in import RefusedError, find, network_count, password_count
from shopward.identity.web.models import Account, Realm, address_of

USE: Final = "reset"
MAY: Final = "identity.reset"
LIFE: Final = timedelta(minutes=10)


class StaleError(Exception):
    """No code was right in this browser, or it was too long ago."""


def begin(request: HttpRequest, email: str) -> None:
    """Sends a code to the address, if there is an account; the browser waits for one anyhow.

    Raises:
        RefusedError: Too many come from this network.
        UnavailableError: The vault does not answer.
    """
    counted = throttling.count(network_count(request), clock.now())
    if counted.verdict is not throttle.Verdict.ALLOW:
        raise RefusedError
    account = find(request, email)
    with transaction.atomic():
        mailed.send(request, USE, account.subject if account else "", "reset_code")
        outside.record(Kind.CUSTOMER_CODE_SENT, account, use=USE)


def confirm(request: HttpRequest, typed: str) -> None:
    """Lets this browser set a new password, for ten minutes.

    Raises:
        mailed.NoneError: This browser waits for no code.
        mailed.WrongError: The code is not right.
    """
    subject = mailed.take(request, USE, typed)
    request.session.cycle_key()
    request.session[MAY] = {"subject": subject, "until": clock.to_ms(clock.now() + LIFE)}


def allowed(request: HttpRequest) -> Account:
    """Whose password this browser may set.

    Raises:
        StaleError: Nobody's.
    """
    kept = request.session.get(MAY)
    if kept is None or clock.to_ms(clock.now()) >= kept["until"]:
        raise StaleError
    rows = Account.objects.filter(realm=Realm.CUSTOMER, is_active=True)
    account = rows.filter(email=address_of(kept["subject"])).first()
    if account is None:
        raise StaleError
    return account


def finish(request: HttpRequest, typed: str, near: str = "") -> None:
    """Sets the password, and ends every session; afterwards she signs in as always.

    Args:
        request: The browser that may.
        typed: The password.
        near: Words of her own that it must not be made of.

    Raises:
        StaleError: This browser may not.
        PasswordRefusedError: It is not taken.
        UnavailableError: Too many hashes are made right now.
    """
    account = allowed(request)
    refusal = passwords.judge(account, "", near, typed)
    if refusal is not None:
        raise PasswordRefusedError(refusal)
    encoded, now = passwords.encode(typed), clock.now()
    with transaction.atomic():
        passwords.put(account, encoded, now)
        throttling.forget([password_count(account)])
        session.end_all(account)
        request.session.flush()
        outside.record(Kind.PASSWORD_CHANGED, account, factor=Factor.PASSWORD.value, why=USE)
        values = {"kind": Kind.PASSWORD_CHANGED.value, "factor": Factor.PASSWORD.value}
        outside.tell(account, "credential_changed", label=client.label(request), **values)
