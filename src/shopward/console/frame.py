"""What every page's frame shows: the site, its menu, the shop's name."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from shopward.console.sites import site_of


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context of the page frame; nothing for a request that reached no site."""
    if not hasattr(request, "shopward_site"):
        return {}
    return {"site": site_of(request)}
