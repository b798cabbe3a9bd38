"""The way of an event into the ledger: written with the change it is about, entered later.

`record` joins the transaction of what happened. `deliver` asks the data plane to enter what waits,
one by one and the oldest first; while the data plane does not answer, everything waits.

- An event that was written is entered, whichever process is killed when: it is sent again until
  the data plane says that it stands, and its name keeps it from being entered twice.
- Nothing overtakes: an actor's events stand in the ledger in the order in which they happened.
- One that the data plane refuses for good is kept with the reason, and shown to staff.
"""

from __future__ import annotations

import uuid

from django.db import transaction

from shopward import clock
from shopward.console import vouch, worker
from shopward.console.models import Event
from shopward.events import Kind
from shopward_client import Event as Told
from shopward_client import NoAnswerError, RateLimitedError, ShopwardError, UnauthenticatedError
from shopward_client import UnavailableError as Away

LATER = (Away, NoAnswerError, RateLimitedError, UnauthenticatedError)
"""Answers after which the same event is sent again. A control plane that the data plane does not
know yet is told 401."""
AT_ONCE = 200


def record(
    kind: Kind,
    *,
    actor: str,
    realm: str = "",
    role: str = "",
    session: str = "",
    subject: str = "",
    about: str = "",
) -> None:
    """Writes an event into this transaction.

    Args:
        kind: One of `events.OF_CONTROL_PLANES`.
        actor: The account that did it, or a word such as `operator`; never a name or address.
        realm: `staff` or `customer`; empty for the house itself.
        role: The actor's role in the policy.
        session: Names the session and opens nothing.
        subject: The token of the customer it is about.
        about: Slugs and counts, at most 200 characters of ASCII; never a value.
    """
    Event.objects.create(
        kind=kind,
        actor=actor,
        realm=realm,
        role=role,
        session=session,
        subject=subject,
        about=about[:200],
    )
    transaction.on_commit(worker.wake)


def deliver() -> int:
    """Has everything entered that waits; how many were.

    Raises:
        ShopwardError: The data plane takes nothing now; what is left waits.
    """
    waiting = list(Event.objects.filter(settled=None).order_by("id")[:AT_ONCE])
    if not waiting:
        return 0
    with vouch.for_itself() as client:
        for event in waiting:
            _settle(event, *_entered(client, event))
    return len(waiting)


def backlog() -> int:
    """How many events wait."""
    return Event.objects.filter(settled=None).count()


def _entered(client: vouch.Client, event: Event) -> tuple[int | None, str]:
    """(position in the ledger, "") of an event, or (None, why it was refused for good)."""
    told = Told(
        event.kind,
        event.at,
        event.actor,
        event.realm,
        event.role,
        event.session or None,
        event.subject or None,
        event.about or None,
    )
    try:
        entered = client.record(told, idempotency_key=_name(event.name))
    except LATER:
        raise
    except ShopwardError as refused:
        if not 400 <= refused.status < 500:
            raise
        return None, refused.code
    return entered.receipt.index, ""


def _settle(event: Event, position: int | None, error: str) -> None:
    now = clock.now()
    Event.objects.filter(pk=event.pk).update(position=position, error=error, settled=now)


def _name(name: uuid.UUID) -> str:
    return f"event-{name.hex}"
