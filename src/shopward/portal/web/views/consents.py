"""Your choices: what she agreed to, when, and one press to withdraw it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from shopward.portal.web.flows import consenting
from shopward.portal.web.house import Me
from shopward.portal.web.views.common import ask, go, has_gpc, hers, language, page


@hers
@require_safe
def show(request: HttpRequest, me: Me) -> HttpResponse:
    """Every kind of consent.

    A browser that says no by Global Privacy Control is taken at its word, also when it only looks.
    """
    gpc = has_gpc(request)
    asked = ask(lambda: consenting.standings(me, language(), gpc=gpc))
    return page(request, "consents", me=me, asked=asked, standings=asked.value, gpc=gpc)


@hers
@require_POST
def choose(request: HttpRequest, me: Me, consent: str) -> HttpResponse:
    """Agree, or withdraw."""
    offer = next((one for one in consenting.offers(language()) if one.consent == consent), None)
    if offer is None:
        raise Http404
    is_given, digest = request.POST.get("answer") == "yes", request.POST.get("text", "")
    try:
        is_told = consenting.choose(me, offer, digest, is_given=is_given, gpc=has_gpc(request))
    except consenting.ChangedTextError:
        messages.warning(request, gettext("The text has changed. Please read it again."))
    except consenting.RefusedByBrowserError:
        messages.warning(request, gettext("Your browser says no to this, so we leave it off."))
    else:
        _say(request, is_given=is_given, is_told=is_told)
    return go("consents")


def _say(request: HttpRequest, *, is_given: bool, is_told: bool) -> None:
    if not is_told:
        messages.info(request, gettext("It is noted, and holds in a moment."))
    elif is_given:
        messages.success(request, gettext("Thank you. You can withdraw it here at any time."))
    else:
        messages.success(request, gettext("It is withdrawn, and holds from now on."))
