"""Consent: given and withdrawn on a customer's page, in force at the vault with the next look.

One transaction adds the row, enters the change and queues what tells the vault; then the vault is
told at once. The newest row is what holds: telling the vault again, or late, comes to the same.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext

from shopward import clock
from shopward.clock import to_ms
from shopward.events import Kind
from shopward.portal import consents
from shopward.portal.consents import Offer, fact_of
from shopward.portal.web.house import Me, house
from shopward.portal.web.models import Consent, ConsentText
from shopward_client import Client, ConflictError, FactRow, ShopwardError

SETTLE: Final = "portal-consent"
OPEN, CLOSED = "open", "closed"


class ChangedTextError(Exception):
    """The text is another one than she was shown."""


class RefusedByBrowserError(Exception):
    """Her browser says no to it by Global Privacy Control."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one kind of consent stands.

    Args:
        offer: What is asked.
        is_given: Whether the vault would let a look rest on it now.
        answers: What she said, the newest first.
        by_shop: Whether only the shop's own software says that she agreed.
        is_changed: Whether we ask something else than what she agreed to.
    """

    offer: Offer
    is_given: bool
    answers: list[Consent]
    by_shop: bool
    is_changed: bool


def standings(me: Me, language: str, *, gpc: bool) -> list[Standing]:
    """Every kind of consent, as the vault has it now; what the browser says no to ends first.

    Raises:
        ShopwardError: The vault does not answer.
    """
    with house().asking(me) as client:
        found = _facts(client, me.subject)
    offered = offers(language)
    if gpc:
        _withdraw(me, [one for one in offered if one.is_gpc and _is_given(found, one)], "gpc")
        found = [one for one in found if not _is_refused(offered, one)]
    return [_standing(me, one, found) for one in offered]


def honour(me: Me, language: str) -> None:
    """Withdraws what the browser says no to, of what was given here."""
    given = [one for one in offers(language) if one.is_gpc and _newest_is_given(me, one.consent)]
    _withdraw(me, given, "gpc")


def offers(language: str) -> list[Offer]:
    """Every kind of consent of the policy, in the reader's language."""
    policy = house().policy()
    return consents.offers(policy, language, gettext) if policy else []


def choose(me: Me, offer: Offer, digest: str, *, is_given: bool, gpc: bool) -> bool:
    """Notes her answer; whether the vault knows already.

    Raises:
        ChangedTextError: She agreed to another text than the present one.
        RefusedByBrowserError: She agreed to what her browser says no to.
    """
    if is_given and digest != offer.digest:
        raise ChangedTextError
    if is_given and gpc and offer.is_gpc:
        raise RefusedByBrowserError
    with transaction.atomic():
        _note(me, offer, is_given=is_given, gpc=gpc)
    return _told(me.subject, offer.consent)


def settle(subject: str, consent: str) -> None:
    """Tells the vault what holds by the newest row; changes nothing when it does already.

    Raises:
        ShopwardError: The vault does not answer.
    """
    rows = Consent.objects.filter(subject=subject, consent=consent)
    newest = rows.order_by("-id").first()
    if newest is None:
        return
    me = Me(subject, session="consent", auth_time=clock.now())
    with house().asking(me) as client:
        _state(client, newest)


def _state(client: Client, row: Consent) -> None:
    own, facts = fact_of(row.consent, row.subject), _facts(client, row.subject)
    version = to_ms(row.at)
    if row.is_given:
        with suppress(ConflictError):
            client.put_fact(own, row.subject, OPEN, version=version)
        return
    for one in facts:
        name = f"{one.type}:{one.id}"
        if one.type == row.consent and name != own and one.state == OPEN:
            client.put_fact(name, row.subject, CLOSED)
    try:
        client.put_fact(own, row.subject, CLOSED, version=version)
    except ConflictError:
        _close_later_one(client, own, row)


def _close_later_one(client: Client, own: str, row: Consent) -> None:
    """What was stated since under a higher version, by whom ever, ends too, unless she did."""
    for one in _facts(client, row.subject):
        if f"{one.type}:{one.id}" == own and one.state == OPEN:
            newest = Consent.objects.filter(subject=row.subject, consent=row.consent)
            if newest.order_by("-id").values_list("pk", flat=True).first() == row.pk:
                client.put_fact(own, row.subject, CLOSED)


def _note(me: Me, offer: Offer, *, is_given: bool, gpc: bool, why: str = "") -> None:
    text = _text(offer)
    Consent.objects.create(
        subject=me.subject,
        consent=offer.consent,
        is_given=is_given,
        text=text,
        at=clock.now(),
        gpc=gpc,
        why=why,
    )
    about = f"consent={offer.consent} version={text.version} text={offer.digest[:32]} gpc={gpc:d}"
    kind = Kind.CONSENT_GIVEN if is_given else Kind.CONSENT_WITHDRAWN
    house().record(kind, me, f"{about} why={why}" if why else about)
    house().later(SETTLE, subject=me.subject, consent=offer.consent)


def _text(offer: Offer) -> ConsentText:
    found = ConsentText.objects.filter(pk=offer.digest).first()
    if found is not None:
        return found
    named = {"consent": offer.consent, "language": offer.language}
    earlier = ConsentText.objects.filter(**named).values_list("version", flat=True)
    version = 1 + max(earlier, default=0)
    return ConsentText.objects.create(
        digest=offer.digest, text=offer.text, version=version, **named
    )


def _withdraw(me: Me, offered: list[Offer], why: str) -> None:
    for one in offered:
        with transaction.atomic():
            _note(me, one, is_given=False, gpc=True, why=why)
        _told(me.subject, one.consent)


def _told(subject: str, consent: str) -> bool:
    try:
        settle(subject, consent)
    except ShopwardError:
        return False
    return True


def _standing(me: Me, offer: Offer, found: list[FactRow]) -> Standing:
    rows = Consent.objects.filter(subject=me.subject, consent=offer.consent)
    answers = list(rows.select_related("text").order_by("-id"))
    is_given = _is_given(found, offer)
    text = answers[0].text if answers and answers[0].is_given else None
    is_changed = text is not None and text.language == offer.language and text.pk != offer.digest
    by_shop = is_given and text is None
    return Standing(offer, is_given, answers, by_shop, is_given and is_changed)


def _is_given(found: list[FactRow], offer: Offer) -> bool:
    now = clock.now()
    return any(
        one.type == offer.consent
        and one.state == OPEN
        and (one.expires is None or datetime.fromisoformat(one.expires) > now)
        for one in found
    )


def _is_refused(offered: list[Offer], one: FactRow) -> bool:
    return any(offer.is_gpc and offer.consent == one.type for offer in offered)


def _newest_is_given(me: Me, consent: str) -> bool:
    rows = Consent.objects.filter(subject=me.subject, consent=consent).order_by("-id")
    return bool(rows.values_list("is_given", flat=True).first())


def _facts(client: Client, subject: str) -> list[FactRow]:
    return list(client.facts(subject).facts)
