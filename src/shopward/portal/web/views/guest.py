"""Guests without an account: the same pages, by a link to the mailbox of an order."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from shopward import clock
from shopward.errors import UnavailableError
from shopward.portal.web.flows import guests, links
from shopward.portal.web.house import house
from shopward.portal.web.views.common import GET_AND_POST, REFUSED, ask, go, is_open, page


class GuestForm(forms.Form):
    """The order's number, and where its mails go."""

    order = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$",
        label=_("Number of your order"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    email = forms.CharField(
        label=_("Mail address of the order"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


@is_open
@GET_AND_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Asks for a link; the answer is the same whatever was typed."""
    form = GuestForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return page(request, "guest", REFUSED if request.method == "POST" else 200, form=form)
    if not house().may_ask(request):
        return page(request, "guest", 429, form=form, is_busy=True)
    try:
        guests.send_link(form.cleaned_data["email"], f"order:{form.cleaned_data['order']}")
    except UnavailableError:
        return page(request, "guest", 503, form=form, is_away=True)
    return page(request, "guest_sent")


@is_open
@GET_AND_POST
def arrive(request: HttpRequest, token: str) -> HttpResponse:
    """The link: asking shows a button, and the button lets her in for half an hour, once."""
    try:
        link = links.read(guests.USE, token, clock.now())
    except links.DeadLinkError:
        return page(request, "link_gone", 410, is_spent=False)
    if links.is_spent(token):
        return page(request, "link_gone", 410, is_spent=True)
    if request.method != "POST":
        return page(request, "guest_link")
    asked = ask(lambda: guests.come_in(token, link))
    if not asked.value:
        return page(request, "guest_link", REFUSED, asked=asked, is_unknown=True)
    house().welcome(request, asked.value)
    return go("activity")
