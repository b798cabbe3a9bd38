"""What every page's frame shows: the site, the shop's name, and the menu of who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from shopward.console.access import oversees, verbs_of
from shopward.console.sites import site_of
from shopward.identity.web import session, shop
from shopward.policy import Verb

LOOKS: Final = frozenset({Verb.REVEAL, Verb.SEARCH})


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the menu."""

    title: Any
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under one title."""

    title: Any
    items: list[Item]


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context of the page frame; nothing for a request that reached no site."""
    if not hasattr(request, "shopward_site"):
        return {}
    site = site_of(request)
    has_menu = site.is_staff and request.user.is_authenticated and session.is_complete(request)
    return {
        "site": site,
        "shop_name": shop.name(),
        "menu": _menu(request) if has_menu else [],
    }


def _menu(request: HttpRequest) -> list[Group]:
    verbs, is_overseer = verbs_of(request), oversees(request)
    groups = [
        (
            "",
            [
                ("home", _("Overview"), True),
                ("customers", _("Customers"), bool(verbs & LOOKS)),
                ("cases", _("Cases"), is_overseer or Verb.FREEZE in verbs),
            ],
        ),
        (
            _("Evidence"),
            [
                ("ledger", _("Ledger"), Verb.AUDIT in verbs),
                ("policy", _("Policy"), True),
                ("found", _("What was found"), is_overseer),
                ("callers", _("Callers"), Verb.AUDIT in verbs),
            ],
        ),
        (
            _("House"),
            [
                ("identity:people", _("People"), _manages(request)),
                ("vault", _("Keys and backups"), Verb.AUDIT in verbs),
                ("work", _("Tasks and mails"), is_overseer),
                ("health", _("Health"), is_overseer),
                ("settings", _("Settings"), is_overseer),
            ],
        ),
    ]
    shown = (
        (title, [_item(request, *one[:2]) for one in items if one[2]]) for title, items in groups
    )
    return [Group(title, items) for title, items in shown if items]


def _item(request: HttpRequest, name: str, title: Any) -> Item:  # noqa: ANN401 - a lazy text
    url = reverse(name, urlconf=site_of(request).urlconf)
    is_current = request.path == url or (url != "/" and request.path.startswith(url))
    return Item(title, url, is_current)


def _manages(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "manages_people", False))
