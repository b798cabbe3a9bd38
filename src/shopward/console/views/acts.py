"""What people do to the house from its pages: stop a caller for a while, begin long work, end it.

Each act is a page that asks, and an answer that is sent once. The data plane decides and enters it;
what it does not take from a person (callers, other keys, files) is not offered here: the pages
show the command instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from shopward import clock
from shopward.console.access import verbs_of
from shopward.console.asking import ask
from shopward.identity.web.views.common import fresh
from shopward.policy import Verb
from shopward_client import Client

GET_AND_POST = require_http_methods(["GET", "HEAD", "POST"])
HOURS: Final = (1, 24)
REASON: Final = "stopped-by-hand"


@dataclass(frozen=True, slots=True)
class Work:
    """Long work that can be begun here; `title` asks, `text` says what it does."""

    name: str
    argument: str
    title: Any
    text: Any
    button: Any


WORKS: Final = {
    "backup": Work(
        "backup",
        "",
        gettext_lazy("Make a backup now?"),
        gettext_lazy(
            "Into the folder of the settings, while requests go on. The oldest one leaves."
        ),
        gettext_lazy("Make a backup"),
    ),
    "drill": Work(
        "restore-drill",
        "",
        gettext_lazy("Restore the newest backup on trial?"),
        gettext_lazy(
            "It is restored elsewhere, verified and thrown away. It needs room for a second vault."
        ),
        gettext_lazy("Begin the drill"),
    ),
    "epoch": Work(
        "rewrap",
        "turn",
        gettext_lazy("Begin the next epoch now?"),
        gettext_lazy(
            "All customers' keys move under a new key. The old one is destroyed when the backup "
            "window is over."
        ),
        gettext_lazy("Begin the epoch"),
    ),
}


def _needs(verb: Verb) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A page for roles with this verb, who have just shown a factor."""

    def guard(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        proven = fresh(view)

        def guarded(request: HttpRequest, **values: Any) -> HttpResponse:  # noqa: ANN401
            if verb not in verbs_of(request):
                raise PermissionDenied
            return proven(request, **values)

        return GET_AND_POST(guarded)

    return guard


@_needs(Verb.OPERATE)
def start(request: HttpRequest, work: str) -> HttpResponse:
    """Begins a backup, a drill or an epoch, after a question."""
    known = WORKS.get(work)
    if known is None:
        raise Http404
    if request.method == "POST":
        done = _("It is begun; this page shows how far it is.")
        if _act(request, lambda client: client.start_job(known.name, known.argument), done):
            return redirect("vault")
    page = {"title": known.title, "text": known.text, "button": known.button, "back": "vault"}
    return render(request, "console/confirm.html", page)


@_needs(Verb.OPERATE)
def end(request: HttpRequest, job: str) -> HttpResponse:
    """Ends long work where it stands, after a question."""
    if request.method == "POST" and _act(
        request, lambda client: client.cancel_job(job), _("It is ended.")
    ):
        return redirect("vault")
    page = {
        "title": _("End this work?"),
        "text": _("What it did stays done; it can be begun again."),
        "subject": job,
        "button": _("End it"),
        "back": "vault",
    }
    return render(request, "console/confirm.html", page)


@_needs(Verb.FREEZE)
def freeze(request: HttpRequest, caller: str) -> HttpResponse:
    """Stops a caller for an hour or a day, after a question."""
    said = request.POST.get("hours", "")
    if request.method == "POST" and said in map(str, HOURS):
        until = clock.now() + timedelta(hours=int(said))
        stops = ("reveal", "search", "update", "store", "erase", "facts", "export")

        def stop(client: Client) -> object:
            return client.freeze(caller=caller, until=until, reason=REASON, stops=stops)

        if _act(request, stop, _("The caller is stopped.")):
            return redirect("callers")
    page = {
        "title": _("Stop this caller?"),
        "text": _(
            "It gets nothing more from the vault until then; looks under way are refused too. If "
            "somebody else knows its credential, have it revoked on the machine."
        ),
        "subject": caller,
        "hours": HOURS,
        "button": _("Stop it"),
        "back": "callers",
    }
    return render(request, "console/confirm.html", page)


@_needs(Verb.FREEZE)
def thaw(request: HttpRequest, caller: str) -> HttpResponse:
    """Lets a stopped caller go on, after a question."""
    if request.method == "POST" and _act(
        request, lambda client: client.thaw(caller), _("The caller goes on.")
    ):
        return redirect("callers")
    page = {
        "title": _("Let this caller go on?"),
        "text": _("It may do again what its role may."),
        "subject": caller,
        "button": _("Let it go on"),
        "back": "callers",
    }
    return render(request, "console/confirm.html", page)


def _act(request: HttpRequest, act: Callable[[Client], object], done: str) -> bool:
    """Does it; whether it was done. What came of it is a message on the next page."""
    asked = ask(request, act)
    if asked.is_away:
        messages.error(request, _("The vault does not answer; nothing was changed. Try again."))
    elif asked.problem is not None:
        messages.error(request, f"{asked.problem.detail} {asked.problem.hint}")
    else:
        messages.success(request, done)
    return not asked.is_away and asked.problem is None
