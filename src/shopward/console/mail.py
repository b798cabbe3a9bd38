"""Mails: queued with the change that wants them, sent by a task, tried again for two days.

    queue("ada@example.com", "A new device", "Hello …")

- Subject and text are kept until the mail has left or is given up, no longer: they may hold a link
  of one use.
- A mail to a customer has her token where others have an address (`queue_to`). The real one is read
  from the vault when the mail leaves, for the purpose `notice`, and is written down nowhere.
- Without a mail server (`mail.host`) a local installation writes each mail into a file under
  `mail.folder`; in production such a mail waits, and staff see it.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from shopward import clock
from shopward.console import mail_foot, outbox, tasks, vouch
from shopward.console.models import Mail, Task
from shopward.errors import ConfigError
from shopward.events import Kind
from shopward.identity.web import shop
from shopward.identity.web.keys import keyed_name
from shopward.identity.web.models import NOWHERE, address_of
from shopward.portal.address_guard import ASKED, BEFORE, read_before
from shopward.portal.phrase import FIELD as PHRASE
from shopward.settings import MailSettings, Settings
from shopward.sources.durable import replace_durably

ATTEMPTS: Final = 50
"""With at most an hour between two: about two days."""
TIMEOUT_S: Final = 20
KIND: Final = "mail"
ROLE: Final = "messenger"
PURPOSE: Final = "notice"
FIELD: Final = "email"
OLD: Final = "before."
"""In front of the host that a customer's token points to: the address before the last change."""
WISH: Final = "asked."
"""As `OLD`, after a digest: the address that she asked for, while it is the digest's."""


def queue(address: str, subject: str, text: str) -> int:
    """Queues a mail in this transaction; its number."""
    with transaction.atomic():
        mail = Mail.objects.create(address=address, subject=subject[:200], text=text)
        tasks.queue(KIND, mail=mail.pk)
    return mail.pk


def queue_to(subject: str, title: str, text: str, *, is_old: bool = False) -> int:
    """Queues a mail to a customer, by her token, in this transaction; its number.

    With `is_old` it goes to the address that she had before the last change of it.
    """
    name, _, host = address_of(subject).partition("@")
    return queue(f"{name}@{OLD}{host}" if is_old else f"{name}@{host}", title, text)


def asked_address(subject: str, value: str) -> str:
    """Where a mail goes that reaches this address, which she asked for, and no other."""
    return f"{subject}@{asked_digest(subject, value)}.{WISH}{NOWHERE}"


def asked_digest(subject: str, value: str) -> str:
    """Stands for a value that a customer asked for: 32 hex digits, keyed, and bound to her."""
    return keyed_name(WISH, f"{subject} {value.strip()}").rpartition(":")[2][:32]


@tasks.task(KIND, attempts=ATTEMPTS)
def send(mail: int) -> None:
    """Sends one mail; does nothing when it has left already.

    Raises:
        OSError: The mail server does not answer, or refuses (`smtplib.SMTPException`).
        ShopwardError: The vault does not say where to.
        ConfigError: There is no mail server.
    """
    row = Mail.objects.get(pk=mail)
    if row.sent is not None:
        return
    house = _house()
    try:
        _deliver(house, _message(house.mail, row, _reached(row)))
    except _GoneError:
        nobody = {"subject": "", "text": "", "error": "another-wish"}
        Mail.objects.filter(pk=row.pk).update(given_up=clock.now(), **nobody)
        return
    except Exception as error:
        Mail.objects.filter(pk=row.pk).update(error=type(error).__name__)
        raise
    gone = {"subject": "", "text": "", "error": ""}
    Mail.objects.filter(pk=row.pk).update(sent=clock.now(), **gone)


@tasks.task("give-up-mails", every=tasks.LONGEST_WAIT)
def give_up() -> None:
    """Empties mails whose task has failed for good, and says so in the ledger."""
    failed = Task.objects.filter(kind=KIND, state=Task.State.FAILED)
    for number in failed.values_list("arguments__mail", flat=True):
        with transaction.atomic():
            open_ = Mail.objects.filter(pk=number, sent=None, given_up=None)
            if open_.update(given_up=clock.now(), subject="", text=""):
                outbox.record(Kind.MAIL_FAILED, actor=vouch.NAME, about=f"mail={number}")


def masked(address: str) -> str:
    """An address as staff see it: `a•••@example.com`."""
    name, _, host = address.partition("@")
    return f"{name[:1]}•••@{host}"


class _GoneError(Exception):
    """She asked for another address meanwhile, or for none."""


@dataclass(frozen=True, slots=True)
class _Reached:
    """Where a mail goes, and what is put under it. Secret."""

    address: str
    foot: str = ""


def _reached(row: Mail) -> _Reached:
    """The address itself, or what the vault knows of the customer it names.

    Raises:
        ShopwardError: The vault does not say it, now or ever; the task is tried again and given up.
        LookupError: The customer has no address.
    """
    token, _, host = row.address.partition("@")
    if host.endswith(f".{WISH}{NOWHERE}"):
        return _Reached(_wished(token, host.partition(".")[0]))
    if host.removeprefix(OLD) != NOWHERE:
        return _Reached(row.address)
    wanted = BEFORE if host.startswith(OLD) else FIELD
    with vouch.in_role(ROLE) as vault:
        seen = vault.reveal(token, [wanted, *_phrase()], purpose=PURPOSE).fields
    found = seen[wanted]
    if wanted == BEFORE:
        found = read_before(found, [FIELD]).get(FIELD)
    if found is None:
        raise LookupError
    return _Reached(found, mail_foot.of(row.pk, row.made, row.subject, token, seen.get(PHRASE)))


def _wished(token: str, digest: str) -> str:
    """The address that she asked for. Its mail has no foot: nobody knows yet whose it is. Secret.

    Raises:
        ShopwardError: The vault does not say it.
    """
    with vouch.in_role(ROLE) as vault:
        seen = vault.reveal(token, [ASKED], purpose=PURPOSE).fields[ASKED]
    found = read_before(seen, [FIELD]).get(FIELD)
    if found is None or not hmac.compare_digest(asked_digest(token, found), digest):
        raise _GoneError
    return found


def _phrase() -> list[str]:
    """The field of the customer's own phrase, where the policy has one and gives it to mails."""
    policy = shop.policy()
    scope = policy.scopes.get((ROLE, PURPOSE)) if policy else None
    return [PHRASE] if scope and PHRASE in scope.rules else []


def _message(mail: MailSettings, row: Mail, reached: _Reached) -> EmailMessage:
    """The same id whenever it is sent, so that a mail sent twice is seen as one."""
    host = mail.sender.partition("@")[2].rstrip(">") or "localhost"
    stable = f"<{clock.to_ms(row.made)}.{row.pk}@{host}>"
    text, to = row.text + reached.foot, [reached.address]
    return EmailMessage(row.subject, text, mail.sender, to, headers={"Message-ID": stable})


def _deliver(house: Settings, message: EmailMessage) -> None:
    if house.mail.host:
        message.connection = _smtp(house.mail)
        message.send()
    elif house.profile == "local":
        house.mail.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = message.extra_headers["Message-ID"].strip("<>").partition("@")[0]
        replace_durably(house.mail.folder / f"{name}.eml", message.message().as_bytes())
    else:
        raise ConfigError("There is no mail server.", hint="Set mail.host.", field="mail.host")


def _smtp(mail: MailSettings) -> BaseEmailBackend:
    backend: BaseEmailBackend = get_connection(
        "django.core.mail.backends.smtp.EmailBackend",
        host=mail.host,
        port=mail.port,
        username=mail.user or None,
        password=_password(mail.password_file),
        use_tls=mail.security == "starttls",
        use_ssl=mail.security == "tls",
        timeout=TIMEOUT_S,
    )
    return backend


def _password(path: Path | None) -> str | None:
    return path.read_text(encoding="utf-8").rstrip("\r\n") if path else None


def _house() -> Any:  # noqa: ANN401 - Settings, which Django's settings hold untyped
    return settings.SHOPWARD  # type: ignore[misc]  # ours, not Django's
