"""Correcting one's data; a change of where somebody is reached can be undone for 72 hours.

What was there before goes into the field `before_change` of the vault, in the same update: there is
no moment at which the one is without the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from shopward import clock
from shopward.events import Kind
from shopward.policy import Policy
from shopward.portal import address_guard
from shopward.portal.address_guard import BEFORE
from shopward.portal.web.flows import links
from shopward.portal.web.house import Me, house
from shopward_client import Client, ShopwardError

PURPOSE: Final = "account"
USE: Final = "undo-address"
WARN: Final = "portal-address"
WARN_S: Final = 15
"""The warning is queued before the change, so that no change is without one, and looks after it."""
MAIL: Final = "email"
TITLE: Final = "Your address was changed"
TEXT: Final = """\
Somebody who was signed in to your account changed {what}.

If it was you, there is nothing to do. If not, take it back within three days:

{origin}/undo/{link}/
"""


@dataclass(frozen=True, slots=True)
class Corrected:
    """What came of a correction."""

    is_guarded: bool


def correct(
    me: Me,
    policy: Policy,
    name: str,
    value: str | None,
    also: Mapping[str, str | None] | None = None,
) -> Corrected:
    """Writes one field as the customer herself, and tells the old address where that is due.

    Args:
        me: Whose.
        policy: The policy that is in force.
        name: The field.
        value: What it is from now on. Secret.
        also: What is written in the same update.

    Raises:
        ShopwardError: The vault refuses the value, or does not answer.
    """
    kept = policy.fields[name]
    is_guarded = (
        BEFORE in policy.fields
        and address_guard.is_guarded(kept.category)
        and (me.is_new_device or name == MAIL)
    )
    if is_guarded:
        house().later(WARN, after_s=WARN_S, subject=me.subject, field=name)
    with house().asking(me) as client:
        if not is_guarded:
            client.update(me.subject, {name: value, **(also or {})})
            return Corrected(is_guarded=False)
        before = _before(client, me.subject, policy, name)
        and_before = {BEFORE: address_guard.write_before(before)}
        client.update(me.subject, {name: value, **and_before, **(also or {})})
    return Corrected(is_guarded=True)


def warn(subject: str, field: str) -> None:
    """Writes to the old address, if the change was made that this was queued before.

    Raises:
        ShopwardError: The vault does not answer.
    """
    policy, now = house().policy(), clock.now()
    if policy is None or field not in policy.fields:
        return
    with house().asking(Me(subject, session="warning", auth_time=now)) as client:
        kept = client.reveal(subject, [BEFORE], purpose=PURPOSE).fields[BEFORE]
    if field in address_guard.read_before(kept, policy.fields):
        title = policy.fields[field].title.say("en")
        _tell(subject, title, is_mail=field == MAIL)


def undo(token: str, link: links.Link) -> bool:
    """Puts back what the link's mail was about; False when there is nothing to put back.

    Raises:
        ShopwardError: The vault does not answer, or the customer is frozen.
    """
    me = Me(link.subject, session="link", auth_time=clock.now())
    if not _restore(me):
        return False
    with transaction.atomic():
        links.spend(token, link.until)
        house().record(Kind.CUSTOMER_ADDRESS_UNDONE, me, "")
    return True


def put_back(me: Me) -> None:
    """The same before a freeze; what cannot be put back now has its own link."""
    try:
        if _restore(me):
            house().record(Kind.CUSTOMER_ADDRESS_UNDONE, me, "why=not-me")
    except ShopwardError:
        return


def _restore(me: Me) -> bool:
    policy = house().policy()
    if policy is None or BEFORE not in policy.fields:
        return False
    with house().asking(me) as client:
        kept = client.reveal(me.subject, [BEFORE], purpose=PURPOSE).fields[BEFORE]
        before = address_guard.read_before(kept, policy.fields)
        if before:
            client.update(me.subject, {**before, BEFORE: None})
    return bool(before)


def _before(client: Client, subject: str, policy: Policy, name: str) -> dict[str, str | None]:
    """What stood there, and what an earlier change within the time still keeps."""
    seen = client.reveal(subject, [name, BEFORE], purpose=PURPOSE).fields
    earlier = address_guard.read_before(seen[BEFORE], policy.fields)
    return {name: seen[name], **earlier}


def _tell(subject: str, what: str, *, is_mail: bool) -> None:
    link = links.make(USE, links.Link(subject, clock.now() + address_guard.UNDO))
    text = TEXT.format(what=f"your {what}", origin=house().origin(), link=link)
    house().mail(subject, TITLE, text, is_old=is_mail)
