"""Codes for a change of where a customer is reached, answered (`portal.web.house.Confirming`).

A code belongs to a browser and to one value: of two that were asked for one after the other, in
whichever browsers, none confirms the other, and none is sent to the other.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from django.db import transaction
from django.http import HttpRequest

from shopward.console import mail, sms, vouch
from shopward.events import Kind
from shopward.identity import sms as rules
from shopward.identity.sms import Number
from shopward.identity.web import mailed, outside, texted
from shopward.identity.web.flows import phone
from shopward.identity.web.models import Account
from shopward.portal.web.house import Me

MAIL: Final = mail.FIELD
PHONE: Final = sms.FIELD
TEMPLATE: Final = "change_code"


class PortalCodes:
    """The console's answers."""

    def fields(self, me: Me) -> Collection[str]:
        """The fields that a code confirms: mail; the phone of who is sent codes by SMS."""
        has_sms = Account.objects.filter(pk=me.account).exclude(sms_number="").exists()
        return {MAIL, PHONE} if has_sms and texted.is_offered() else {MAIL}

    def can_reach(self, name: str, value: str) -> bool:
        """Whether a code can go there at all."""
        return name != PHONE or _number(value) is not None

    def send(self, request: HttpRequest, me: Me, name: str, value: str) -> None:
        """Sends a code there; this browser waits for it."""
        account, number = Account.objects.get(pk=me.account), _number(value)
        use = _use(me, name, value)
        if name == PHONE and number is not None:
            expected = sms.digest(me.subject, number)
            texted.send(request, use, account, expected=expected, is_asked=True)
            return
        with transaction.atomic():
            to = mail.asked_address(me.subject, value)
            mailed.send(request, use, me.subject, TEMPLATE, to=to)
            outside.record(Kind.CUSTOMER_CODE_SENT, account, use="change")

    def is_right(self, request: HttpRequest, me: Me, name: str, value: str, typed: str) -> bool:
        """Whether this is the code that was sent there from this browser; it is spent."""
        try:
            return mailed.take(request, _use(me, name, value), typed) == me.subject
        except (mailed.NoneError, mailed.WrongError):
            return False

    def confirmed(self, request: HttpRequest, me: Me, name: str, value: str) -> None:
        """The value is hers, and in the vault: codes by SMS go there from now on."""
        number = _number(value)
        if name == PHONE and number is not None:
            account = Account.objects.get(pk=me.account)
            phone.moved(request, account, sms.digest(me.subject, number))

    def told(self, request: HttpRequest, name: str) -> str:
        """What became of a text message, in the language of the page; empty for a mail."""
        return texted.told(request) if name == PHONE else ""


def _number(value: str) -> Number | None:
    house = vouch.house()
    return rules.read(value, house.region, house.sms.countries.split())


def _use(me: Me, name: str, value: str) -> str:
    return f"change {name} {mail.asked_digest(me.subject, value)}"


portal_codes: Final = PortalCodes()
