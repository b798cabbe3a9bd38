"""What the pages share: who asks, the menu, and sentences in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext

from shopward.portal.said import Said
from shopward.portal.web.house import Me, house

View = TypeVar("View", bound=Callable[..., HttpResponse])
REFUSED: Final = 403
AWAY: Final = 503


@dataclass(frozen=True, slots=True)
class Tab:
    """One line of the portal's menu."""

    title: str
    url: str
    is_current: bool


def is_open(view: View) -> View:
    """Marks a page that anybody may ask; without it the site asks for a sign-in."""
    view.is_open = True  # type: ignore[attr-defined]
    return view


def language() -> str:
    """The reader's language."""
    return get_language() or "en"


def say(said: Said) -> str:
    """A sentence in the reader's language."""
    return said.say(gettext)


def me(request: HttpRequest) -> Me | None:
    """Whose pages these are; None for a stranger."""
    return house().me(request)


def page(request: HttpRequest, name: str, status: int = 200, **values: object) -> HttpResponse:
    """A page of this room, with its menu."""
    who = me(request)
    more = {"me": who, "tabs": _tabs(request, who), **values}
    return render(request, f"portal/{name}.html", more, status=status)


def _tabs(request: HttpRequest, who: Me | None) -> list[Tab]:
    names = [("portal:guides", gettext("Guides")), ("portal:verify", gettext("Did you send this?"))]
    del who
    return [Tab(title, reverse(name), _is_here(request, reverse(name))) for name, title in names]


def _is_here(request: HttpRequest, url: str) -> bool:
    return request.path == url or (url != "/account/" and request.path.startswith(url))
