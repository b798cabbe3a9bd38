"""“This was not me”: shut everybody out, freeze at the vault, say what was read.

One transaction spends the link, shuts out and queues the freeze; then the freeze is asked for at
once. Should the vault not answer, the task goes on asking: a press of the button is never lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from shopward import clock
from shopward.events import Kind
from shopward.portal import not_me
from shopward.portal.activity import Line, looks_before, told
from shopward.portal.web.flows import address, erasing, history, links
from shopward.portal.web.house import Me, house
from shopward.portal.web.models import Dispute
from shopward_client import ShopwardError

FREEZE: Final = "portal-freeze"
USE: Final = "not-me"
TITLE: Final = "Your account is locked"
TEXT: Final = """\
Somebody pressed “This was not me” for your account.

All devices are signed out, the password does not work any more, and for a day nobody reads your
data or changes your address. You find what happens next here:

{origin}/guides/not-me/

If it was you: well done. If it was not, do nothing: after a day your data is open again, and you
set a new password with a code that we mail to you.
"""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it. `dispute.frozen_until` is None while the vault does not answer."""

    dispute: Dispute
    looks: list[Line]
    is_known: bool


def by_link(token: str, link: links.Link, language: str) -> Done | None:
    """By the link of a mail; None when it was used before."""
    now = clock.now()
    me = Me(link.subject, session="link", auth_time=now)
    with transaction.atomic():
        if not links.spend(token, link.until):
            return None
        dispute = _shut(me, not_me.since(link.since or now, now), now)
    return _finish(me, dispute, language)


def by_page(me: Me, since: datetime, language: str) -> Done:
    """From the page of whoever is signed in, or came by an order's link."""
    now = clock.now()
    with transaction.atomic():
        dispute = _shut(me, not_me.since(since, now), now)
    return _finish(me, dispute, language)


def standing(subject: str, now: datetime) -> Dispute | None:
    """The freeze that stands, if one does."""
    rows = Dispute.objects.filter(subject=subject, frozen_until__gt=now)
    return rows.order_by("-at").first()


def locked(subjects: Iterable[str], now: datetime) -> dict[str, datetime]:
    """Until when each of these customers is frozen, of those who are; one question for all."""
    rows = Dispute.objects.filter(subject__in=list(subjects), frozen_until__gt=now)
    found = rows.order_by("at").values_list("subject", "frozen_until")
    return {subject: until for subject, until in found if until is not None}


def freeze(dispute: int) -> None:
    """Freezes at the vault, once; what the guard kept is put back first.

    Raises:
        ShopwardError: The vault does not answer, or somebody else's freeze stands.
    """
    row = Dispute.objects.get(pk=dispute)
    until = not_me.frozen_until(row.at)
    if row.frozen_until is not None or until <= clock.now():
        return
    me = Me(row.subject, session="not-me", auth_time=row.at)
    address.put_back(me)
    with house().asking(me) as client:
        done = client.freeze(
            subject=row.subject, until=until, reason=not_me.REASON, stops=not_me.STOPS
        )
    Dispute.objects.filter(pk=row.pk).update(frozen_until=until, entry=done.receipt.index)


def unlock(me: Me) -> None:
    """Ends the freeze, for whoever has just proven who she is.

    Raises:
        ShopwardError: The vault does not answer, or another freeze stands.
    """
    with house().asking(me) as client:
        client.thaw(me.subject)
    Dispute.objects.filter(subject=me.subject).update(frozen_until=clock.now())


def _shut(me: Me, since: datetime, now: datetime) -> Dispute:
    shut = house().shut_out(me.subject, since)
    dispute = Dispute.objects.create(
        subject=me.subject, since=since, at=now, sessions=shut.sessions, ways=shut.ways
    )
    about = f"sessions={shut.sessions} ways={shut.ways} since={since:%Y-%m-%dT%H:%M:%SZ}"
    house().record(Kind.CUSTOMER_NOT_ME, me, about)
    house().report(me, "not-me")
    erasing.call_off(me, "why=not-me")
    house().mail(me.subject, TITLE, TEXT.format(origin=house().origin()))
    house().later(FREEZE, dispute=dispute.pk)
    return dispute


def _finish(me: Me, dispute: Dispute, language: str) -> Done:
    try:
        freeze(dispute.pk)
        dispute.refresh_from_db()
        return Done(dispute, _looks(me, dispute, language), is_known=True)
    except (ShopwardError, LookupError):
        return Done(dispute, [], is_known=False)


def _looks(me: Me, dispute: Dispute, language: str) -> list[Line]:
    policy = house().policy()
    if policy is None:
        return []
    since = dispute.since - not_me.LOOK_BACK
    with house().asking(me) as client:
        found = history.entries(client, me.subject, since)
    lines = [told(policy, one, language) for one in found]
    return looks_before(lines, dispute.at, since)
