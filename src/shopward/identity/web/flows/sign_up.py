"""A customer's way in: an address, a code in its mailbox, and then a passkey or a password.

    begin -> (mail) -> confirm -> signed in, to set up a first way to sign in and nothing else

- Whoever has an account already is mailed that, and the browser waits for a code nobody has.
- The account is made when the code was right; the customer in the vault when the address was typed.
"""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.http import HttpRequest

from shopward import clock
from shopward.events import Kind
from shopward.identity import throttle
from shopward.identity.assurance import Factor, Shown
from shopward.identity.web import (
    addresses,
    client,
    codes,
    mailed,
    outside,
    passwords,
    session,
    throttling,
)
from shopward.identity.web.flows.sign_in import RefusedError, SignedIn, network_count
from shopward.identity.web.models import Account, Realm, address_of

USE: Final = "sign-up"


def begin(request: HttpRequest, email: str) -> None:
    """Sends a code to the address, or a word that there is an account already.

    Raises:
        addresses.NoAddressError: It is no mail address.
        RefusedError: Too many come from this network.
        UnavailableError: The vault does not answer.
    """
    counted = throttling.count(network_count(request), clock.now())
    if counted.verdict is not throttle.Verdict.ALLOW:
        raise RefusedError
    subject = addresses.keep(email)
    account = Account.objects.filter(email=address_of(subject)).first()
    with transaction.atomic():
        if account is None or is_unfinished(account):
            mailed.send(request, USE, subject, "sign_up_code")
        else:
            mailed.send_none(request, USE, subject, "account_exists")
        outside.record_about(subject, Kind.CUSTOMER_CODE_SENT, use=USE)


def confirm(request: HttpRequest, typed: str) -> SignedIn:
    """Signs the owner of the mailbox in, with an account that is made now.

    Raises:
        mailed.NoneError: This browser waits for no code.
        mailed.WrongError: The code is not right.
    """
    subject, now = mailed.take(request, USE, typed), clock.now()
    with transaction.atomic():
        account, made = Account.objects.get_or_create(
            email=address_of(subject),
            defaults={"realm": Realm.CUSTOMER, "password": "!"},  # no password at all
        )
        if not is_unfinished(account):
            raise mailed.WrongError
        cookie, _ = client.remember(request, account, now)
        session.begin(request, account, [Shown(Factor.MAIL_CODE, now)])
        if made:
            outside.record(Kind.CUSTOMER_ADDED, account)
        outside.record(Kind.CUSTOMER_SIGNED_IN, account, acr="aal1", factor="mail-code")
    return SignedIn(account, cookie)


def is_unfinished(account: Account) -> bool:
    """Whether there is an account without any way to sign in: she went away in between."""
    has_way = passwords.has_password(account) or codes.strong_factors(account)
    return account.is_active and not has_way
