"""Signing in and out, and showing a factor again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from shopward import clock
from shopward.identity.web import client, codes, detour, mailed, passkeys, session, texted
from shopward.identity.web.flows import prove, sign_in
from shopward.identity.web.flows.sign_in import RefusedError, SignedIn, StaleError
from shopward.identity.web.forms import (
    CodeForm,
    CredentialForm,
    MailedCodeForm,
    PasswordForm,
    RecoveryCodeForm,
    SignInForm,
    TextedCodeForm,
)
from shopward.identity.web.middleware import for_binding, for_resting, is_open
from shopward.identity.web.models import Account
from shopward.identity.web.views.common import (
    REFUSED,
    go,
    me,
    page,
    to_landing,
    to_sign_in,
    wait_for_beat,
    wanted,
)

HINT_CHARS: Final = 254
GET_AND_POST = require_http_methods(["GET", "HEAD", "POST"])


@is_open
@GET_AND_POST
@sensitive_post_parameters("password")
def begin(request: HttpRequest) -> HttpResponse:
    """Passkey, or address and password.

    A refusal leaves on a beat: a pause, during which nothing is hashed, would be told by its time.
    Who is right does not wait.
    """
    began = clock.monotonic_s()
    if request.user.is_authenticated:
        return to_landing(request, wanted(request))
    form = SignInForm(request.POST or None)
    if request.method != "POST":
        return _first(request, SignInForm(initial={"email": _hint(request)}))
    if not form.is_valid():
        return _first(request, form, "incomplete")
    try:
        typed = form.cleaned_data
        done = sign_in.with_password(request, typed["email"], typed["password"], wanted(request))
    except RefusedError:
        refused = _first(request, form, "refused")
        wait_for_beat(began)
        return refused
    return _in(request, done) if done else go("second")


@is_open
@require_POST
def passkey(request: HttpRequest) -> HttpResponse:
    """The whole sign-in with a passkey."""
    try:
        done = sign_in.with_passkey(request, _credential(request), wanted(request))
    except RefusedError:
        return _first(request, SignInForm(), "passkey")
    return _in(request, done)


@is_open
@GET_AND_POST
def second(request: HttpRequest) -> HttpResponse:
    """The second factor after a right password: a code, or a passkey."""
    return _second(request, "second", lambda: _by_code_or_passkey(request))


@is_open
@require_POST
def send_second(request: HttpRequest) -> HttpResponse:
    """Sends a code for the second step, by mail or SMS."""
    try:
        sign_in.send_second(request)
    except StaleError:
        return to_sign_in(request)
    return go("second")


@is_open
@GET_AND_POST
def second_recovery(request: HttpRequest) -> HttpResponse:
    """A recovery code instead of the second factor."""

    def check() -> SignedIn:
        form = RecoveryCodeForm(request.POST)
        if not form.is_valid():
            raise RefusedError
        return sign_in.second_recovery(request, form.cleaned_data["code"])

    return _second(request, "second_recovery", check)


@for_resting
@for_binding
@require_POST
def out(request: HttpRequest) -> HttpResponse:
    """Signing out."""
    sign_in.sign_out(request)
    return go("sign-in")


@for_resting
@GET_AND_POST
@sensitive_post_parameters("password")
def again(request: HttpRequest) -> HttpResponse:
    """A factor once more, before something grave."""
    account, refused = me(request), False
    if request.method == "POST":
        try:
            _prove(request)
            return to_landing(request, wanted(request))
        except RefusedError:
            refused = True
    options = passkeys.begin_showing(request, account) if _has_passkey(request) else ""
    return page(
        request,
        "prove",
        REFUSED if refused else 200,
        form=_proof_form(account),
        refused=refused,
        options=options,
        has_app=codes.has_totp(account),
        next=wanted(request),
    )


def _proof_form(account: Account) -> Form | None:
    """What is typed to show a factor again; nothing where only passkeys are there."""
    if codes.has_totp(account):
        return CodeForm()
    return None if codes.strong_factors(account) else PasswordForm()


def _prove(request: HttpRequest) -> None:
    if request.POST.get("credential"):
        prove.with_passkey(request, me(request), _credential(request))
        return
    if "password" in request.POST:
        password = PasswordForm(request.POST)
        if not password.is_valid():
            raise RefusedError
        prove.with_password(request, me(request), password.cleaned_data["password"])
        return
    form = CodeForm(request.POST)
    if not form.is_valid():
        raise RefusedError
    prove.with_code(request, me(request), form.cleaned_data["code"])


def _has_passkey(request: HttpRequest) -> bool:
    return codes.has_passkey(me(request))


def _by_code_or_passkey(request: HttpRequest) -> SignedIn:
    if request.POST.get("credential"):
        return sign_in.second_passkey(request, _credential(request))
    form = CodeForm(request.POST)
    if not form.is_valid():
        raise RefusedError
    account = sign_in.pending(request, clock.now())[0]
    way = sign_in.second_mailed if sign_in.has_mail_step(account) else sign_in.second_code
    if sign_in.has_sms_step(account):
        way = sign_in.second_texted
    return way(request, form.cleaned_data["code"])


def _second(request: HttpRequest, name: str, check: Callable[[], SignedIn]) -> HttpResponse:
    refused = False
    if request.user.is_authenticated:
        return to_landing(request)
    try:
        account = sign_in.pending(request, clock.now())[0]
        if request.method == "POST":
            return _in(request, check())
    except StaleError:
        return to_sign_in(request)
    except RefusedError:
        account, refused = sign_in.pending(request, clock.now())[0], True
    options = ""
    if name == "second" and codes.has_passkey(account):
        options = passkeys.begin_showing(request, account)
    return page(
        request,
        name,
        REFUSED if refused else 200,
        form=_second_form(request, account) if name == "second" else RecoveryCodeForm(),
        by_mail=sign_in.has_mail_step(account),
        by_sms=sign_in.has_sms_step(account),
        sent=texted.told(request),
        refused=refused,
        options=options,
        has_app=codes.has_totp(account),
    )


def _second_form(request: HttpRequest, account: Account) -> Form | None:
    """Where the code is typed; nothing until one was sent."""
    by_sms = sign_in.has_sms_step(account)
    if not by_sms and not sign_in.has_mail_step(account):
        return CodeForm()
    try:
        mailed.waited_for(request, sign_in.BY_SMS if by_sms else sign_in.SECOND)
    except mailed.NoneError:
        return None
    return TextedCodeForm() if by_sms else MailedCodeForm()


def _first(request: HttpRequest, form: SignInForm, what: str = "") -> HttpResponse:
    options = passkeys.begin_showing(request, None)
    status = REFUSED if what else 200
    return page(
        request, "sign_in", status, form=form, what=what, options=options, next=wanted(request)
    )


def _in(request: HttpRequest, done: SignedIn) -> HttpResponse:
    if not session.is_complete(request):  # a new factor comes first
        detour.keep_wanted(request, done.next)
        answer = go("factors")
    else:
        answer = to_landing(request, done.next)
    client.set_cookie(answer, done.device)
    return answer


def _hint(request: HttpRequest) -> str:
    """What a shop says that she typed there; shown in the field, looked up by nobody."""
    said = request.GET.get("login_hint", "")
    return said if len(said) <= HINT_CHARS else ""


def _credential(request: HttpRequest) -> str:
    form = CredentialForm(request.POST)
    return form.cleaned_data["credential"] if form.is_valid() else ""
