"""Whoever can sign in: one account model for both realms.

- A customer's `email` is a token shaped like a mail address; the real one lies in the vault.
- An account belongs to one realm for ever: staff and customers never share one.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from shopward import clock


class Realm(models.TextChoices):
    """Whom an account belongs to."""

    STAFF = "staff"
    CUSTOMER = "customer"


class AccountManager(BaseUserManager["Account"]):
    """How accounts are made and found."""

    def get_by_natural_key(self, username: str | None) -> Account:
        """The account of a mail address or of a token shaped like one."""
        return self.get(email=username)


class Account(AbstractBaseUser):
    """One person's account. `role` is one of the policy's, for staff alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    realm = models.CharField(max_length=8, choices=Realm.choices)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=40, blank=True)
    is_active = models.BooleanField(default=True)
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
    def is_staff_realm(self) -> bool:
        """Whether it may meet the staff's site at all."""
        return self.realm == Realm.STAFF
