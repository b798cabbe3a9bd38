"""My own account: factors, recovery codes, password, sessions."""

from __future__ import annotations

from typing import Final

from allauth.mfa.models import Authenticator
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from shopward.identity import assurance, totp
from shopward.identity.web import addresses, codes, passkeys, passwords, qr, session, shop, texted
from shopward.identity.web.flows import factors, join, recovery
from shopward.identity.web.forms import CodeForm, CredentialForm, NewPasswordForm
from shopward.identity.web.keys import house
from shopward.identity.web.middleware import for_binding
from shopward.identity.web.models import Account, Realm
from shopward.identity.web.passkeys import CeremonyError
from shopward.identity.web.views.common import REFUSED, fresh, go, me, page, to_landing

SALT: Final = "identity.salt"
GET_AND_POST = require_http_methods(["GET", "HEAD", "POST"])


@for_binding
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Everything that lets me in."""
    account = me(request)
    return page(
        request,
        "factors",
        rows=[_told(row) for row in _strong(account)],
        left=codes.recovery_left(account),
        has_password=passwords.has_password(account),
        must_bind=not session.is_complete(request),
        sessions=session.of(account),
        current=request.session.session_key,
        recovery=recovery.open_case(account),
        mail_codes=house().identity.mail_codes == "offered",
        sms_codes=texted.is_offered(),
    )


@for_binding
@GET_AND_POST
@fresh
def add_passkey(request: HttpRequest) -> HttpResponse:
    """One more passkey."""
    account, refused = me(request), False
    if request.method == "POST":
        form = CredentialForm(request.POST)
        try:
            if form.is_valid():
                said, is_first = form.cleaned_data, _is_first(request)
                factors.add_passkey(request, account, said["name"], said["credential"])
                return _after_binding(request, is_first=is_first)
            refused = True
        except CeremonyError:
            refused = True
    known = passkeys.credentials_of(account)
    label = addresses.own(request, account)
    return page(
        request,
        "add_passkey",
        REFUSED if refused else 200,
        form=CredentialForm(),
        refused=refused,
        options=passkeys.begin_binding(request, account.pk.bytes, label, known),
        must_bind=not session.is_complete(request),
        may_set_password=factors.may_set_first_password(request, account),
    )


@for_binding
@GET_AND_POST
@fresh
def add_app(request: HttpRequest) -> HttpResponse:
    """An app, in place of an earlier one."""
    account, refused = me(request), False
    salt = request.session.get(SALT) or totp.new_salt()
    request.session[SALT] = salt
    if request.method == "POST":
        form = CodeForm(request.POST)
        try:
            if form.is_valid():
                app = join.NewApp(salt, form.cleaned_data["code"])
                is_first = _is_first(request)
                factors.add_app(request, account, app)
                request.session.pop(SALT)
                return _after_binding(request, is_first=is_first)
            refused = True
        except join.WrongCodeError:
            refused = True
    secret = codes.totp_secret(str(account.pk), salt)
    return page(
        request,
        "add_app",
        REFUSED if refused else 200,
        form=CodeForm(),
        refused=refused,
        has_app=codes.has_totp(account),
        qr=qr.image(totp.uri(secret, addresses.own(request, account), shop.name())),
        secret=totp.to_base32(secret),
    )


@GET_AND_POST
@fresh
def remove(request: HttpRequest, row_id: int) -> HttpResponse:
    """Take a factor away, after a question."""
    account = me(request)
    row = next((one for one in _strong(account) if one.pk == row_id), None)
    if row is None:
        raise Http404
    last = not factors.may_remove(account, codes.strong_factors(account) - 1)
    if request.method == "POST" and not last:
        factors.remove(request, account, row)
        return go("factors")
    return page(request, "remove_factor", REFUSED if last else 200, row=_told(row), last=last)


@for_binding
@GET_AND_POST
@fresh
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes, shown once."""
    if request.method != "POST":
        return page(request, "renew_codes", left=codes.recovery_left(me(request)))
    made = factors.renew_recovery(request, me(request))
    return page(request, "recovery_codes", codes=made, welcome=False)


@GET_AND_POST
@fresh
@sensitive_post_parameters("password")
def password(request: HttpRequest) -> HttpResponse:
    """A new password."""
    account, form, sentence = me(request), NewPasswordForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            factors.change_password(request, account, form.cleaned_data["password"])
            return go("factors")
        except join.PasswordRefusedError as error:
            sentence = passwords.told(error.refusal)
    status = REFUSED if request.method == "POST" else 200
    had = passwords.has_password(account)
    form = NewPasswordForm()
    return page(request, "password", status, form=form, sentence=sentence, had=had)


@GET_AND_POST
@fresh
def mail_step(request: HttpRequest) -> HttpResponse:
    """A code by mail after the password, or not any more."""
    account = me(request)
    if house().identity.mail_codes != "offered":
        raise Http404
    if request.method == "POST":
        factors.set_mail_step(request, account, on=not account.mail_step)
        return go("factors")
    return page(request, "mail_step", is_on=account.mail_step)


@require_GET
def devices(request: HttpRequest) -> HttpResponse:
    """Where I am signed in."""
    rows, current = session.of(me(request)), request.session.session_key
    return page(request, "devices", sessions=rows, current=current)


@GET_AND_POST
@fresh
def end_session(request: HttpRequest, row_id: int) -> HttpResponse:
    """End one other session."""
    rows = {row.pk: row for row in session.of(me(request))}
    if request.method == "POST":
        factors.end_session(request, me(request), row_id)
        return _to_sessions(request)
    return page(request, "end_session", row=rows.get(row_id))


@GET_AND_POST
@fresh
def end_others(request: HttpRequest) -> HttpResponse:
    """End every other session."""
    if request.method == "POST":
        factors.end_other_sessions(request, me(request))
        return _to_sessions(request)
    return page(request, "end_session", row=None, others=len(session.of(me(request))) - 1)


@require_http_methods(["POST"])
def stop_recovery(request: HttpRequest) -> HttpResponse:
    """I am here and lost nothing: end the recovery of my account."""
    case = recovery.open_case(me(request))
    if case is not None:
        recovery.cancel(case, me(request))
    return go("factors")


def _is_first(request: HttpRequest) -> bool:
    """Whether a customer has just signed up, or come in without her second factor."""
    return me(request).realm == Realm.CUSTOMER and not session.is_complete(request)


def _after_binding(request: HttpRequest, *, is_first: bool) -> HttpResponse:
    """With the first one a customer is done; everybody else sees the list again."""
    return to_landing(request) if is_first else go("factors")


def _to_sessions(request: HttpRequest) -> HttpResponse:
    return go("factors" if me(request).is_staff_realm else "devices")


def _strong(account: Account) -> list[Authenticator]:
    rows = Authenticator.objects.filter(user=account)
    return list(rows.exclude(type=Authenticator.Type.RECOVERY_CODES).order_by("created_at"))


def _told(row: Authenticator) -> dict[str, object]:
    is_app = row.type == Authenticator.Type.TOTP
    return {
        "id": row.pk,
        "is_app": is_app,
        "name": "" if is_app else row.data.get("name", ""),
        "bound": row.data.get("factor") == assurance.Factor.DEVICE_PASSKEY,
        "made": row.created_at,
        "used": row.last_used_at,
    }
