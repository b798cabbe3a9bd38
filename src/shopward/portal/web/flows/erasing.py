"""“Erase my data”: asked for, called off, or done when its three days are over.

Each step is one transaction that also queues the next, so that a process may die at any moment: the
step is done again, and the vault answers a repeated erasure as it answered the first.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction

from shopward import clock
from shopward.events import Kind
from shopward.portal import erasure
from shopward.portal.erasure import Step
from shopward.portal.web.flows import links
from shopward.portal.web.house import Me, house
from shopward.portal.web.models import Choice, Consent, Dispute, Erasure, Waved
from shopward_client import Client, ErasedError

USE: Final = "erasure"
ERASE: Final = "portal-erase"
CONFIRM: Final = "portal-erase-confirm"
SOON_S: Final = 20
LATER_S: Final = 15 * 60
LATE: Final = timedelta(days=3)
"""A step that was given up is taken up again after so long."""
OPEN: Final = Erasure.OPEN
ASKED: Final = "We will erase your data"
ASKED_TEXT: Final = """\
You, or somebody with access to your account, asked us to erase your data.

We do it on {due} UTC. Until then one press takes it back:

{origin}/erasure/{link}/

Keep this link: afterwards you find there the certificate of what was erased.
"""
UNDONE: Final = "Your data stays"
UNDONE_TEXT: Final = """\
The erasure of your data was called off. Everything stays as it is.

If you did not call it off, press the link under this mail.
"""
GOING: Final = "We erase your data now"
GOING_TEXT: Final = """\
The three days are over, and nobody called it off. We erase your data as soon as this mail has left.
It is the last one: afterwards we do not know your address any more.

The certificate of what was erased, and of what a law makes us keep:

{origin}/erasure/{link}/
"""
GUEST: Final = "Confirm: erase your data"
GUEST_TEXT: Final = """\
Somebody who came by the link of {order} asked us to erase your data.

If it was you, confirm it within an hour:

{origin}/erase/{link}/

If it was not, there is nothing to do: nothing happens without this link.
"""


class LockedError(Exception):
    """“This was not me” stands: nothing is erased until it ends."""


class HasAccountError(Exception):
    """The guest has an account, and signs in to it first."""


def ask(me: Me) -> Erasure:
    """Begins the three days; the erasure that waits already, where one does.

    Raises:
        LockedError: “This was not me” stands.
    """
    now = clock.now()
    if Dispute.is_locked(me.subject, now):
        raise LockedError
    try:
        with transaction.atomic():
            return _begin(me, now)
    except IntegrityError:
        return Erasure.objects.get(subject=me.subject, state__in=OPEN)


def waiting(subject: str) -> Erasure | None:
    """The erasure of a customer that is still to come, if there is one."""
    return Erasure.objects.filter(subject=subject, state__in=OPEN).first()


def call_off(me: Me, about: str = "") -> bool:
    """Calls an erasure off that waits; False when there is none, or it is too late."""
    with transaction.atomic():
        rows = Erasure.objects.filter(subject=me.subject, state=Erasure.State.WAITING)
        if not rows.update(state=Erasure.State.UNDONE, ended=clock.now()):
            return False
        house().record(Kind.CUSTOMER_ERASURE_UNDONE, me, about)
        house().mail(me.subject, UNDONE, UNDONE_TEXT)
    return True


def ask_guest(me: Me) -> None:
    """Has a guest mailed the link by which she confirms.

    Raises:
        HasAccountError: She has an account, which asks for more than a mailbox.
        LockedError: “This was not me” stands.
    """
    if house().has_account(me.subject):
        raise HasAccountError
    if Dispute.is_locked(me.subject, clock.now()):
        raise LockedError
    house().later(CONFIRM, subject=me.subject, fact=me.fact)


def write_to_guest(subject: str, fact: str) -> None:
    """Writes that mail."""
    now = clock.now()
    link = links.Link(subject, now + erasure.CONFIRM, fact=fact, nonce=f"{now:%s%f}")
    values = {"order": fact.replace(":", " ", 1), "origin": house().origin()}
    house().mail(subject, GUEST, GUEST_TEXT.format(**values, link=links.make(CONFIRM, link)))


def confirm(token: str, link: links.Link) -> Erasure | None:
    """A guest has confirmed; None when the link was used before.

    Raises:
        HasAccountError: She has an account meanwhile.
        LockedError: “This was not me” stands.
    """
    if house().has_account(link.subject):
        raise HasAccountError
    with transaction.atomic():
        if not links.spend(token, link.until):
            return None
        return ask(Me(link.subject, session="link", auth_time=clock.now()))


def link_of(row: Erasure) -> str:
    """The signed text of the link to an erasure: to call it off, and to its certificate. Secret."""
    until = row.asked + erasure.LINK_LIFE
    return links.make(USE, links.Link(row.subject, until, nonce=str(row.pk)))


def by_link(link: links.Link) -> Erasure:
    """The erasure that a link is about.

    Raises:
        Erasure.DoesNotExist: There is none.
    """
    return Erasure.objects.get(pk=link.nonce, subject=link.subject)


def certificate(row: Erasure) -> str:
    """The certificate of an erasure that was done, as JSON.

    Raises:
        ShopwardError: The vault does not answer.
    """
    with house().asking(_herself(row)) as client:
        return client.certificate(index=row.entry, subject=row.subject)


def go_on(number: int) -> None:
    """Does what is next for an erasure, and sees to it that what follows is done.

    Raises:
        ShopwardError: The vault does not answer, or somebody else's freeze stands.
    """
    row, now = Erasure.objects.get(pk=number), clock.now()
    if row.state not in OPEN:
        return
    todo = erasure.step(
        row.due,
        now,
        is_locked=Dispute.is_locked(row.subject, now),
        is_written=row.mail is not None,
        has_left=row.mail is not None and house().has_left(row.mail),
    )
    if todo is Step.ERASE:
        _finish(row, _erased(row))
    elif todo is Step.WRITE:
        _write(row)
    else:
        left_s = int((row.due - now).total_seconds())
        house().later(ERASE, after_s=max(left_s, SOON_S if row.mail else LATER_S), erasure=row.pk)


def tidy(now: datetime) -> None:
    """Forgets what no link leads to any more, and takes up again what is long due.

    The task of such a one was given up, since the vault was away for days.
    """
    over = Erasure.objects.filter(asked__lte=now - erasure.LINK_LIFE)
    over.exclude(state__in=OPEN).delete()
    for row in Erasure.objects.filter(state__in=OPEN, due__lte=now - LATE):
        house().later(ERASE, erasure=row.pk)


def _begin(me: Me, now: datetime) -> Erasure:
    due = now + erasure.COOLING
    row = Erasure.objects.create(subject=me.subject, account=me.account, asked=now, due=due)
    house().record(Kind.CUSTOMER_ERASURE_ASKED, me, f"due={due:%Y-%m-%dT%H:%M:%SZ}")
    values = {"due": f"{due:%Y-%m-%d, %H:%M}", "origin": house().origin(), "link": link_of(row)}
    house().mail(me.subject, ASKED, ASKED_TEXT.format(**values))
    house().later(ERASE, after_s=int(erasure.COOLING.total_seconds()), erasure=row.pk)
    return row


def _write(row: Erasure) -> None:
    """From here on it is not called off any more."""
    with transaction.atomic():
        mine = Erasure.objects.filter(pk=row.pk, state=Erasure.State.WAITING)
        if not mine.update(state=Erasure.State.LEAVING):
            return
        text = GOING_TEXT.format(origin=house().origin(), link=link_of(row))
        mine = Erasure.objects.filter(pk=row.pk)
        mine.update(mail=house().mail(row.subject, GOING, text))
        house().later(ERASE, after_s=SOON_S, erasure=row.pk)


def _erased(row: Erasure) -> int:
    """The entry of the erasure, made now or before."""
    with house().asking(_herself(row)) as client:
        try:
            done = client.erase(row.subject, idempotency_key=f"portal-erasure-{row.pk}")
        except ErasedError:
            return _found(client, row.subject)
    return done.receipt.index


def _found(client: Client, subject: str) -> int:
    """The entry of an erasure that somebody else made."""
    return int(erasure.statement_of(client.certificate(subject=subject))["entry"])


def _finish(row: Erasure, entry: int) -> None:
    with transaction.atomic():
        done = {"state": Erasure.State.DONE, "entry": entry, "ended": clock.now()}
        if not Erasure.objects.filter(pk=row.pk, state__in=OPEN).update(**done):
            return
        house().remove(row.subject)
        for kept in (Choice, Waved, Dispute, Consent):
            kept.objects.filter(subject=row.subject).delete()
        house().record(Kind.CUSTOMER_REMOVED, _herself(row), f"erasure={entry}")


def _herself(row: Erasure) -> Me:
    return Me(row.subject, row.account, session="erasure", auth_time=clock.now())
