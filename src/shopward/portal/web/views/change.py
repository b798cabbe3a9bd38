"""A new address or number: typed, confirmed by a code that was sent there, then written."""

from __future__ import annotations

from typing import Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shopward.policy import Policy
from shopward.portal.web.flows import address, change, holding
from shopward.portal.web.flows.address import Corrected
from shopward.portal.web.flows.change import NotThereError, WrongCodeError
from shopward.portal.web.house import Me, codes, house
from shopward.portal.web.views.common import (
    GET_AND_POST,
    REFUSED,
    Asked,
    ask,
    for_accounts,
    go,
    language,
    page,
    to_prove,
)

CODE: Final = {"inputmode": "numeric", "autocomplete": "one-time-code", "spellcheck": "false"}


class NewForm(forms.Form):
    """Where she wants to be reached."""

    value = forms.CharField(label=_("As it should be"), max_length=254)


class NewMailForm(forms.Form):
    """As `NewForm`, for a mail address."""

    value = forms.EmailField(label=_("As it should be"), max_length=254)


class CodeForm(forms.Form):
    """The eight digits that were sent there."""

    code = forms.CharField(
        label=_("Code"), max_length=20, widget=forms.TextInput(attrs={**CODE, "autofocus": True})
    )


def begin(request: HttpRequest, me: Me, policy: Policy, name: str) -> HttpResponse:
    """The new one is typed; a code goes there."""
    kind = NewMailForm if name == address.MAIL else NewForm
    form, asked, unfit = kind(request.POST or None), None, False
    if request.method == "POST" and form.is_valid():
        value = form.cleaned_data["value"].strip()
        try:
            asked = ask(lambda: change.begin(request, me, name, value))
        except NotThereError:
            unfit = True
        if asked and asked.problem is None:
            return go("change", name)
    status = 200 if request.method != "POST" else REFUSED
    said = {"form": form, "title": policy.fields[name].title.say(language())}
    return page(request, "change", status, me=me, asked=asked, unfit=unfit, **said)


@for_accounts
@GET_AND_POST
def confirm(request: HttpRequest, me: Me, name: str) -> HttpResponse:
    """The code that was sent there is typed; then it counts."""
    policy = house().policy()
    if policy is None or name not in holding.own(policy, me):
        raise Http404
    if not change.needs_code(me, policy, name):
        return go("correct", name)
    if not house().is_fresh(request):
        return to_prove(request.path)
    form, asked, wrong = CodeForm(request.POST or None), None, False
    if request.method == "POST":
        wrong = True
        if form.is_valid():
            try:
                asked = _confirm(request, me, policy, name, form.cleaned_data["code"])
                wrong = False
            except WrongCodeError:
                pass
        if asked and asked.value is not None:
            messages.success(request, gettext("It is confirmed, and counts from now on."))
            if asked.value.is_guarded:
                messages.info(request, gettext("We wrote to your old address, to be safe."))
            return go("data")
    status = REFUSED if wrong or asked else 200
    said = {
        "wanted": name,
        "title": policy.fields[name].title.say(language()),
        "sent": codes().told(request, name),
    }
    form = CodeForm()
    return page(
        request,
        "change_code",
        status,
        me=me,
        form=form,
        asked=asked,
        wrong=wrong,
        **said,
    )


def _confirm(
    request: HttpRequest, me: Me, policy: Policy, name: str, typed: str
) -> Asked[Corrected]:
    return ask(lambda: change.confirm(request, me, policy, name, typed))
