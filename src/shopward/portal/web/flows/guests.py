"""A guest comes in by an order: a link to the mailbox first, then the order itself is asked for.

Whoever asks learns nothing: the same work is done for an address that nobody has, and the mail goes
to the customer alone. That the order is hers is asked of the vault when the link is used.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction

from shopward import clock
from shopward.portal.web.flows import links
from shopward.portal.web.flows.address import MAIL, PURPOSE
from shopward.portal.web.house import Me, house
from shopward_client import DeniedError

USE: Final = "guest"
SEND: Final = "portal-guest"
LIFE: Final = timedelta(hours=24)
HERS: Final = frozenset({"fact-closed", "fact-expired", "subject-frozen"})
"""Refusals that are told only once the order is known to be this customer's."""
TITLE: Final = "Your order and your data"
TEXT: Final = """\
Somebody asked to see what we keep of you, for {order}.

If it was you, this link works once, within a day:

{origin}/guest/{link}/

If it was not, there is nothing to do: nobody sees anything without this mail.
"""


def send_link(email: str, fact: str) -> None:
    """Has a link mailed to the customer with this address, if there is one.

    Raises:
        UnavailableError: The vault does not answer.
    """
    subject = house().find(email)
    house().later(SEND, subject=subject or "", fact=fact)


def write(subject: str, fact: str) -> None:
    """Writes the mail; to nobody where nobody was found."""
    if not subject:
        return
    link = links.Link(subject, clock.now() + LIFE, fact=fact, nonce=f"{clock.now():%s%f}")
    values = {"order": fact.replace(":", " ", 1), "origin": house().origin()}
    text = TEXT.format(**values, link=links.make(USE, link))
    house().mail(subject, TITLE, text)


def come_in(token: str, link: links.Link) -> Me | None:
    """Who comes in; None when the link was used, or the order is not this customer's.

    Raises:
        ShopwardError: The vault does not answer.
    """
    me = Me(link.subject, session="guest", auth_time=clock.now(), fact=link.fact)
    if not _is_hers(me):
        return None
    with transaction.atomic():
        return me if links.spend(token, link.until) else None


def _is_hers(me: Me) -> bool:
    try:
        with house().asking(me) as client:
            client.reveal(me.subject, [MAIL], purpose=PURPOSE, fact=me.fact)
    except DeniedError as refused:
        return refused.reason in HERS
    return True
