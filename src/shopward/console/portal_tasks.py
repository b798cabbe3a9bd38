"""The portal's work for later, under the console's tasks."""

from __future__ import annotations

from datetime import timedelta

from shopward import clock
from shopward.console import tasks
from shopward.portal.web.flows import (
    address,
    codes,
    consenting,
    digests,
    erasing,
    guests,
    links,
    not_me,
)


@tasks.task(not_me.FREEZE, attempts=50)
def freeze(dispute: int) -> None:
    """Freezes a customer who said “this was not me”, where that did not work at once."""
    not_me.freeze(dispute)


@tasks.task(address.WARN, attempts=50)
def warn(subject: str, field: str) -> None:
    """Writes to the old address after a change."""
    address.warn(subject, field)


@tasks.task(guests.SEND, attempts=50)
def write_to_guest(subject: str, fact: str) -> None:
    """Mails a guest her link; nothing for an address that nobody has."""
    guests.write(subject, fact)


@tasks.task(erasing.ERASE, attempts=50)
def erase(erasure: int) -> None:
    """Does the next step of an erasure, once its three days are over."""
    erasing.go_on(erasure)


@tasks.task(erasing.CONFIRM, attempts=50)
def ask_guest(subject: str, fact: str) -> None:
    """Mails a guest the link by which she confirms that she wants to be erased."""
    erasing.write_to_guest(subject, fact)


@tasks.task(consenting.SETTLE, attempts=100)
def settle_consent(subject: str, consent: str) -> None:
    """Tells the vault what a customer agreed to, where that did not work at once."""
    consenting.settle(subject, consent)


@tasks.task("portal-digests", every=digests.EVERY)
def send_digests() -> None:
    """Queues the letters that are due."""
    digests.send_due(clock.now())


@tasks.task("portal-tidy", every=timedelta(days=1))
def tidy() -> None:
    """Forgets codes and links of long ago."""
    codes.tidy(clock.now())
    links.tidy(clock.now())
    erasing.tidy(clock.now())
