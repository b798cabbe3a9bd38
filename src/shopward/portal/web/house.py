"""What the portal asks of the house: who is signed in, the data plane, mails, events, accounts.

Rooms do not know each other's tables: the console provides all of it. `PORTAL_HOUSE` in Django's
settings names the object.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from shopward.events import Kind
from shopward.policy import Policy
from shopward.portal.sent_by_us import Names
from shopward_client import Client


@dataclass(frozen=True, slots=True)
class Me:
    """Whose pages these are.

    Args:
        subject: The customer's token.
        account: The account's id; empty for a guest.
        session: Names the session and opens nothing.
        level: How sure the sign-in was, 1 to 3.
        auth_time: When a factor was last shown; None for a guest.
        fact: What a guest came by, such as `order:1042`.
        is_new_device: Whether the browser is new to a customer who had another before.
    """

    subject: str
    account: str = ""
    session: str = ""
    level: int = 1
    auth_time: datetime | None = None
    fact: str = ""
    is_new_device: bool = False

    @property
    def is_guest(self) -> bool:
        """Whether she came by the link of an order, without an account."""
        return not self.account


@dataclass(frozen=True, slots=True)
class Way:
    """One way to sign in. `url` is where it is changed, if anywhere."""

    kind: str
    name: str
    added: datetime | None
    used: datetime | None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Shut:
    """What shutting everybody out came to."""

    sessions: int
    ways: int


@dataclass(frozen=True, slots=True)
class Shown:
    """To whom a shop shows her own security, by its access token.

    Args:
        me: The customer.
        origins: Where the shop's pages are, as browsers write it.
    """

    me: Me
    origins: frozenset[str]


class House(Protocol):
    """What the console provides."""

    def me(self, request: HttpRequest) -> Me | None:
        """Who is signed in at the public site; None for nobody."""

    def way_in(self, request: HttpRequest) -> str:
        """Where somebody goes who may not see a page yet, and comes back from."""

    def may_ask(self, request: HttpRequest) -> bool:
        """Counts a question of a stranger; False when too many come from this network."""

    def welcome(self, request: HttpRequest, me: Me) -> None:
        """Lets a guest in for half an hour."""

    def farewell(self, request: HttpRequest) -> None:
        """Ends a guest's visit."""

    def asking(self, me: Me) -> AbstractContextManager[Client]:
        """A client that asks as this customer, bound to her."""

    def policy(self) -> Policy | None:
        """The policy of the file; None where it cannot be read."""

    def names(self) -> Names:
        """By which names the shop is known."""

    def origin(self) -> str:
        """The public site, as browsers write it."""

    def ways(self, me: Me) -> list[Way]:
        """The ways to sign in of an account, passkeys first."""

    def devices(self, me: Me) -> list[tuple[str, datetime]]:
        """What an account is signed in on, and when it was seen there, the newest first."""

    def shown(self, token: str) -> Shown | None:
        """Whose security a shop may show by this access token; None when none."""

    def is_origin(self, origin: str) -> bool:
        """Whether a shop that may show it has pages at this origin."""

    def is_fresh(self, request: HttpRequest) -> bool:
        """Whether a factor was shown a short while ago."""

    def shut_out(self, subject: str, since: datetime) -> Shut:
        """Ends sessions and tokens, takes away what was added since, puts the password away."""

    def record(self, kind: Kind, me: Me, about: str) -> None:
        """Enters what happened to or by a customer, in this very transaction."""

    def report(self, me: Me, why: str, *, entry: int | None = None) -> None:
        """Opens a case for the staff and enters it, in this very transaction.

        `why` is `not-me`, or `look` with the entry that she asks about.
        """

    def mail(self, subject: str, title: str, text: str, *, is_old: bool = False) -> int:
        """Queues a mail to a customer, in this very transaction; its text has no value of hers.

        With `is_old` it goes to the address that she had before the last change. Answers the mail's
        number.
        """

    def has_left(self, mail: int) -> bool:
        """Whether the mail of this number has left."""

    def has_account(self, subject: str) -> bool:
        """Whether this customer has an account."""

    def remove(self, subject: str) -> None:
        """Ends the account of a customer who was erased: sessions, tokens, ways to sign in."""

    def later(self, kind: str, *, after_s: int = 0, **arguments: str | int) -> None:
        """Queues a task, in this very transaction, to be run so many seconds from now."""

    def subjects(self) -> Iterable[str]:
        """The tokens of all customers with an account."""

    def find(self, address: str) -> str | None:
        """The token of the customer who has this mail address.

        Raises:
            UnavailableError: The vault does not answer.
        """


class Codes(Protocol):
    """What the console provides for a change of where a customer is reached."""

    def fields(self, me: Me) -> Collection[str]:
        """The fields of which a new value is confirmed by a code that was sent there."""

    def can_reach(self, name: str, value: str) -> bool:
        """Whether a code can go there at all."""

    def send(self, request: HttpRequest, me: Me, name: str, value: str) -> None:
        """Sends a code there; this browser waits for it."""

    def is_right(self, request: HttpRequest, me: Me, name: str, value: str, typed: str) -> bool:
        """Whether this is the code that was sent there from this browser; it is spent."""

    def confirmed(self, request: HttpRequest, me: Me, name: str, value: str) -> None:
        """The value is hers, and written."""

    def told(self, request: HttpRequest, name: str) -> str:
        """What became of a text message, in the language of the page; empty for a mail."""


def codes() -> Codes:
    """The console's answers about codes."""
    found: Codes = import_string(settings.PORTAL_CODES)  # type: ignore[misc]  # ours, not Django's
    return found


def house() -> House:
    """The console's answers."""
    found: House = import_string(settings.PORTAL_HOUSE)  # type: ignore[misc]  # ours, not Django's
    return found
