"""What the room asks of the policy file: the shop's name, and the roles that people can have."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest

from shopward.errors import PolicyError
from shopward.identity.web.keys import house
from shopward.policy import Policy, parse

FALLBACK = "Shopward"


class Site(Protocol):
    """What the room needs to know of a site."""

    @property
    def host(self) -> str:
        """Its name."""

    @property
    def origin(self) -> str:
        """As browsers write it: `https://console.shopward.localhost:8444`."""

    @property
    def realm(self) -> str:
        """Whose accounts may sign in there: `staff` or `customer`."""

    @property
    def urlconf(self) -> str:
        """The module with its map of URLs."""


def site(realm: str) -> Site:
    """The site of a realm."""
    known: dict[str, Site] = settings.SITES  # type: ignore[misc]  # ours, not Django's
    return next(one for one in known.values() if one.realm == realm)


def site_of(request: HttpRequest) -> Site:
    """The site that a request came to."""
    found: Site = request.shopward_site  # type: ignore[attr-defined]
    return found


def name() -> str:
    """The shop's name; the product's where the policy cannot be read."""
    found = policy()
    return found.shop.name if found else FALLBACK


def roles(language: str) -> list[tuple[str, str]]:
    """Name and title of every role, in the order of the policy."""
    found = policy()
    return [(one.name, one.title.say(language)) for one in found.roles.values()] if found else []


def policy() -> Policy | None:
    """The policy of the file; None where it cannot be read."""
    path = house().policy
    try:
        stat = path.stat()
        return _read(path, stat.st_mtime_ns, stat.st_size)
    except (OSError, PolicyError):
        return None


@lru_cache(maxsize=1)
def _read(path: Path, changed: int, size: int) -> Policy:
    del changed, size
    return parse(path.read_bytes())
