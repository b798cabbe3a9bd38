"""Where somebody is reached counts once a code that was sent there came back.

    begin -> (mail or text message to the new one) -> confirm: written, and the old one is told

What she asked for waits in the vault (`asked_change`), under a retention class of few days; a later
wish takes its place.
"""

from __future__ import annotations

from django.http import HttpRequest

from shopward.policy import Policy
from shopward.portal.address_guard import ASKED, read_before, write_before
from shopward.portal.web.flows import address
from shopward.portal.web.flows.address import PURPOSE, Corrected
from shopward.portal.web.house import Me, codes, house


class NotThereError(Exception):
    """No code can be sent there."""


class WrongCodeError(Exception):
    """It is not the code that was sent there, or another wish has taken this one's place."""


def needs_code(me: Me, policy: Policy, name: str) -> bool:
    """Whether a new value of this field is confirmed by a code first."""
    return ASKED in policy.fields and name in codes().fields(me)


def begin(request: HttpRequest, me: Me, name: str, value: str) -> None:
    """Keeps what she asks for, and sends a code there.

    Raises:
        NotThereError: No code can go there.
        ShopwardError: The vault refuses it, or does not answer.
    """
    if not codes().can_reach(name, value):
        raise NotThereError
    with house().asking(me) as client:
        client.update(me.subject, {ASKED: write_before({name: value})})
    codes().send(request, me, name, value)


def confirm(request: HttpRequest, me: Me, policy: Policy, name: str, typed: str) -> Corrected:
    """Writes what she asked for, if this is the code that was sent there.

    Raises:
        WrongCodeError: It is not.
        ShopwardError: The vault refuses the value (another customer has it), or does not answer.
    """
    with house().asking(me) as client:
        kept = client.reveal(me.subject, [ASKED], purpose=PURPOSE).fields[ASKED]
    value = read_before(kept, [name]).get(name)
    if value is None or not codes().is_right(request, me, name, value, typed):
        raise WrongCodeError
    done = address.correct(me, policy, name, value, also={ASKED: None})
    codes().confirmed(request, me, name, value)
    return done
