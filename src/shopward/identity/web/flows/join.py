"""Coming in by a link of one use: the first administrator, an invitation, a recovery.

Everything happens in the transaction that spends the link: the account, its factor, its recovery
codes and its first session. Opening the link changes nothing, and a second answer to it finds it
spent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from shopward import clock
from shopward.events import Kind
from shopward.identity import one_time
from shopward.identity.assurance import Factor, Shown
from shopward.identity.one_time import State
from shopward.identity.password import Refusal
from shopward.identity.web import client, codes, outside, passkeys, passwords, session, throttling
from shopward.identity.web.keys import keyed_name
from shopward.identity.web.models import Account, OneTimeLink, Purpose, Realm


class LinkError(Exception):
    """The link is spent, expired or unknown."""

    def __init__(self, state: State) -> None:
        super().__init__(state.value)
        self.state = state


class AddressTakenError(Exception):
    """Somebody has an account under this address already."""


class PasswordRefusedError(Exception):
    """The password is not taken; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason.value)
        self.refusal = refusal


class WrongCodeError(Exception):
    """The app's first code is wrong."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who comes in, as the form says; an invitation's or recovery's own data win.

    Args:
        id: The id of the account, which factors are bound to before it exists.
        email: Of the first administrator alone; an invitation has its own.
        name: As `email`.
    """

    id: UUID
    email: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class NewApp:
    """An app that is bound: the salt of its secret, and the first code it showed."""

    salt: str
    code: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody is in.

    Args:
        account: Who.
        codes: The recovery codes, to be shown once. Secret.
        device: The device's cookie, to be set. Secret.
    """

    account: Account
    codes: tuple[str, ...]
    device: str


def find(token: str, now: datetime) -> OneTimeLink:
    """The link of a token, if it is good.

    Raises:
        LinkError: It is not.
    """
    return check(OneTimeLink.objects.filter(pk=one_time.digest(token)).first(), now)


def check(link: OneTimeLink | None, now: datetime) -> OneTimeLink:
    """The same link, if it is good.

    Raises:
        LinkError: It is not.
    """
    state = one_time.state(one_time.Link(link.expires, link.spent) if link else None, now)
    if link is None or state is not State.GOOD:
        raise LinkError(state)
    return link


def with_passkey(request: HttpRequest, link: OneTimeLink, person: Person, sent: str) -> Joined:
    """In with a passkey, and no password at all.

    Raises:
        LinkError: The link is not good any more.
        AddressTakenError: The address has an account.
        passkeys.CeremonyError: The passkey is not accepted.
    """
    bound = passkeys.finish_binding(request, sent)

    def bind(account: Account, now: datetime) -> tuple[Shown, ...]:
        add_passkey_row(account, bound, client.label(request))
        return (Shown(bound.factor, now),)

    return _join(request, link, person, bind)


def with_password(
    request: HttpRequest, link: OneTimeLink, person: Person, typed: str, app: NewApp
) -> Joined:
    """In with a password and an app.

    Args:
        request: The request.
        link: The link that is spent by it.
        person: Who comes in.
        typed: The new password.
        app: What the app was given, and what it answered.

    Raises:
        LinkError: The link is not good any more.
        AddressTakenError: The address has an account.
        PasswordRefusedError: The password is not taken.
        WrongCodeError: The code is wrong.
    """
    refusal = passwords.judge(link.account, link.email or person.email, person.name, typed)
    if refusal is not None:
        raise PasswordRefusedError(refusal)
    step = codes.first_step(str(person.id), app.salt, app.code, clock.now())
    if step is None:
        raise WrongCodeError
    encoded = passwords.encode(typed)

    def bind(account: Account, now: datetime) -> tuple[Shown, ...]:
        passwords.put(account, encoded, now)
        codes.bind_totp(account, app.salt, step)
        return (Shown(Factor.PASSWORD, now), Shown(Factor.TOTP, now))

    return _join(request, link, person, bind)


def add_passkey_row(account: Account, bound: passkeys.Bound, name: str) -> Authenticator:
    """Keeps a passkey as allauth does."""
    data = {"name": name[:60], "credential": bound.credential, "factor": bound.factor.value}
    kind = Authenticator.Type.WEBAUTHN
    return Authenticator.objects.create(user=account, type=kind, data=data)


def _join(
    request: HttpRequest,
    link: OneTimeLink,
    person: Person,
    bind: Callable[[Account, datetime], tuple[Shown, ...]],
) -> Joined:
    now = clock.now()
    with transaction.atomic():
        _spend(link, now)
        account = _account(link, person)
        shown = bind(account, now)
        made = codes.renew_recovery(account)
        cookie, _ = client.remember(request, account, now)
        session.begin(request, account, shown)
        kind = Kind.RECOVERY_USED if link.purpose == Purpose.RECOVERY else Kind.STAFF_ADDED
        outside.record(kind, account, by=link.made_by or outside.OPERATOR)
        outside.record(Kind.FACTOR_ADDED, account, factor=shown[-1].factor.value)
        outside.tell(account, "joined", again=link.purpose == Purpose.RECOVERY)
    return Joined(account, made, cookie)


def _spend(link: OneTimeLink, now: datetime) -> None:
    rows = OneTimeLink.objects.filter(pk=link.pk, spent=None, expires__gt=now)
    if not rows.update(spent=now):
        raise LinkError(State.SPENT)


def _account(link: OneTimeLink, person: Person) -> Account:
    if link.account is not None:
        return emptied(link.account)
    email = (link.email or person.email).strip().casefold()
    try:
        with transaction.atomic():
            return Account.objects.create(
                pk=person.id,
                realm=Realm.STAFF,
                email=email,
                name=link.name or person.name,
                role=link.role,
                manages_people=link.manages_people,
                password="!",  # noqa: S106  # no password at all
            )
    except IntegrityError:
        raise AddressTakenError from None


def emptied(account: Account) -> Account:
    """An account under recovery: none of its factors, sessions or counts is left."""
    Authenticator.objects.filter(user=account).delete()
    account.devices.all().delete()
    session.end_all(account)
    account.password = "!"  # noqa: S105  # no password at all
    account.sms_number, account.sms_since = "", None
    account.save(update_fields=["password", "sms_number", "sms_since"])
    throttling.forget([keyed_name("password", account.email), *second_counts(account)])
    return account


def second_counts(account: Account) -> list[str]:
    """Under which keys the account's second factors are counted."""
    return [f"{one.value}:{account.pk}" for one in (Factor.TOTP, Factor.RECOVERY_CODE)]
