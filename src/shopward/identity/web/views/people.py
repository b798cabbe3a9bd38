"""Who works here, for whoever manages people."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shopward import clock
from shopward.identity.web import codes, session
from shopward.identity.web.flows import join, people, recovery
from shopward.identity.web.flows.people import NotAllowedError, Place
from shopward.identity.web.forms import InvitationForm, PlaceForm, ReasonForm
from shopward.identity.web.middleware import is_open
from shopward.identity.web.models import Account, Realm, RecoveryCase
from shopward.identity.web.views.common import REFUSED, View, fresh, go, me, page

GET_AND_POST = require_http_methods(["GET", "HEAD", "POST"])


def manager(view: View) -> View:
    """Lets only those through who manage people."""

    @wraps(view)
    def asked(request: HttpRequest, *given: object, **more: object) -> HttpResponse:
        if not me(request).manages_people:
            raise PermissionDenied
        return view(request, *given, **more)

    return asked


@require_GET
@manager
def overview(request: HttpRequest) -> HttpResponse:
    """Everybody, open invitations, recoveries."""
    now = clock.now()
    strong = codes.strong_factors_of_all()
    cases = RecoveryCase.objects.filter(ended=None).select_related("account", "asked_by")
    return page(
        request,
        "people",
        people=[(one, strong[one.pk]) for one in people.everybody()],
        invitations=people.invitations(),
        cases=[(one, recovery.stage(one, now).value) for one in cases],
        me=me(request),
    )


@GET_AND_POST
@manager
@fresh
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody."""
    form, taken = InvitationForm(request.POST or None), False
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            people.invite(request, me(request), said["email"], said["name"], _place(said))
            return go("people")
        except join.AddressTakenError:
            taken = True
    status = REFUSED if request.method == "POST" else 200
    return page(request, "invite", status, form=form, taken=taken)


@require_POST
@manager
@fresh
def withdraw(request: HttpRequest, digest: str) -> HttpResponse:
    """Take an invitation back."""
    people.withdraw(request, me(request), digest)
    return go("people")


@GET_AND_POST
@manager
@fresh
def person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """One person: place, sessions, whether he still works here."""
    account = _account(person_id)
    place = {"role": account.role, "manages_people": account.manages_people}
    form = PlaceForm(request.POST or None, initial=place)
    if request.method == "POST" and form.is_valid():
        new = _place(form.cleaned_data)
        return _done(lambda: people.change(request, me(request), account, new))
    return page(
        request,
        "person",
        person=account,
        form=form,
        strong=codes.strong_factors(account),
        sessions=session.of(account),
        reason=ReasonForm(),
        case=recovery.open_case(account),
        me=me(request),
    )


@require_POST
@manager
@fresh
def let_go(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """Somebody left."""
    return _done(lambda: people.let_go(request, me(request), _account(person_id)))


@require_POST
@manager
@fresh
def bring_back(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """Somebody returned."""
    return _done(lambda: people.bring_back(request, me(request), _account(person_id)))


@require_POST
@manager
@fresh
def ask_recovery(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """The first of two people asks for a recovery."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise PermissionDenied
    why = form.cleaned_data["reason"]
    return _done(lambda: recovery.ask(me(request), _account(person_id), why))


@require_POST
@manager
@fresh
def agree(request: HttpRequest, case_id: int) -> HttpResponse:
    """The second of two people agrees."""
    return _done(lambda: recovery.agree(me(request), _case(case_id)))


@require_POST
@manager
@fresh
def send_link(request: HttpRequest, case_id: int) -> HttpResponse:
    """The wait is over: the link goes to the person."""
    return _done(lambda: recovery.send_link(me(request), _case(case_id)))


@require_POST
@manager
@fresh
def cancel(request: HttpRequest, case_id: int) -> HttpResponse:
    """End a recovery."""
    return _done(lambda: recovery.cancel(_case(case_id), me(request)))


@is_open
@GET_AND_POST
def not_me(request: HttpRequest, token: str) -> HttpResponse:
    """The person's own way to end a recovery, from the mail; asking changes nothing."""
    case = recovery.case_of(token)
    if case is not None and request.method == "POST":
        recovery.cancel(case, None)
    done = request.method == "POST"
    return page(request, "stop_recovery", 404 if case is None else 200, case=case, done=done)


def _done(verb: Callable[[], object]) -> HttpResponse:
    try:
        verb()
    except (NotAllowedError, recovery.NotNowError):
        raise PermissionDenied from None
    return go("people")


def _place(said: dict[str, object]) -> Place:
    return Place(str(said["role"]), bool(said["manages_people"]))


def _account(person_id: uuid.UUID) -> Account:
    return get_object_or_404(Account, pk=person_id, realm=Realm.STAFF)


def _case(case_id: int) -> RecoveryCase:
    return get_object_or_404(RecoveryCase, pk=case_id)
