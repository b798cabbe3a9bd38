"""What customers reported, until somebody of the staff has looked into it.

    open ──take──▶ taken ──close with a note──▶ closed

- A case is opened in the transaction of what was reported, with a mail to those in charge: people
  whose role may `freeze`, or those who manage people where there is none.
- Each change is an entry that the customer sees. The note stays here and names nobody.
"""

from __future__ import annotations

from django.db import transaction

from shopward import clock
from shopward.console import mail, outbox
from shopward.console.models import Case
from shopward.console.sites import known_sites
from shopward.events import Kind
from shopward.identity.web import shop
from shopward.identity.web.models import Account, Realm
from shopward.policy import Verb

TITLE = "A customer reported something"
TEXT = """\
A customer {what}. It is case {number}:

{origin}/cases/{number}/
"""
WHAT = {
    "not-me": "pressed \u201cThis was not me\u201d; her data is locked for a day",
    "look": "asks about a look at her data",
}


def open_(subject: str, why: str, entry: int | None) -> Case:
    """Opens a case, and writes to those in charge, in this transaction."""
    case = Case.objects.create(subject=subject, why=why, entry=entry, at=clock.now())
    origin = known_sites()["staff"].origin
    text = TEXT.format(what=WHAT[why], number=case.pk, origin=origin)
    for address in in_charge():
        mail.queue(address, TITLE, text)
    return case


def in_charge() -> list[str]:
    """The mail addresses of those who look into cases."""
    people = Account.objects.filter(realm=Realm.STAFF, is_active=True)
    may = people.filter(role__in=_roles())
    chosen = may if may.exists() else people.filter(manages_people=True)
    return list(chosen.values_list("email", flat=True))


def take(number: int, account: Account) -> bool:
    """Somebody looks into it from now on; False when it is closed, or taken."""
    return _move(number, account, Kind.INCIDENT_TAKEN, taken_by=account, taken=clock.now())


def close(number: int, account: Account, note: str) -> bool:
    """It is looked into; False when it was closed before."""
    return _move(number, account, Kind.INCIDENT_CLOSED, closed=clock.now(), note=note)


def _move(number: int, account: Account, kind: Kind, **change: object) -> bool:
    with transaction.atomic():
        rows = Case.objects.filter(pk=number, closed=None)
        rows = rows.filter(taken=None) if kind is Kind.INCIDENT_TAKEN else rows
        if not rows.update(**change):
            return False
        subject = Case.objects.values_list("subject", flat=True).get(pk=number)
        who = {"actor": str(account.pk), "realm": "staff", "role": account.role}
        outbox.record(kind, **who, subject=subject, about=f"case={number}")
    return True


def _roles() -> list[str]:
    policy = shop.policy()
    return [one.name for one in policy.roles.values() if Verb.FREEZE in one.may] if policy else []
