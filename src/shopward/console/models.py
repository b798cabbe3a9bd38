"""What the control plane keeps for itself: events on their way, tasks, mails.

None of it holds a customer's value. A mail's text is here only until it has left.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from shopward import clock
from shopward.identity.web.models import Account


class Event(models.Model):
    """Something that happened, on its way to the ledger (`outbox`).

    `name` is the idempotency key under which it is entered. `position` is where it stands in the
    ledger, `error` the code with which it was refused for good.
    """

    name = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    at = models.DateTimeField(default=clock.now)
    actor = models.CharField(max_length=100)
    realm = models.CharField(max_length=8, blank=True)
    role = models.CharField(max_length=40, blank=True)
    session = models.CharField(max_length=100, blank=True)
    subject = models.CharField(max_length=31, blank=True)
    about = models.CharField(max_length=200, blank=True)
    position = models.BigIntegerField(null=True)
    error = models.CharField(max_length=40, blank=True)
    settled = models.DateTimeField(null=True)

    class Meta:
        """What waits is found at once, the oldest first."""

        indexes: ClassVar = [
            models.Index("id", name="event_waiting", condition=models.Q(settled=None))
        ]


class Task(models.Model):
    """One piece of work for later (`tasks`). `key` keeps the same work from being queued twice."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    kind = models.CharField(max_length=40)
    arguments = models.JSONField(default=dict)
    key = models.CharField(  # noqa: DJ001 - many tasks have none, and "" would be unique
        max_length=120, unique=True, null=True
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    made = models.DateTimeField(default=clock.now)
    due = models.DateTimeField(default=clock.now)
    attempts = models.PositiveIntegerField(default=0)
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    error = models.CharField(max_length=80, blank=True)

    class Meta:
        """What is due is found at once."""

        indexes: ClassVar = [
            models.Index("due", name="task_open", condition=models.Q(ended=None)),
            models.Index(fields=["-ended"], name="task_ended"),
        ]


class TextMessage(models.Model):
    """One text message (`sms`). Its text goes when it has left, or never will.

    `expected` is the digest of the only number that may get it, `digest` of the one it went to.
    """

    subject = models.CharField(max_length=31)
    text = models.TextField(blank=True)
    is_asked = models.BooleanField(default=False)
    expected = models.CharField(max_length=80, blank=True)
    digest = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=8, default="waiting")
    tries = models.PositiveIntegerField(default=0)
    made = models.DateTimeField(default=clock.now)
    until = models.DateTimeField()


class Case(models.Model):
    """Something a customer reported (`cases`): open, taken by somebody of the staff, closed.

    `why` is `not-me` or `look`, `entry` the entry that she asked about, `note` what was found.
    """

    subject = models.CharField(max_length=31)
    why = models.CharField(max_length=10)
    entry = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    taken_by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    taken = models.DateTimeField(null=True)
    closed = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        """What is open is found at once."""

        indexes: ClassVar = [models.Index("id", name="case_open", condition=models.Q(closed=None))]


class Mail(models.Model):
    """One mail. Subject and text go when it has left, or is given up."""

    address = models.EmailField(max_length=254)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    made = models.DateTimeField(default=clock.now)
    sent = models.DateTimeField(null=True)
    given_up = models.DateTimeField(null=True)
    error = models.CharField(max_length=80, blank=True)


class Decision(models.Model):
    """What a person decided about a column that discovery found (`deciding`).

    Names of tables and columns, and of what the policy calls them; no value. `by` is the account's
    random id.
    """

    class Choice(models.TextChoices):
        """What becomes of the column."""

        KEEP = "keep", _("into the vault")
        COPY = "copy", _("a copy to empty")
        LEAVE = "leave", _("stays as it is")

    source = models.CharField(max_length=500)
    table = models.CharField(max_length=200)
    column = models.CharField(max_length=200)
    choice = models.CharField(max_length=5, choices=Choice.choices)
    field = models.CharField(max_length=64, blank=True)
    category = models.CharField(max_length=100, blank=True)
    retention = models.CharField(max_length=64, blank=True)
    purpose = models.CharField(max_length=64, blank=True)
    token = models.CharField(max_length=8, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    made = models.DateTimeField(default=clock.now)
    by = models.CharField(max_length=100)

    class Meta:
        """One decision for each column."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "table", "column"], name="decision_once")
        ]
