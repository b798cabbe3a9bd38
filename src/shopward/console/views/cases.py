"""Cases: what customers reported, who looks into it, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from shopward import clock
from shopward.console import cases
from shopward.console.access import oversees, verbs_of
from shopward.console.frame import LOOKS
from shopward.console.models import Case
from shopward.identity.web.models import Account
from shopward.policy import Verb
from shopward.portal.web.flows import not_me

SHOWN = 100
View = Callable[..., HttpResponse]


class NoteForm(forms.Form):
    """What was found."""

    note = forms.CharField(
        label=gettext_lazy("What was found"),
        help_text=gettext_lazy("One line, without a name or an address."),
        max_length=200,
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One case, and until when the customer is locked."""

    case: Case
    tone: str
    state: str
    locked_until: datetime | None


def may_see(request: HttpRequest) -> bool:
    """Whether the person looks after the house, or may freeze."""
    return oversees(request) or Verb.FREEZE in verbs_of(request)


def _guarded(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, **values: int) -> HttpResponse:
        if not may_see(request):
            raise PermissionDenied
        return view(request, **values)

    return guarded


@require_safe
@_guarded
def listed(request: HttpRequest) -> HttpResponse:
    """Open ones, and the newest that were closed."""
    open_ = Case.objects.filter(closed=None).select_related("taken_by").order_by("pk")[:SHOWN]
    done = Case.objects.exclude(closed=None).select_related("taken_by").order_by("-closed")[:SHOWN]
    context = {"cases": _rows(open_), "closed": _rows(done)}
    return render(request, "console/cases.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@_guarded
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One case: take it, or close it with a note."""
    case, account = get_object_or_404(Case, pk=number), request.user
    is_closing = request.POST.get("do") == "close"
    form = NoteForm(request.POST if is_closing else None)
    if request.method == "POST" and isinstance(account, Account):
        if not _may_act(request):
            raise PermissionDenied
        if not is_closing:
            return _said(request, number, done=cases.take(number, account))
        if form.is_valid():
            note = form.cleaned_data["note"]
            return _said(request, number, done=cases.close(number, account, note))
    context = {
        "row": _rows([case])[0],
        "form": form,
        "may_act": _may_act(request),
        "may_look": bool(verbs_of(request) & LOOKS),
        "may_audit": Verb.AUDIT in verbs_of(request),
    }
    return render(request, "console/case.html", context, status=200 if not form.errors else 422)


def _said(request: HttpRequest, number: int, *, done: bool) -> HttpResponse:
    if done:
        messages.success(request, _("It is noted."))
    else:
        messages.warning(request, _("Somebody was faster; nothing was changed."))
    return redirect("case", number=number)


def _may_act(request: HttpRequest) -> bool:
    return Verb.FREEZE in verbs_of(request) or bool(getattr(request.user, "manages_people", False))


def _rows(listed: Iterable[Case]) -> list[Row]:
    shown = list(listed)
    locked = not_me.locked((one.subject for one in shown if one.closed is None), clock.now())
    return [_row(one, locked) for one in shown]


def _row(case: Case, locked: Mapping[str, datetime]) -> Row:
    tone, state = ("bad", _("open")) if case.taken is None else ("warn", _("taken"))
    if case.closed is not None:
        return Row(case, "good", _("closed"), None)
    return Row(case, tone, state, locked.get(case.subject))
