"""Pages for everybody: guides, and "Did you send this?"."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from shopward.portal import suspicious_mail
from shopward.portal.guides import BY_SLUG, GUIDES
from shopward.portal.sent_by_us import Answer
from shopward.portal.web.flows import check
from shopward.portal.web.house import house
from shopward.portal.web.views.common import GET_AND_POST, is_open, page, say


class VerifyForm(forms.Form):
    """What somebody got, pasted."""

    pasted = forms.CharField(
        label=_("What did you get?"),
        help_text=_("A code, a link, a sender, a phone number, or the whole mail."),
        max_length=suspicious_mail.MOST_CHARS,
        strip=True,
        widget=forms.Textarea(
            attrs={"rows": 5, "spellcheck": "false", "autocomplete": "off", "autocapitalize": "off"}
        ),
    )


@is_open
@require_safe
def guides(request: HttpRequest) -> HttpResponse:
    """Every guide."""
    return page(request, "guides", guides=GUIDES)


@is_open
@require_safe
def guide(request: HttpRequest, slug: str) -> HttpResponse:
    """One guide."""
    found = BY_SLUG.get(slug)
    if found is None:
        raise Http404
    return page(request, "guide", guide=found, others=[one for one in GUIDES if one != found])


@is_open
@GET_AND_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Did you send this? A code in the address is filled in, and asked for by the button alone."""
    if request.method != "POST":
        start = {"pasted": request.GET.get("code", "")[:40]}
        return page(request, "verify", form=VerifyForm(initial=start))
    form = VerifyForm(request.POST)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        context |= _told(check.check(form.cleaned_data["pasted"], house().names()))
    return page(request, "verify", **context)


def _told(answer: Answer) -> dict[str, Any]:
    return {"answer": answer, "reasons": [say(one) for one in answer.reasons]}
