"""Text messages: queued with the change that wants them, sent within ten minutes or never.

    queue("cus_…", "1234 5678 is your code …", until=…, expected="", is_asked=False)

- A message names a customer by her token. The number is read from the vault when the message
  leaves, for the purpose `notice`, and is written down nowhere: what stays is a keyed digest.
- Where a number is `expected`, no other one gets the message, whoever changed it.
- Every message passes the counts of `identity.sms` here, last of all, in one table for all workers.
- A worker that dies in between sends again: the same code, which is good once.
- Without a provider (`sms.url_file`) a local installation writes each message into a file under
  `sms.folder`; in production such settings are refused.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.db import transaction
from django.db.models import F

from shopward import clock
from shopward.console import outbox, tasks, vouch
from shopward.console.models import TextMessage
from shopward.console.sms_apprise import AppriseSender
from shopward.errors import ShopwardError as HouseError
from shopward.events import Kind
from shopward.identity import sms
from shopward.identity.sms import NotSentError, Number, SmsSender, State
from shopward.identity.throttle import Verdict
from shopward.identity.web import throttling
from shopward.identity.web.keys import keyed_name
from shopward.portal.address_guard import ASKED, read_before
from shopward.settings import read_secret
from shopward.sources.durable import replace_durably
from shopward_client import ShopwardError

KIND: Final = "sms"
ROLE: Final = "messenger"
PURPOSE: Final = "notice"
FIELD: Final = "phone"
TRIES: Final = 3
KEPT: Final = timedelta(days=1)


def queue(subject: str, text: str, *, until: datetime, expected: str, is_asked: bool) -> int:
    """Queues a message in this transaction; its number in the queue.

    Args:
        subject: The customer's token.
        text: What it says. Secret.
        until: It leaves before this, or not at all.
        expected: The digest of the only number that may get it; empty for any.
        is_asked: Whether it goes to the number that she asked to have from now on.
    """
    with transaction.atomic():
        row = TextMessage.objects.create(
            subject=subject, text=text, until=until, expected=expected, is_asked=is_asked
        )
        tasks.queue(KIND, message=row.pk)
    return int(row.pk)


def state(message: int) -> tuple[State, str]:
    """What became of a message, and the digest of the number that it went to; empty for none."""
    row = TextMessage.objects.filter(pk=message).first()
    if row is None:
        return State.LATE, ""
    found = State(row.state)
    if found is State.WAITING and clock.now() >= row.until:
        found = State.LATE
    is_trying = found is State.WAITING and row.tries > 0
    return (State.TRYING if is_trying else found), row.digest


@tasks.task(KIND, attempts=TRIES + 1)
def send(message: int) -> None:
    """Sends one message; does nothing when it is decided already.

    Raises:
        NotSentError: The provider did not take it, and it is tried again.
        ShopwardError: The vault does not answer, and it is tried again.
    """
    row = TextMessage.objects.get(pk=message)
    if row.state != State.WAITING:
        return
    try:
        found = _send(row)
    except (NotSentError, ShopwardError):
        TextMessage.objects.filter(pk=row.pk).update(tries=F("tries") + 1)
        if row.tries + 1 < TRIES and clock.now() < row.until:
            raise
        found = State.FAILED
    _decide(row, found)


@tasks.task("forget-messages", every=timedelta(hours=1))
def forget() -> None:
    """Takes away what was asked for a day ago."""
    TextMessage.objects.filter(made__lte=clock.now() - KEPT).delete()


def sender() -> SmsSender:
    """Whoever hands messages over.

    Raises:
        ConfigError: The file of the provider's address cannot be read.
    """
    house = vouch.house()
    if house.sms.url_file is not None:
        return AppriseSender(read_secret(house.sms.url_file, "sms.url_file"))
    return FolderSender(house.sms.folder)


class FolderSender:
    """Writes each message into a file, for an installation that has no provider."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, number: str, text: str) -> None:
        """One file, named by the moment."""
        if vouch.house().profile != "local":
            raise NotSentError
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{clock.to_ms(clock.now())}.txt"
        replace_durably(path, f"To: {number}\n\n{text}\n".encode())


def digest(subject: str, number: Number) -> str:
    """What is kept of a customer's number: 70 characters, keyed, and bound to her."""
    return keyed_name("phone", f"{subject} {number.e164}")


def _send(row: TextMessage) -> State:
    now, house = clock.now(), vouch.house()
    if now >= row.until:
        return State.LATE
    number = sms.read(_number(row), house.region, house.sms.countries.split())
    if number is None:
        return State.UNFIT
    seen = digest(row.subject, number)
    if row.expected and not hmac.compare_digest(row.expected, seen):
        return State.CHANGED
    counts = sms.counts(number, keyed_name, house.region, house.sms.daily)
    if throttling.count(counts, now).verdict is not Verdict.ALLOW:
        return State.BUSY
    TextMessage.objects.filter(pk=row.pk).update(digest=seen)
    try:
        sender().send(number.e164, row.text)
    except HouseError:
        raise NotSentError from None
    return State.SENT


def _number(row: TextMessage) -> str | None:
    """The number as the vault has it. Secret.

    Raises:
        ShopwardError: The vault does not say it.
    """
    wanted = ASKED if row.is_asked else FIELD
    with vouch.in_role(ROLE) as vault:
        found = vault.reveal(row.subject, [wanted], purpose=PURPOSE).fields[wanted]
    return read_before(found, [FIELD]).get(FIELD) if row.is_asked else found


def _decide(row: TextMessage, found: State) -> None:
    """What came of it, for good; the text is forgotten, and a failure entered."""
    with transaction.atomic():
        mine = TextMessage.objects.filter(pk=row.pk, state=State.WAITING)
        if mine.update(state=found, text="") and found is not State.SENT:
            about = f"why={found.value}"
            outbox.record(Kind.SMS_FAILED, actor=vouch.NAME, subject=row.subject, about=about)
