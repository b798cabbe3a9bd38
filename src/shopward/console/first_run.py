"""The first administrator comes in by a link of one use, printed where the program was started."""

from __future__ import annotations

from django.urls import reverse

from shopward.console.sites import known_sites
from shopward.identity.web.flows import people


def link() -> str | None:
    """The address to open; None once somebody manages people. Secret."""
    return None if people.has_administrator() else new_link()


def new_link() -> str:
    """An address that makes an administrator whoever is there; ends earlier ones. Secret."""
    site = known_sites()["staff"]
    path = reverse("identity:arrive", urlconf=site.urlconf, args=[people.first_link()])
    return f"{site.origin}{path}"
