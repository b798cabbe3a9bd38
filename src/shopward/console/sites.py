"""The two sites: what they are called, where they listen, which URLs and cookie each has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.http import HttpRequest

from shopward.settings import ConsoleSettings

SCOPE_KEY: Final = "shopward.site"
HTTPS: Final = 443


@dataclass(frozen=True, slots=True)
class Site:
    """One site.

    Args:
        name: `public` or `staff`.
        host: The name that browsers ask for, in lower case.
        port: The port that browsers use.
        urlconf: The module with its map of URLs.
        cookie: The name of its session cookie.
        realm: Whose accounts may sign in here.
    """

    name: str
    host: str
    port: int
    urlconf: str
    cookie: str
    realm: str

    @property
    def origin(self) -> str:
        """As browsers write it: `https://shopward.localhost:8443`."""
        return f"https://{self.host}" + (f":{self.port}" if self.port != HTTPS else "")

    @property
    def is_staff(self) -> bool:
        """Whether it is the staff's."""
        return self.name == "staff"


def sites_of(console: ConsoleSettings) -> dict[str, Site]:
    """Both sites by name."""
    return {
        "public": Site(
            "public",
            console.public_host,
            _port(console, "public"),
            "shopward.console.urls_public",
            "__Host-shopward",
            "customer",
        ),
        "staff": Site(
            "staff",
            console.staff_host,
            _port(console, "staff"),
            "shopward.console.urls_staff",
            "__Host-shopward-staff",
            "staff",
        ),
    }


def site_of(request: HttpRequest) -> Site:
    """The site a request came to; set by `SiteMiddleware`."""
    site: Site = request.shopward_site  # type: ignore[attr-defined]
    return site


def known_sites() -> dict[str, Site]:
    """Both sites by name, as Django was set up."""
    sites: dict[str, Site] = settings.SITES  # type: ignore[misc]  # ours, not Django's
    return sites


def _port(console: ConsoleSettings, name: str) -> int:
    address = console.address("staff" if name == "staff" else "public")
    return address[1] if address else HTTPS
