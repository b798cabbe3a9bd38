"""The first administrator comes in by a link of one use, printed where the program was started."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse

from shopward.console import vouch
from shopward.console.sites import known_sites
from shopward.identity import one_time
from shopward.identity.web import shop
from shopward.identity.web.flows import people
from shopward.identity.web.models import OneTimeLink


def link() -> str | None:
    """The address to open; None once somebody manages people. Secret."""
    return None if people.has_administrator() else new_link()


def new_link() -> str:
    """An address that makes an administrator whoever is there; ends earlier ones. Secret."""
    site, policy, role = known_sites()["staff"], shop.policy(), vouch.house().console.first_role
    with transaction.atomic():
        token = people.first_link()
        if policy is not None and role in policy.roles:
            OneTimeLink.objects.filter(pk=one_time.digest(token)).update(role=role)
    path = reverse("identity:arrive", urlconf=site.urlconf, args=[token])
    return f"{site.origin}{path}"
