"""Codes by SMS as a customer's second step: confirm the number by a code, or take the step away.

The number is the one of her own data in the vault; it is typed nowhere here. Of the confirmed one a
keyed digest is kept, so that another number in its place gets no code, whoever changed it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from django.db import transaction
from django.http import HttpRequest

from shopward import clock
from shopward.events import Kind
from shopward.identity import sms
from shopward.identity.assurance import Factor
from shopward.identity.sms import Number
from shopward.identity.web import mailed, outside, texted
from shopward.identity.web.addresses import OWN
from shopward.identity.web.flows.factors import changed, require_fresh
from shopward.identity.web.keys import house
from shopward.identity.web.models import Account
from shopward_client import ShopwardError

USE: Final = "phone"
FIELD: Final = "phone"


def own(request: HttpRequest, account: Account) -> Number | None:
    """Her number, as she herself reads it; None where codes cannot go to it."""
    found: str | None = None
    with suppress(ShopwardError, PermissionError), outside.vault_of(request) as vault:
        found = vault.reveal(account.subject, [FIELD], purpose=OWN).fields[FIELD]
    return sms.read(found, house().region, house().sms.countries.split())


def begin(request: HttpRequest, account: Account) -> None:
    """Sends a code to her number, for which this browser waits.

    Raises:
        NotFreshError: A fresh proof is needed first.
    """
    require_fresh(request)
    texted.send(request, USE, account)


def confirm(request: HttpRequest, account: Account, typed: str) -> None:
    """Has a password followed by a code to the number that this one went to.

    Raises:
        NotFreshError: A fresh proof is needed first.
        mailed.NoneError: This browser waits for no code.
        mailed.WrongError: The code is not right, or went nowhere.
    """
    require_fresh(request)
    is_hers = mailed.take(request, USE, typed) == account.subject
    seen = texted.digest(request)
    if not (is_hers and seen):
        raise mailed.WrongError
    with transaction.atomic():
        _set(account, seen)
        changed(request, account, Kind.FACTOR_ADDED, Factor.SMS_CODE)


def moved(request: HttpRequest, account: Account, digest: str) -> None:
    """Codes go to another number from now on, which a code has just confirmed."""
    with transaction.atomic():
        _set(account, digest)
        changed(request, account, Kind.FACTOR_ADDED, Factor.SMS_CODE)


def remove(request: HttpRequest, account: Account) -> None:
    """Has no code by SMS follow a password any more.

    Raises:
        NotFreshError: A fresh proof is needed first.
    """
    require_fresh(request)
    with transaction.atomic():
        if account.sms_number:
            _set(account, "")
            changed(request, account, Kind.FACTOR_REMOVED, Factor.SMS_CODE)


def _set(account: Account, digest: str) -> None:
    account.sms_number, account.sms_since = digest, clock.now() if digest else None
    account.save(update_fields=["sms_number", "sms_since"])
