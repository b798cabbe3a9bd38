"""“This was not me”: from the page, from a mail, and what can be done afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from shopward import clock
from shopward.portal.web.flows import address, links, not_me
from shopward.portal.web.flows.not_me import USE
from shopward.portal.web.house import Me, house
from shopward.portal.web.views.common import (
    GET_AND_POST,
    ask,
    for_accounts,
    go,
    hers,
    is_open,
    language,
    page,
    say,
    to_prove,
)

NOBODY: Final = None
"""Whoever pressed the button is signed out by it."""
GONE: Final = 410
BUSY: Final = 503
SINCE = (("1", _("today")), ("3", _("in the last three days")), ("7", _("in the last week")))


class SinceForm(forms.Form):
    """Since when it was somebody else."""

    days = forms.ChoiceField(
        label=_("When did it begin?"), choices=SINCE, initial="1", widget=forms.RadioSelect
    )


@hers
@GET_AND_POST
def from_page(request: HttpRequest, me: Me) -> HttpResponse:
    """The red button."""
    form = SinceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        since = clock.now() - timedelta(days=int(form.cleaned_data["days"]))
        done = not_me.by_page(me, since, language())
        house().farewell(request)
        return _done(request, done)
    return page(request, "not_me", me=me, form=form if request.method == "POST" else SinceForm())


@is_open
@GET_AND_POST
def from_mail(request: HttpRequest, token: str) -> HttpResponse:
    """The link of a mail: asking shows a button, and the button does it, once."""
    try:
        link = links.read(USE, token, clock.now())
    except links.DeadLinkError:
        return page(request, "link_gone", GONE, is_spent=False)
    if links.is_spent(token):
        return page(request, "link_gone", GONE, is_spent=True)
    if request.method != "POST":
        return page(request, "not_me_link")
    done = not_me.by_link(token, link, language())
    if done is None:
        return page(request, "link_gone", GONE, is_spent=True)
    return _done(request, done)


@is_open
@GET_AND_POST
def undo(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the mail to the old address: puts back what was changed."""
    try:
        link = links.read(address.USE, token, clock.now())
    except links.DeadLinkError:
        return page(request, "link_gone", GONE, is_spent=False)
    if links.is_spent(token):
        return page(request, "link_gone", GONE, is_spent=True)
    if request.method != "POST":
        return page(request, "undo")
    asked = ask(lambda: address.undo(token, link))
    return page(request, "undone", 200 if asked.problem is None else BUSY, asked=asked)


@for_accounts
@require_POST
def unlock(request: HttpRequest, me: Me) -> HttpResponse:
    """It was her after all, or all is well again: open the data before the day is over."""
    if not house().is_fresh(request):
        return to_prove(reverse("portal:home"))
    asked = ask(lambda: not_me.unlock(me))
    if asked.problem is None:
        messages.success(request, gettext("Your data is open again."))
    else:
        messages.warning(request, gettext("That did not work. Try again in a moment."))
    return go("home")


def _done(request: HttpRequest, done: not_me.Done) -> HttpResponse:
    looks = [(one, say(one.said)) for one in done.looks]
    return page(request, "not_me_done", me=NOBODY, done=done, looks=looks)
