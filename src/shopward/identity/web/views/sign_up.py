"""A customer's way in, and back in with something forgotten or lost: address, code, credential."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from shopward.identity.web import client, detour, mailed, passwords
from shopward.identity.web.addresses import NoAddressError
from shopward.identity.web.flows import factors, reset, sign_up
from shopward.identity.web.flows import lost as flow
from shopward.identity.web.flows.join import PasswordRefusedError
from shopward.identity.web.flows.sign_in import RefusedError
from shopward.identity.web.forms import AddressForm, MailedCodeForm, NewPasswordForm
from shopward.identity.web.middleware import for_binding, is_open
from shopward.identity.web.views.common import (
    REFUSED,
    go,
    me,
    page,
    steady,
    to_landing,
    to_sign_in,
    wanted,
)

GET_AND_POST = require_http_methods(["GET", "HEAD", "POST"])


@is_open
@GET_AND_POST
@steady
def begin(request: HttpRequest) -> HttpResponse:
    """An address, to which a code goes."""
    return _address(request, "sign_up", sign_up.begin, "sign-up-code")


@is_open
@GET_AND_POST
@steady
def code(request: HttpRequest) -> HttpResponse:
    """The code of the mail; then she is in, to set up a passkey."""

    def taken(typed: str) -> HttpResponse:
        with detour.carried(request):
            done = sign_up.confirm(request, typed)
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
        return to_landing(request)

    def put(typed: str) -> None:
        factors.change_password(request, account, typed, detour.near(request, typed))

    return _password(request, put, lambda: to_landing(request))


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
    place = detour.wanted(request)

    def put(typed: str) -> None:
        reset.finish(request, typed, detour.near(request, typed))
        detour.keep_wanted(request, place)

    try:
        reset.allowed(request)
        return _password(request, put, lambda: to_sign_in(request))
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
        with detour.carried(request):
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
        return to_landing(request, wanted(request))
    detour.keep_wanted(request, wanted(request))
    form, what = AddressForm(request.POST or None), ""
    if request.method == "POST":
        what = "address"
        try:
            if form.is_valid():
                send(request, form.cleaned_data["email"])
                detour.keep_near(request, form.cleaned_data["email"])
                return go(after)
        except NoAddressError:
            pass
        except RefusedError:
            what = "busy"
    back = to_sign_in(request).url
    return page(request, name, REFUSED if what else 200, form=form, what=what, back=back)


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


def _password(
    request: HttpRequest, put: Callable[[str], None], done: Callable[[], HttpResponse]
) -> HttpResponse:
    form, sentence = NewPasswordForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            put(form.cleaned_data["password"])
            return done()
        except PasswordRefusedError as error:
            sentence = passwords.told(error.refusal)
    status = REFUSED if request.method == "POST" else 200
    return page(request, "new_password", status, form=NewPasswordForm(), sentence=sentence)
