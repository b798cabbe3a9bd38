"""What the portal keeps for itself: tokens, digests of codes and links, choices; no value.

A customer is named by her own token; nothing here says who that is.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models

from shopward import clock
from shopward.portal import not_me
from shopward.portal.digest import DEFAULT, Every

TOKEN_CHARS = 31


class SentMail(models.Model):
    """A mail of ours by its verify code; not to whom it went. `checks` counts who asked.

    `title` is the mail's subject line with digits taken out: a code may stand there.
    """

    digest = models.CharField(primary_key=True, max_length=64)
    title = models.CharField(max_length=200)
    sent = models.DateTimeField()
    checks = models.PositiveIntegerField(default=0)


class SpentLink(models.Model):
    """A signed link that was used; it opens nothing again. Kept until it would have expired."""

    digest = models.CharField(primary_key=True, max_length=64)
    until = models.DateTimeField()


class Choice(models.Model):
    """What one customer chose: how often a digest comes; when everything was last looked over."""

    subject = models.CharField(primary_key=True, max_length=TOKEN_CHARS)
    digest = models.CharField(
        max_length=8, choices=[(one.value, one.value) for one in Every], default=DEFAULT.value
    )
    digest_sent = models.DateTimeField(default=clock.now)
    reviewed = models.DateTimeField(default=clock.now)


class Waved(models.Model):
    """A guide that was offered by itself and waved away."""

    subject = models.CharField(max_length=TOKEN_CHARS)
    nudge = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        """One row per customer and guide."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subject", "nudge"], name="waved_once")
        ]


class Dispute(models.Model):
    """A "this was not me": what was done about it, to be shown afterwards."""

    subject = models.CharField(max_length=TOKEN_CHARS, db_index=True)
    since = models.DateTimeField()
    at = models.DateTimeField()
    frozen_until = models.DateTimeField(null=True)
    sessions = models.PositiveIntegerField(default=0)
    ways = models.PositiveIntegerField(default=0)
    entry = models.BigIntegerField(null=True)

    @classmethod
    def is_locked(cls, subject: str, now: datetime) -> bool:
        """Whether one stands, also while the vault has not been told yet."""
        is_new = models.Q(frozen_until=None, at__gt=now - not_me.FROZEN)
        stands = models.Q(frozen_until__gt=now)
        return cls.objects.filter(is_new | stands, subject=subject).exists()


class Erasure(models.Model):
    """“Erase my data” (`portal.erasure`): one of a customer at a time is open.

    `account` is the id of her account, empty for a guest; `mail` the number of the last mail to
    her; `entry` where the erasure stands in the ledger. It stays, for the link to the certificate.
    """

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting"
        LEAVING = "leaving"
        UNDONE = "undone"
        DONE = "done"

    OPEN: ClassVar = (State.WAITING, State.LEAVING)

    subject = models.CharField(max_length=TOKEN_CHARS)
    account = models.CharField(max_length=36, blank=True)
    asked = models.DateTimeField()
    due = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    mail = models.BigIntegerField(null=True)
    entry = models.BigIntegerField(null=True)
    ended = models.DateTimeField(null=True)

    class Meta:
        """One open erasure of a customer."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject"],
                condition=models.Q(state__in=["waiting", "leaving"]),
                name="erasure_open_once",
            )
        ]
