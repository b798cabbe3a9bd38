"""The letter that comes by itself: who gets it when, and what is in it.

A letter is queued and its date moved on in one transaction, so that none comes twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.template.loader import render_to_string

from shopward.portal import digest
from shopward.portal.activity import told
from shopward.portal.digest import Digest, Every
from shopward.portal.web.flows import history
from shopward.portal.web.house import Me, house
from shopward.portal.web.models import Choice

SESSION: Final = "digest"
AT_ONCE: Final = 500
TITLE: Final = "Your data at {shop}: what happened"
EVERY: Final = timedelta(hours=1)


def choice_of(subject: str) -> Choice:
    """What a customer chose; the default for one who chose nothing."""
    return Choice.objects.get_or_create(subject=subject)[0]


def choose(subject: str, every: Every) -> None:
    """Another rhythm, or none."""
    Choice.objects.update_or_create(subject=subject, defaults={"digest": every.value})


def reviewed(subject: str, now: datetime) -> None:
    """She has looked everything over."""
    Choice.objects.update_or_create(subject=subject, defaults={"reviewed": now})


def send_due(now: datetime) -> int:
    """Queues the letters that are due; how many.

    Raises:
        ShopwardError: The vault does not answer; the rest comes the next time.
    """
    missing = [Choice(subject=one, digest_sent=now) for one in house().subjects()]
    Choice.objects.bulk_create(missing, ignore_conflicts=True, batch_size=AT_ONCE)
    rows = Choice.objects.exclude(digest=Every.NEVER.value).order_by("digest_sent")
    due = [one for one in rows[:AT_ONCE] if digest.is_due(Every(one.digest), one.digest_sent, now)]
    for row in due:
        send(row, now)
    return len(due)


def send(row: Choice, now: datetime) -> None:
    """One customer's letter about the time since the last one."""
    letter = about(row.subject, row.digest_sent, now)
    with transaction.atomic():
        mine = Choice.objects.filter(pk=row.pk, digest_sent=row.digest_sent)
        if not mine.update(digest_sent=now):
            return
        values = {"digest": letter, "origin": house().origin(), "since": row.digest_sent}
        values["is_review_due"] = digest.is_review_due(row.reviewed, now)
        text = render_to_string("portal/mail/digest.txt", values)
        house().mail(row.subject, TITLE.format(shop=house().names().shop), text)


def about(subject: str, since: datetime, now: datetime) -> Digest:
    """What happened since."""
    policy = house().policy()
    if policy is None:
        raise LookupError
    with house().asking(Me(subject, session=SESSION, auth_time=now)) as client:
        found = history.entries(client, subject, since)
    return digest.of(told(policy, one) for one in found)
