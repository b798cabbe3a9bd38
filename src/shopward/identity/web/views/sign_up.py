"""A customer's way in, and back in with something forgotten or lost: address, code, credential."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from shopward.identity.web import client, mailed
from shopward.identity.web.addresses import NoAddressError
from shopward.identity.web.flows import factors, reset, sign_up
from shopward.identity.web.flows import lost as flow
from shopward.identity.web.flows.join import PasswordRefusedError
from shopward.identity.web.flows.sign_in import RefusedError
from shopward.identity.web.forms import AddressForm, MailedCodeForm, NewPasswordForm
from shopward.identity.web.middleware import for_binding, is_open
from shopward.identity.web.views.common import (
    REFUSED,
    WANTED,
    go,
    keep_wanted,
    landing,
    me,
    page,
    steady,
    wanted,
)

GET_AND_POST = require_http_methods(["GET", "HEAD", "POST"])


@is_open
@GET_AND_POST
@steady
def begin(request: HttpRequest) -> HttpResponse:
    """An address, to which a code goes."""
    keep_wanted(request, wanted(request))
    return _address(request, "sign_up", sign_up.begin, "sign-up-code")


@is_open
@GET_AND_POST
@steady
def code(request: HttpRequest) -> HttpResponse:
    """The code of the mail; then she is in, to set up a passkey."""

    def taken(typed: str) -> HttpResponse:
        place = request.session.get(WANTED, "")
        done = sign_up.confirm(request, typed)
        keep_wanted(request, place)
        answer = go("add-passkey")
        client.set_cookie(answer, done.device)
        return answer

    return _code(request, "sign_up_code", sign_up.USE, taken, "sign-up")


@for_binding
@GET_AND_POST
@sensitive_post_parameters("password")
def first_password(request: HttpRequest) -> HttpResponse:
    """A password instead of a passkey, for somebody who has just signed up."""
    account = me(request)
    if not factors.may_set_first_password(request, account):
        return HttpResponseRedirect(landing(request))
    return _password(
        request, lambda typed: factors.change_password(request, account, typed), landing(request)
    )


@is_open
@GET_AND_POST
@steady
def forgotten(request: HttpRequest) -> HttpResponse:
    """An address whose owner forgot the password."""
    return _address(request, "forgotten", reset.begin, "reset-code")


@is_open
@GET_AND_POST
@steady
def reset_code(request: HttpRequest) -> HttpResponse:
    """The code of the mail; then a new password may be set."""

    def taken(typed: str) -> HttpResponse:
        reset.confirm(request, typed)
        return go("reset-password")

    return _code(request, "reset_code", reset.USE, taken, "forgotten")


@is_open
@GET_AND_POST
@sensitive_post_parameters("password")
def reset_password(request: HttpRequest) -> HttpResponse:
    """The new password; afterwards she signs in with it, and with what else she has."""
    try:
        reset.allowed(request)
        done = "identity:sign-in"
        return _password(request, lambda typed: reset.finish(request, typed), done)
    except reset.StaleError:
        return go("forgotten")


@is_open
@GET_AND_POST
@steady
def lost(request: HttpRequest) -> HttpResponse:
    """An address whose owner lost every way to sign in."""
    return _address(request, "lost", flow.begin, "lost-code")


@is_open
@GET_AND_POST
@steady
def lost_code(request: HttpRequest) -> HttpResponse:
    """The code of the mail; then she waits, or is in after the wait."""

    def taken(typed: str) -> HttpResponse:
        done = flow.confirm(request, typed)
        if isinstance(done, flow.Waiting):
            return page(request, "lost_waiting", until=done.until)
        answer = go("add-passkey")
        client.set_cookie(answer, done.device)
        return answer

    return _code(request, "lost_code", flow.USE, taken, "lost")


def _address(
    request: HttpRequest, name: str, send: Callable[[HttpRequest, str], None], after: str
) -> HttpResponse:
    if request.user.is_authenticated:
        return HttpResponseRedirect(wanted(request) or landing(request))
    form, what = AddressForm(request.POST or None), ""
    if request.method == "POST":
        what = "address"
        try:
            if form.is_valid():
                send(request, form.cleaned_data["email"])
                return go(after)
        except NoAddressError:
            pass
        except RefusedError:
            what = "busy"
    return page(request, name, REFUSED if what else 200, form=form, what=what)


def _code(
    request: HttpRequest, name: str, use: str, taken: Callable[[str], HttpResponse], start: str
) -> HttpResponse:
    form, refused = MailedCodeForm(request.POST or None), False
    try:
        if request.method == "POST":
            refused = True
            if form.is_valid():
                return taken(form.cleaned_data["code"])
        mailed.waited_for(request, use)
    except mailed.NoneError:
        return go(start)
    except mailed.WrongError:
        pass
    form = MailedCodeForm()
    return page(request, name, REFUSED if refused else 200, form=form, refused=refused)


def _password(request: HttpRequest, put: Callable[[str], None], done: str) -> HttpResponse:
    form, sentence = NewPasswordForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            put(form.cleaned_data["password"])
            return HttpResponseRedirect(done) if done.startswith("/") else go("sign-in")
        except PasswordRefusedError as error:
            sentence = error.refusal.sentence
    status = REFUSED if request.method == "POST" else 200
    return page(request, "new_password", status, form=NewPasswordForm(), sentence=sentence)
