"""Your data: what is held, why, until when, who saw it; correct it; take it with you."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from shopward import clock
from shopward.policy import Policy
from shopward.portal import export
from shopward.portal.web.flows import address, holding
from shopward.portal.web.flows import change as changing
from shopward.portal.web.house import Me, house
from shopward.portal.web.views import change
from shopward.portal.web.views.common import (
    GET_AND_POST,
    REFUSED,
    ask,
    for_accounts,
    go,
    hers,
    language,
    page,
    say,
    to_prove,
)


class CorrectForm(forms.Form):
    """One value, as it should be; left empty it is taken out."""

    value = forms.CharField(label=_("As it should be"), required=False, max_length=5000)


@hers
@require_safe
def show(request: HttpRequest, me: Me) -> HttpResponse:
    """What is held of her."""
    policy = _policy()
    asked = ask(lambda: holding.of(me, policy, language()))
    return page(request, "data", me=me, asked=asked, held=asked.value, can_correct=not me.is_guest)


@for_accounts
@GET_AND_POST
def correct(request: HttpRequest, me: Me, name: str) -> HttpResponse:
    """Correct one value; where she is reached asks who she is first, and is confirmed by a code."""
    policy = _policy()
    if name not in holding.own(policy, me):
        raise Http404
    by_code = changing.needs_code(me, policy, name)
    if (by_code or name == address.MAIL) and not house().is_fresh(request):
        return to_prove(request.path)
    if by_code:
        return change.begin(request, me, policy, name)
    form, title = CorrectForm(request.POST or None), policy.fields[name].title.say(language())
    asked = None
    if request.method == "POST" and form.is_valid():
        value = form.cleaned_data["value"].strip() or None
        asked = ask(lambda: address.correct(me, policy, name, value))
        if asked.value is not None:
            messages.success(request, gettext("It is corrected."))
            if asked.value.is_guarded:
                messages.info(request, gettext("We wrote to your old address, to be safe."))
            return go("data")
    status = REFUSED if asked else 200
    return page(request, "correct", status, me=me, form=form, title=title, asked=asked)


@hers
@require_safe
def download(request: HttpRequest, me: Me, kind: str) -> HttpResponse:
    """All of it as a file: `json` for programs, `html` for people."""
    policy = _policy()
    asked = ask(lambda: holding.everything(me, policy, language()))
    if asked.value is None:
        return page(request, "away", 503, me=me, asked=asked)
    taken = export.Export(house().names().shop, clock.now(), *asked.value)
    if kind == "json":
        body, media = export.as_json(taken), "application/json"
    else:
        lines = [(one, say(one.said)) for one in taken.lines]
        values = {"taken": taken, "lines": lines}
        body, media = render_to_string("portal/export.html", values), "text/html; charset=utf-8"
    headers = {"Content-Disposition": f'attachment; filename="my-data.{kind}"'}
    return HttpResponse(body, content_type=media, headers=headers)


def _policy() -> Policy:
    policy = house().policy()
    if policy is None:
        raise Http404
    return policy
