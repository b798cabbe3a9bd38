"""A shop reads a customer's fields: vouched for as this customer's own sign-in at that shop.

The assertion is bound to the one customer, and says how surely and when she signed in as the shop's
token was given: the vault judges by that, not by the page.
"""

from __future__ import annotations

from shopward import clock
from shopward.console import asserting, vouch
from shopward.console.asking import AWAY
from shopward.identity.oidc.reading import Look, Seen
from shopward_client import ShopwardError


def read(look: Look) -> Seen:
    """What the vault says to a shop's look."""
    try:
        with asserting.client(
            vouch.house(),
            actor=f"oidc:{look.shop}",
            realm="customer",
            role=look.role,
            subject=look.subject,
            acr=look.level,
            auth_time=clock.to_ms(look.auth_time),
            session=look.session,
        ) as client:
            shown = client.reveal(look.subject, list(look.fields), purpose=look.purpose)
            return Seen(shown.fields, shown.receipt.index)
    except AWAY:
        return Seen(refused="away")
    except ShopwardError as problem:
        entry = problem.receipt.index if problem.receipt else None
        return Seen(refused=problem.reason or problem.code, entry=entry)
