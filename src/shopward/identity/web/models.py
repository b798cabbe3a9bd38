"""Whoever can sign in: one account model for both realms.

- A customer's `email` is a token shaped like a mail address; the real one lies in the vault.
- An account belongs to one realm for ever: staff and customers never share one.
"""

from __future__ import annotations

import uuid
from typing import ClassVar, Final

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from shopward import clock
from shopward.identity.helpdesk import Recovery


class Realm(models.TextChoices):
    """Whom an account belongs to."""

    STAFF = "staff"
    CUSTOMER = "customer"


NOWHERE: Final = "customer.invalid"
"""Where a customer's `email` points: to no host there can ever be (RFC 2606 §2)."""


def address_of(subject: str) -> str:
    """A customer's token, shaped like a mail address."""
    return f"{subject}@{NOWHERE}"


class AccountManager(BaseUserManager["Account"]):
    """How accounts are made and found."""

    def get_by_natural_key(self, username: str | None) -> Account:
        """The account of a mail address or of a token shaped like one."""
        return self.get(email=username)


class Account(AbstractBaseUser):
    """One person's account. `role` is one of the policy's, for staff alone.

    `sms_number` is a keyed digest of the number that she confirmed for codes by SMS, or empty.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    realm = models.CharField(max_length=8, choices=Realm.choices)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=40, blank=True)
    is_active = models.BooleanField(default=True)
    manages_people = models.BooleanField(default=False)
    mail_step = models.BooleanField(default=False)
    sms_number = models.CharField(max_length=80, blank=True)
    sms_since = models.DateTimeField(null=True)
    created = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["realm"]

    class Meta:
        """One realm of the two, and only staff has a role."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(realm__in=[Realm.STAFF, Realm.CUSTOMER]),
                name="account_realm_known",
            ),
            models.CheckConstraint(
                condition=models.Q(realm=Realm.STAFF) | models.Q(role=""),
                name="account_role_is_staffs",
            ),
        ]

    @property
    def subject(self) -> str:
        """The customer's token in the vault; empty for staff."""
        token, _, host = self.email.partition("@")
        return token if self.realm == Realm.CUSTOMER and host == NOWHERE else ""

    @property
    def is_staff_realm(self) -> bool:
        """Whether it may meet the staff's site at all."""
        return self.realm == Realm.STAFF


class Throttle(models.Model):
    """Attempts counted for one key (`throttle.Tally`), for every process and door."""

    key = models.CharField(primary_key=True, max_length=120)
    failures = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)


class Purpose(models.TextChoices):
    """What a link of one use is for."""

    FIRST = "first"
    INVITATION = "invitation"
    RECOVERY = "recovery"


class OneTimeLink(models.Model):
    """A link of one use (`one_time.Link`). The link itself is nowhere but in its mail.

    An invitation names the account it makes: mail address, name, role. A link for recovery names
    an account that exists.
    """

    digest = models.CharField(primary_key=True, max_length=64)
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="links")
    email = models.EmailField(max_length=254, blank=True)
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=40, blank=True)
    manages_people = models.BooleanField(default=False)
    made_by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    made = models.DateTimeField()
    expires = models.DateTimeField()
    spent = models.DateTimeField(null=True)


class KnownDevice(models.Model):
    """A browser that has signed this person in before; the digest is of `device.digest`."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="devices")
    digest = models.CharField(max_length=64)
    label = models.CharField(max_length=60)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()

    class Meta:
        """One row per person and browser."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "digest"], name="device_once")
        ]


class EarlierPassword(models.Model):
    """A hash that was somebody's password, kept for the card profile alone."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="earlier_passwords")
    encoded = models.CharField(max_length=128)
    until = models.DateTimeField()


class RecoveryCase(models.Model):
    """Somebody lost everything; two others stand in (`helpdesk.Recovery`)."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="recoveries")
    asked_by = models.ForeignKey(Account, models.CASCADE, related_name="+")
    asked = models.DateTimeField()
    reason = models.CharField(max_length=200)
    agreed_by = models.ForeignKey(Account, models.CASCADE, null=True, related_name="+")
    agreed = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)

    def as_recovery(self) -> Recovery:
        """Its state as the rules know it."""
        return Recovery(
            self.account_id,
            self.asked_by_id,
            self.asked,
            self.agreed_by_id,
            self.agreed,
            self.ended,
        )
