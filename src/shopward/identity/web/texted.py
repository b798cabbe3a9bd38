"""A code on its way to a customer's phone, and the browser that waits for it (as in `mailed`).

    identity.text        the message's number in the queue   in the session that asked
    identity.text-busy   whether another one was refused since

The phone number is read where the message leaves (`console.sms`), and stays there: here is a keyed
digest of it, by which the number that was confirmed is known again.
"""

from __future__ import annotations

import hmac
from typing import Final

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext

from shopward import clock
from shopward.events import Kind
from shopward.identity import mailed_code, sms
from shopward.identity.sms import State
from shopward.identity.throttle import Verdict
from shopward.identity.web import client, mailed, outside, shop, throttling
from shopward.identity.web.keys import house
from shopward.identity.web.models import Account

TEXTED: Final = "identity.text"
BUSY: Final = "identity.text-busy"


def is_offered() -> bool:
    """Whether the shop has accepted what codes by SMS are worth."""
    return bool(house().sms.accepts_risk)


def send(
    request: HttpRequest, use: str, account: Account, *, expected: str = "", is_asked: bool = False
) -> None:
    """Sends a new code, for which this browser waits from now on.

    Args:
        request: Its session waits.
        use: What the code opens, a slug.
        account: Whose number the vault has.
        expected: The digest of the number that it may go to; empty for whichever is there.
        is_asked: Whether it goes to the number that she asked to have from now on.

    Where too many were asked for by this account or from this network, none is sent, and `state`
    says so.
    """
    counts = {
        f"sms-account:{account.pk}": sms.OF_ACCOUNT,
        f"sms-network:{client.network_name(request)}": sms.OF_NETWORK,
    }
    if throttling.count(counts, clock.now()).verdict is not Verdict.ALLOW:
        request.session[BUSY] = True
        return
    request.session.pop(BUSY, None)
    with transaction.atomic():
        code = mailed.wait(request, use, account.subject)
        host, name = shop.site_of(request).host, shop.name()[: sms.NAME_CHARS]
        words = gettext("%(code)s is your code at %(shop)s. Never give it to anybody.")
        said = sms.text(words % {"code": code, "shop": name}, host, code)
        until = clock.now() + mailed_code.LIFE
        request.session[TEXTED] = outside.text(
            account.subject, said, until=until, expected=expected, is_asked=is_asked
        )
        outside.record(Kind.CUSTOMER_CODE_SENT, account, use=use, by="sms")


def state(request: HttpRequest) -> State | None:
    """What became of the newest message; None where none was asked for."""
    number = request.session.get(TEXTED)
    if request.session.get(BUSY):
        return State.BUSY
    return None if number is None else outside.text_state(number)[0]


def digest(request: HttpRequest) -> str:
    """The keyed digest of the number that the newest message went to; empty for none."""
    number = request.session.get(TEXTED)
    return outside.text_state(number)[1] if number else ""


def went_to(request: HttpRequest, account: Account) -> bool:
    """Whether the newest message went to the number that this account has confirmed."""
    kept, seen = account.sms_number, digest(request)
    return bool(kept) and hmac.compare_digest(kept, seen)


def told(request: HttpRequest) -> str:
    """What became of the newest message, in the language of the page; empty for none."""
    found = state(request)
    return gettext(sms.SAID[found]) if found else ""
