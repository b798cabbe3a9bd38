"""What the pages share: who asks, the menu, and sentences in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, Generic, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods

from shopward.portal.said import Said
from shopward.portal.web.house import Me, house
from shopward_client import ShopwardError

REFUSED: Final = 403
T = TypeVar("T")
View = Callable[..., HttpResponse]
GET_AND_POST: Final = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True)
class Tab:
    """One line of the portal's menu."""

    title: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """What came of a question to the vault: a value, or a refusal, or that it is away."""

    value: T | None = None
    problem: ShopwardError | None = None

    @property
    def is_locked(self) -> bool:
        """Whether the customer's own freeze is what refuses it."""
        return self.problem is not None and self.problem.reason == "subject-frozen"

    @property
    def is_away(self) -> bool:
        """Whether the vault cannot say now."""
        return self.problem is not None and self.problem.status not in range(400, 500)


def is_open(view: View) -> View:
    """Marks a page that anybody may ask for; every other one asks for a sign-in first."""
    view.is_open = True  # type: ignore[attr-defined]
    return view


def hers(view: View) -> View:
    """A page of one customer: of whoever signed in, or of a guest by the link of an order."""

    @wraps(view)
    def asked(request: HttpRequest, *given: Any, **more: Any) -> HttpResponse:  # noqa: ANN401 - whatever the view takes
        who = house().me(request)
        if who is None:
            return HttpResponseRedirect(house().way_in(request))
        return view(request, who, *given, **more)

    return is_open(asked)


def for_accounts(view: View) -> View:
    """A page of whoever has an account: a guest is sent to the sign-in."""

    @wraps(view)
    def asked(request: HttpRequest, me: Me, *given: Any, **more: Any) -> HttpResponse:  # noqa: ANN401 - whatever the view takes
        if me.is_guest:
            return HttpResponseRedirect(house().way_in(request))
        return view(request, me, *given, **more)

    return hers(asked)


def ask(question: Callable[[], T]) -> Asked[T]:
    """Asks the vault; no failure of it breaks a page."""
    try:
        return Asked(question())
    except ShopwardError as problem:
        return Asked(problem=problem)


def language() -> str:
    """The reader's language."""
    return get_language() or "en"


def say(said: Said) -> str:
    """A sentence in the reader's language."""
    return said.say(gettext)


def page(request: HttpRequest, name: str, status: int = 200, **values: Any) -> HttpResponse:  # noqa: ANN401 - a template's values
    """A page of this room, with its menu."""
    who = values.pop("me") if "me" in values else house().me(request)
    more = {"me": who, "tabs": _tabs(request, who), **values}
    return render(request, f"portal/{name}.html", more, status=status)


def has_gpc(request: HttpRequest) -> bool:
    """Whether the browser asks that nothing be sold, shared or advertised with.

    Source: Global Privacy Control, W3C, §3.2.
    """
    return request.headers.get("Sec-GPC") == "1"


def go(name: str, *values: str) -> HttpResponseRedirect:
    """To another page of this room, by GET."""
    return HttpResponseRedirect(reverse(f"portal:{name}", args=values))


def to_prove(wanted: str) -> HttpResponseRedirect:
    """To where she confirms who she is, and back to a page."""
    return HttpResponseRedirect(reverse("identity:prove") + "?" + urlencode({"next": wanted}))


def _tabs(request: HttpRequest, who: Me | None) -> list[Tab]:
    mine = [
        ("portal:home", gettext("Your security")),
        ("portal:activity", gettext("Your activity")),
        ("portal:data", gettext("Your data")),
        ("portal:consents", gettext("Your choices")),
        ("identity:devices", gettext("Devices")),
    ]
    mine = [one for one in mine if one[0].startswith("portal") or not (who and who.is_guest)]
    names = [("portal:guides", gettext("Guides")), ("portal:verify", gettext("Did you send this?"))]
    shown = [*(mine if who else ()), *names]
    return [Tab(title, reverse(name), _is_here(request, reverse(name))) for name, title in shown]


def _is_here(request: HttpRequest, url: str) -> bool:
    return request.path == url or (url != "/account/" and request.path.startswith(url))
