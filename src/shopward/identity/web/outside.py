"""What the room asks of the house: enter an event, send a mail, ask the vault.

The console provides them (`RECORD_EVENT`, `QUEUE_MAIL`, `VAULT_IN_ROLE` and `VAULT_OF_PERSON` in
Django's settings name functions), since rooms do not know each other's tables. Events and mails
join the transaction; an event that could not be entered takes the change with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import select_template
from django.urls import get_urlconf, set_urlconf
from django.utils import translation
from django.utils.module_loading import import_string

from shopward.events import Kind
from shopward.identity.sms import State
from shopward.identity.web import shop
from shopward.identity.web.models import Account
from shopward_client import Client

NOBODY: Final = "nobody"
OPERATOR: Final = "operator"


def of_realm(realm: str, action: str) -> Kind:
    """The kind of an event that both realms have: `staff:signed-in`, `customer:signed-in`."""
    return Kind(f"{realm}:{action}")


def record(
    kind: Kind, account: Account | None, *, by: Account | str | None = None, **about: str | int
) -> None:
    """Enters what happened, in this very transaction; never an address, a name or a secret.

    Args:
        kind: What happened.
        account: To whom; None for an address nobody has, or an account that does not exist yet.
        by: Who did it, if it was somebody else: an account, or a word such as `operator`.
        about: What else; slugs and counts.
    """
    actor = by or account or NOBODY
    person = actor if isinstance(actor, Account) else None
    if account is not None and actor is not account:
        about = {"account": str(account.pk), **about}
    import_string(settings.RECORD_EVENT)(  # type: ignore[misc]  # ours, not Django's
        kind,
        actor=str(person.pk if person else actor),
        realm=person.realm if person else "",
        role=person.role if person else "",
        subject=account.subject if account else "",
        about=_said(about),
    )


def record_about(subject: str, kind: Kind, **about: str | int) -> None:
    """Enters what happened to a customer who may have no account yet, by her token."""
    import_string(settings.RECORD_EVENT)(  # type: ignore[misc]  # ours, not Django's
        kind,
        actor=NOBODY,
        realm="",
        role="",
        subject=subject,
        about=_said(about),
    )


def tell(account: Account, name: str, **values: Any) -> None:  # noqa: ANN401 - a template's values
    """Queues a mail to the account's address: `identity/mail/NAME.txt`, its first line the subject.

    It leaves after the transaction, and not if that is undone. A customer's address is her token;
    the real one is read when the mail leaves, and words for customers are in `mail/customer`.
    """
    tell_address(account.email, name, account.realm, account=account, **values)


def tell_address(address: str, name: str, realm: str, **values: Any) -> None:  # noqa: ANN401 - as above
    """As `tell`, to an address that has no account yet."""
    site = shop.site(realm)
    names = [f"identity/mail/{realm}/{name}.txt", f"identity/mail/{name}.txt"]
    with translation.override(settings.LANGUAGE_CODE), _urls_of(site.urlconf):
        values = {"origin": site.origin, "shop": shop.name(), **values}
        text = select_template(names).render(values)
    subject, _, body = text.lstrip().partition("\n")
    queue = import_string(settings.QUEUE_MAIL)  # type: ignore[misc]  # ours, not Django's
    queue(address, subject.strip(), body.strip() + "\n")


def text(subject: str, said: str, *, until: datetime, expected: str, is_asked: bool) -> int:
    """Queues a text message to a customer, by her token, in this transaction; its number.

    The arguments are those of `console.sms.queue`.
    """
    queue = import_string(settings.QUEUE_SMS)  # type: ignore[misc]  # ours, not Django's
    number: int = queue(subject, said, until=until, expected=expected, is_asked=is_asked)
    return number


def text_state(number: int) -> tuple[State, str]:
    """What became of a text message, and the digest of the number it went to; empty for none."""
    found: tuple[State, str] = import_string(settings.SMS_STATE)(number)  # type: ignore[misc]  # ours, not Django's
    return found


def vault(role: str) -> AbstractContextManager[Client]:
    """A client that asks the vault in a role of the policy; each look leaves its receipt."""
    made: AbstractContextManager[Client] = import_string(settings.VAULT_IN_ROLE)(role)  # type: ignore[misc]  # ours, not Django's
    return made


def vault_of(request: HttpRequest) -> AbstractContextManager[Client]:
    """A client that asks the vault as whoever is signed in."""
    made: AbstractContextManager[Client] = import_string(settings.VAULT_OF_PERSON)(request)  # type: ignore[misc]  # ours, not Django's
    return made


@contextmanager
def _urls_of(urlconf: str) -> Iterator[None]:
    """Links in a mail lead to the site of its reader, wherever it was written."""
    before = get_urlconf()
    set_urlconf(urlconf)
    try:
        yield
    finally:
        set_urlconf(before)


def _said(about: dict[str, str | int]) -> str:
    return " ".join(f"{name}={value}" for name, value in about.items())
