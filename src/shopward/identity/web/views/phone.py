"""Codes by SMS, on my own account: what they are worth, the number's confirmation, and the end."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_http_methods

from shopward.identity.web import codes, mailed, passwords, texted
from shopward.identity.web.flows import phone
from shopward.identity.web.forms import TextedCodeForm
from shopward.identity.web.middleware import is_open
from shopward.identity.web.models import Account
from shopward.identity.web.views.common import REFUSED, fresh, go, me, page

GET_AND_POST = require_http_methods(["GET", "HEAD", "POST"])


@GET_AND_POST
@fresh
def step(request: HttpRequest) -> HttpResponse:
    """Codes by SMS after the password, or not any more."""
    account = _mine(request)
    if request.method == "POST":
        if account.sms_number:
            phone.remove(request, account)
            return go("factors")
        phone.begin(request, account)
        return go("sms-code")
    is_on = bool(account.sms_number)
    number = None if is_on else phone.own(request, account)
    return page(request, "sms_step", is_on=is_on, number=number)


@GET_AND_POST
@fresh
def code(request: HttpRequest) -> HttpResponse:
    """The code that shows that the number is mine."""
    account, refused = _mine(request), False
    try:
        if request.method == "POST":
            refused = True
            form = TextedCodeForm(request.POST)
            if form.is_valid():
                phone.confirm(request, account, form.cleaned_data["code"])
                return go("factors" if codes.recovery_left(account) else "recovery-codes")
        mailed.waited_for(request, phone.USE)
    except mailed.NoneError:
        if texted.state(request) is None:
            return go("sms-step")
    except mailed.WrongError:
        pass
    status = REFUSED if refused else 200
    form, sent = TextedCodeForm(), texted.told(request)
    return page(request, "sms_code", status, form=form, refused=refused, sent=sent)


@is_open
@require_GET
def sent(request: HttpRequest) -> HttpResponse:
    """What became of the message that this browser waits for."""
    found = texted.state(request)
    if found is None:
        raise Http404
    return JsonResponse({"say": texted.told(request), "waits": found.is_open})


def _mine(request: HttpRequest) -> Account:
    """Whose page it is: a customer's with a password, where the shop offers it."""
    account = me(request)
    if not texted.is_offered() or not passwords.has_password(account):
        raise Http404
    return account
