"""What the portal asks of the house (`portal.web.house.House`), answered.

A flow of several rooms lives here, since rooms do not know each other: accounts and sessions are of
`identity`, mails and events of the console, and the portal brings its rules and pages.
"""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest

from shopward.console import vouch
from shopward.console.sites import known_sites
from shopward.identity.web import shop
from shopward.policy import Policy
from shopward.portal.sent_by_us import Names
from shopward.portal.web.house import Me


class PortalHouse:
    """The console's answers."""

    def me(self, request: HttpRequest) -> Me | None:
        """Who is signed in at the public site."""
        del request
        return None

    def policy(self) -> Policy | None:
        """The policy of the file; None where it cannot be read."""
        return shop.policy()

    def origin(self) -> str:
        """The public site, as browsers write it."""
        return known_sites()["public"].origin

    def names(self) -> Names:
        """By which names the shop is known."""
        site, house = known_sites()["public"], vouch.house()
        sender = house.mail.sender.rpartition("@")[2].rstrip(">").casefold()
        phones = house.portal.phones.replace(" ", "").split(",")
        known = frozenset(filter(None, phones))
        return Names(shop.name(), site.host, site.port, sender, known, house.region)


portal_house: Final = PortalHouse()
