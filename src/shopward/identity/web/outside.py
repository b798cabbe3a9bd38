"""What the room asks of the house: enter an event, send a mail. Both join the transaction.

The console provides them (`RECORD_EVENT` and `QUEUE_MAIL` in Django's settings name two functions),
since rooms do not know each other's tables. Without them nothing is done at all: an event that
could not be entered takes the change with it.
"""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.module_loading import import_string

from shopward.events import Kind
from shopward.identity.web import shop
from shopward.identity.web.models import Account

STAFF: Final = "staff"
NOBODY: Final = "nobody"
OPERATOR: Final = "operator"


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
        realm=STAFF if person else "",
        role=person.role if person else "",
        about=" ".join(f"{name}={value}" for name, value in about.items()),
    )


def tell(account: Account, name: str, **values: Any) -> None:  # noqa: ANN401 - a template's values
    """Queues a mail to the account's address: `identity/mail/NAME.txt`, its first line the subject.

    It leaves after the transaction, and not if that is undone.
    """
    tell_address(account.email, name, account=account, **values)


def tell_address(address: str, name: str, **values: Any) -> None:  # noqa: ANN401 - as above
    """As `tell`, to an address that has no account yet."""
    origin = shop.site().origin
    with translation.override(settings.LANGUAGE_CODE):
        text = render_to_string(f"identity/mail/{name}.txt", {"origin": origin, **values})
    subject, _, body = text.lstrip().partition("\n")
    queue = import_string(settings.QUEUE_MAIL)  # type: ignore[misc]  # ours, not Django's
    queue(address, subject.strip(), body.strip() + "\n")
