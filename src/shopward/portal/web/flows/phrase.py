"""The customer's own phrase: read, chosen, kept in the vault alone."""

from __future__ import annotations

from shopward.portal.phrase import FIELD, tidied
from shopward.portal.web.house import Me, house


class NoPhraseError(Exception):
    """It is too short, too long, or no line of text."""


def choose(me: Me, typed: str) -> None:
    """Keeps another phrase.

    Raises:
        NoPhraseError: It cannot be one.
        ShopwardError: The vault refuses it, or does not answer.
    """
    said = tidied(typed)
    if said is None:
        raise NoPhraseError
    with house().asking(me) as client:
        client.update(me.subject, {FIELD: said})
