"""Your security: one line, one next step, the ways to sign in, the red button."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from shopward import clock
from shopward.portal import digest, phrase, security
from shopward.portal.guides import Nudge
from shopward.portal.web.flows import consenting, digests, erasing, not_me, nudging
from shopward.portal.web.flows import phrase as phrases
from shopward.portal.web.house import Me, Way, house
from shopward.portal.web.models import Dispute
from shopward.portal.web.views.common import (
    GET_AND_POST,
    REFUSED,
    ask,
    for_accounts,
    go,
    has_gpc,
    language,
    page,
    say,
)

EVERY = (
    (digest.Every.WEEK.value, _("every week")),
    (digest.Every.MONTH.value, _("every month")),
    (digest.Every.QUARTER.value, _("every three months")),
    (digest.Every.NEVER.value, _("never")),
)


class DigestForm(forms.Form):
    """How often the letter comes."""

    every = forms.ChoiceField(label=_("How often"), choices=EVERY)


class PhraseForm(forms.Form):
    """The customer's own phrase."""

    phrase = forms.CharField(
        label=_("Your phrase"),
        help_text=_("A few words that only you and we know. Not your password."),
        min_length=phrase.LEAST,
        max_length=phrase.MOST,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


@for_accounts
@require_safe
def home(request: HttpRequest, me: Me) -> HttpResponse:
    """Your security."""
    if has_gpc(request):
        consenting.honour(me, language())
    now, ways = clock.now(), house().ways(me)
    choice, dispute = digests.choice_of(me.subject), not_me.standing(me.subject, now)
    verdict = security.judge(
        [one.kind for one in ways],
        is_frozen=dispute is not None,
        is_review_due=digest.is_review_due(choice.reviewed, now),
    )
    return page(
        request,
        "home",
        me=me,
        verdict=verdict,
        line=say(verdict.line),
        ways=ways,
        dispute=dispute,
        waits=erasing.waiting(me.subject),
        digest=DigestForm(initial={"every": choice.digest}),
        guide=nudging.offered(me.subject, _moments(me, ways, dispute), now),
    )


@for_accounts
@require_POST
def choose_digest(request: HttpRequest, me: Me) -> HttpResponse:
    """How often the letter comes."""
    form = DigestForm(request.POST)
    if form.is_valid():
        digests.choose(me.subject, digest.Every(form.cleaned_data["every"]))
    return go("home")


@for_accounts
@require_POST
def wave(request: HttpRequest, me: Me, nudge: str) -> HttpResponse:
    """Not now, thanks."""
    del request
    if nudge in set(Nudge):
        nudging.wave(me.subject, Nudge(nudge), clock.now())
    return go("home")


@for_accounts
@GET_AND_POST
def choose_phrase(request: HttpRequest, me: Me) -> HttpResponse:
    """Another phrase. What it was is shown to nobody: it stands in every mail."""
    form = PhraseForm(request.POST or None, initial={"phrase": phrase.proposed()})
    asked, done = None, False
    if request.method == "POST" and form.is_valid():
        try:
            asked = ask(lambda: phrases.choose(me, form.cleaned_data["phrase"]))
            done = asked.problem is None
        except phrases.NoPhraseError:
            form.add_error("phrase", _("Take a few words, on one line."))
    status = 200 if done or request.method != "POST" else REFUSED
    return page(request, "phrase", status, me=me, form=form, asked=asked, done=done)


def _moments(me: Me, ways: list[Way], dispute: Dispute | None) -> set[Nudge]:
    found = {
        Nudge.FROZEN: dispute is not None,
        Nudge.NEW_DEVICE: me.is_new_device,
        Nudge.NO_PASSKEY: all(one.kind != "passkey" for one in ways),
    }
    return {nudge for nudge, holds in found.items() if holds}
