"""What the portal keeps for itself: tokens, digests of codes and links, choices; no value.

A customer is named by her own token; nothing here says who that is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

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


class ConsentText(models.Model):
    """A text that customers were asked to agree to, by its SHA-256; `version` counts them."""

    digest = models.CharField(primary_key=True, max_length=64)
    consent = models.CharField(max_length=64)
    language = models.CharField(max_length=10)
    version = models.PositiveIntegerField()
    text = models.TextField()

    class Meta:
        """One text of each version."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["consent", "language", "version"], name="consent_text_once"
            )
        ]


class Consent(models.Model):
    """What one customer agreed to or withdrew, the newest row counting; no row is ever changed.

    `consent` is the type of the policy's fact, `gpc` whether her browser sent `Sec-GPC: 1`, `why`
    `gpc` where that alone withdrew it. Where she was is not kept.
    """

    subject = models.CharField(max_length=TOKEN_CHARS)
    consent = models.CharField(max_length=64)
    is_given = models.BooleanField()
    text = models.ForeignKey(ConsentText, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    gpc = models.BooleanField()
    why = models.CharField(max_length=10, blank=True)

    class Meta:
        """A customer's are found at once."""

        indexes: ClassVar = [models.Index(fields=["subject", "consent", "id"], name="consent_of")]

    def save(self, *given: Any, **more: Any) -> None:  # noqa: ANN401 - Django's own
        """Adds the row.

        Raises:
            TypeError: It is there already.
        """
        if not self._state.adding:
            raise TypeError
        super().save(*given, **more)
