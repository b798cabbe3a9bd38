"""A customer who lost every way to sign in: her mailbox, three days of waiting, and then a new way.

    begin -> (mail) -> confirm: the wait begins; she is told by when, and how to stop it
    begin -> (mail) -> confirm, after the wait: signed in, to set up a new way and nothing else

- A mailbox alone opens nothing: between its first and its second code lie three days, in which any
  sign-in with what was not lost after all, or the mail's link, ends it.
- What was lost goes when she comes in: passkeys, app, codes, password, devices, sessions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.http import HttpRequest

from shopward import clock
from shopward.events import Kind
from shopward.identity import throttle
from shopward.identity.assurance import Factor, Shown
from shopward.identity.helpdesk import Stage
from shopward.identity.web import client, mailed, outside, session, throttling
from shopward.identity.web.flows import recovery
from shopward.identity.web.flows.join import emptied
from shopward.identity.web.flows.sign_in import RefusedError, SignedIn, find, network_count
from shopward.identity.web.models import Account, Realm, RecoveryCase, address_of

USE: Final = "lost"


@dataclass(frozen=True, slots=True)
class Waiting:
    """The recovery waits until this moment."""

    until: datetime


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
        mailed.send(request, USE, account.subject if account else "", "lost_code")
        outside.record(Kind.CUSTOMER_CODE_SENT, account, use=USE)


def confirm(request: HttpRequest, typed: str) -> Waiting | SignedIn:
    """Begins the wait, says how long it still is, or lets in who has waited.

    Raises:
        mailed.NoneError: This browser waits for no code.
        mailed.WrongError: The code is not right.
    """
    subject, now = mailed.take(request, USE, typed), clock.now()
    rows = Account.objects.filter(realm=Realm.CUSTOMER, is_active=True, email=address_of(subject))
    with transaction.atomic():
        account = rows.select_for_update().first()
        if account is None:
            raise mailed.WrongError
        case = recovery.open_case(account) or _ask(account, now)
        if recovery.stage(case, now) is not Stage.READY:
            return Waiting(recovery.ready(case))
        return _let_in(request, account, case, now)


def _ask(account: Account, now: datetime) -> RecoveryCase:
    """The customer asks and agrees by herself; the longer wait stands in for the second person."""
    case = RecoveryCase.objects.create(
        account=account, asked_by=account, asked=now, agreed_by=account, agreed=now, reason=USE
    )
    outside.record(Kind.RECOVERY_ASKED, account)
    cancel = recovery.cancel_token(case)
    outside.tell(account, "recovery_asked", ready=recovery.ready(case), cancel=cancel)
    return case


def _let_in(request: HttpRequest, account: Account, case: RecoveryCase, now: datetime) -> SignedIn:
    RecoveryCase.objects.filter(pk=case.pk).update(ended=now)
    emptied(account)
    cookie, _ = client.remember(request, account, now)
    session.begin(request, account, [Shown(Factor.MAIL_CODE, now)])
    outside.record(Kind.RECOVERY_USED, account)
    outside.tell(account, "recovered", label=client.label(request), at=now)
    return SignedIn(account, cookie)
