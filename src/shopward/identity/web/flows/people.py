"""Who works here: invite, change, let go. Done by whoever manages people, after a fresh proof.

Nobody sees or sets another's password, and no link comes to the eyes of who made it: it goes to
the invited address alone. One always remains who manages people.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models, transaction
from django.http import HttpRequest

from shopward import clock
from shopward.events import Kind
from shopward.identity import one_time
from shopward.identity.web import outside, session
from shopward.identity.web.flows.factors import require_fresh
from shopward.identity.web.flows.join import AddressTakenError
from shopward.identity.web.models import Account, OneTimeLink, Purpose, Realm, RecoveryCase


class NotAllowedError(Exception):
    """Only who manages people may do this, and not to himself or to the last who does."""


@dataclass(frozen=True, slots=True)
class Place:
    """What somebody is here: a role of the policy, and whether he manages people."""

    role: str
    manages_people: bool


def first_link() -> str:
    """The token of a link that makes an administrator; earlier ones are worth nothing. Secret.

    The operator calls it: whoever can start the program owns the machine.
    """
    now, token = clock.now(), one_time.new()
    with transaction.atomic():
        OneTimeLink.objects.filter(purpose=Purpose.FIRST, spent=None).update(spent=now)
        OneTimeLink.objects.create(
            digest=one_time.digest(token),
            purpose=Purpose.FIRST,
            manages_people=True,
            made=now,
            expires=now + one_time.FIRST,
        )
        outside.record(Kind.STAFF_INVITED, None, by=outside.OPERATOR)
    return token


def has_administrator() -> bool:
    """Whether anybody manages people."""
    return _managers().exists()


def invite(request: HttpRequest, by: Account, email: str, name: str, place: Place) -> None:
    """Invites somebody; an earlier invitation of the same address is worth nothing.

    Raises:
        NotAllowedError: Only who manages people invites.
        NotFreshError: A fresh proof is needed first.
        AddressTakenError: The address has an account.
    """
    _require(request, by)
    now, token, address = clock.now(), one_time.new(), email.strip().casefold()
    with transaction.atomic():
        if Account.objects.filter(email=address).exists():
            raise AddressTakenError
        earlier = OneTimeLink.objects.filter(email=address, purpose=Purpose.INVITATION, spent=None)
        earlier.update(spent=now)
        OneTimeLink.objects.create(
            digest=one_time.digest(token),
            purpose=Purpose.INVITATION,
            email=address,
            name=name,
            role=place.role,
            manages_people=place.manages_people,
            made_by=by,
            made=now,
            expires=now + one_time.INVITATION,
        )
        outside.record(Kind.STAFF_INVITED, None, by=by, role=place.role)
        values = {"person": name, "by": by.name, "token": token}
        outside.tell_address(address, "invitation", Realm.STAFF, **values)


def withdraw(request: HttpRequest, by: Account, digest: str) -> None:
    """Takes an invitation back.

    Raises:
        NotAllowedError: Only who manages people does.
        NotFreshError: A fresh proof is needed first.
    """
    _require(request, by)
    open_ = OneTimeLink.objects.filter(pk=digest, purpose=Purpose.INVITATION, spent=None)
    open_.update(spent=clock.now())


def change(request: HttpRequest, by: Account, account: Account, place: Place) -> None:
    """Gives somebody another place; his sessions end, so that none keeps the old one.

    Raises:
        NotAllowedError: It is oneself, or the last who manages people.
        NotFreshError: A fresh proof is needed first.
    """
    _require(request, by, account)
    with transaction.atomic():
        account.role, account.manages_people = place.role, place.manages_people
        account.save(update_fields=["role", "manages_people"])
        _require_a_manager()
        if not place.manages_people:
            _undo_what_was_begun(account)
        session.end_all(account)
        outside.record(Kind.STAFF_ROLE_CHANGED, account, by=by, role=place.role)


def let_go(request: HttpRequest, by: Account, account: Account) -> None:
    """Somebody left: his sessions end now, and no sign-in, link or look is possible any more.

    Raises:
        NotAllowedError: It is oneself, or the last who manages people.
        NotFreshError: A fresh proof is needed first.
    """
    _require(request, by, account)
    now = clock.now()
    with transaction.atomic():
        account.is_active = False
        account.save(update_fields=["is_active"])
        _require_a_manager()
        ended = session.end_all(account)
        OneTimeLink.objects.filter(account=account, spent=None).update(spent=now)
        _undo_what_was_begun(account)
        account.recoveries.filter(ended=None).update(ended=now)
        outside.record(Kind.STAFF_LEFT, account, by=by, sessions=ended)


def bring_back(request: HttpRequest, by: Account, account: Account) -> None:
    """Somebody returned, with the factors he left with.

    Raises:
        NotAllowedError: Only who manages people does.
        NotFreshError: A fresh proof is needed first.
    """
    _require(request, by, account)
    with transaction.atomic():
        account.is_active = True
        account.save(update_fields=["is_active"])
        outside.record(Kind.STAFF_RETURNED, account, by=by)


def everybody() -> list[Account]:
    """All accounts of the staff, by name; those who left last."""
    return list(Account.objects.filter(realm=Realm.STAFF).order_by("-is_active", "name", "email"))


def invitations() -> list[OneTimeLink]:
    """The open invitations, the newest first."""
    rows = OneTimeLink.objects.filter(purpose=Purpose.INVITATION, spent=None)
    return list(rows.filter(expires__gt=clock.now()).order_by("-made"))


def _require(request: HttpRequest, by: Account, account: Account | None = None) -> None:
    if not by.manages_people or (account is not None and account.pk == by.pk):
        raise NotAllowedError
    require_fresh(request)


def _undo_what_was_begun(account: Account) -> None:
    """Open links and recoveries of somebody who does not manage people any more."""
    now = clock.now()
    OneTimeLink.objects.filter(made_by=account, spent=None).update(spent=now)
    begun = models.Q(asked_by=account) | models.Q(agreed_by=account)
    RecoveryCase.objects.filter(begun, ended=None).update(ended=now)


def _require_a_manager() -> None:
    if not has_administrator():
        raise NotAllowedError


def _managers() -> models.QuerySet[Account]:
    return Account.objects.filter(realm=Realm.STAFF, is_active=True, manages_people=True)
