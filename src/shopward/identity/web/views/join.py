"""The pages behind a link of one use."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from shopward import clock
from shopward.identity import one_time, totp
from shopward.identity.one_time import State
from shopward.identity.web import client, codes, passkeys, passwords, qr, shop
from shopward.identity.web.flows import join
from shopward.identity.web.forms import CredentialForm, PasswordAndAppForm, PersonForm
from shopward.identity.web.middleware import is_open
from shopward.identity.web.models import OneTimeLink, Purpose
from shopward.identity.web.passkeys import CeremonyError
from shopward.identity.web.views.common import REFUSED, go, page

LINK: Final = "identity.link"
GONE: Final = 410


@dataclass(frozen=True, slots=True)
class Mistake:
    """What was wrong with an answer: a word for the page, and a sentence where there is one."""

    what: str
    sentence: str = ""


@is_open
@require_GET
def arrive(request: HttpRequest, token: str) -> HttpResponse:
    """The link itself: what it carries leaves the address bar, nothing else happens."""
    try:
        link = join.find(token, clock.now())
    except join.LinkError as error:
        return _gone(request, error.state)
    owner = link.account_id or uuid.uuid4()
    request.session.flush()
    request.session[LINK] = {"digest": link.pk, "id": str(owner), "salt": totp.new_salt()}
    return go("join")


@is_open
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
def answer(request: HttpRequest) -> HttpResponse:
    """The form behind the link, and its answer."""
    kept = request.session.get(LINK)
    if kept is None:
        return _gone(request, State.UNKNOWN)
    try:
        link = join.check(OneTimeLink.objects.filter(pk=kept["digest"]).first(), clock.now())
        if request.method != "POST":
            return _form(request, link, kept)
        joined = _answered(request, link, kept)
    except join.LinkError as error:
        return _gone(request, error.state)
    if isinstance(joined, Mistake):
        return _form(request, link, kept, joined)
    done = page(request, "recovery_codes", codes=joined.codes, welcome=True)
    client.set_cookie(done, joined.device)
    return done


def _answered(
    request: HttpRequest, link: OneTimeLink, kept: dict[str, str]
) -> join.Joined | Mistake:
    form = PersonForm(request.POST)
    if link.purpose == Purpose.FIRST and not form.is_valid():
        return Mistake("person")
    said = form.cleaned_data if link.purpose == Purpose.FIRST else {}
    person = join.Person(uuid.UUID(kept["id"]), said.get("email", ""), said.get("name", ""))
    way = _passkey if "credential" in request.POST else _password
    return way(request, link, person, kept["salt"])


def _passkey(
    request: HttpRequest, link: OneTimeLink, person: join.Person, _: str
) -> join.Joined | Mistake:
    form = CredentialForm(request.POST)
    if not form.is_valid():
        return Mistake("passkey")
    credential = form.cleaned_data["credential"]
    return _try(lambda: join.with_passkey(request, link, person, credential))


def _password(
    request: HttpRequest, link: OneTimeLink, person: join.Person, salt: str
) -> join.Joined | Mistake:
    form = PasswordAndAppForm(request.POST)
    if not form.is_valid():
        return Mistake("incomplete")
    app = join.NewApp(salt, form.cleaned_data["code"])
    typed = form.cleaned_data["password"]
    return _try(lambda: join.with_password(request, link, person, typed, app))


def _try(way: Callable[[], join.Joined]) -> join.Joined | Mistake:
    try:
        return way()
    except CeremonyError:
        return Mistake("passkey")
    except join.AddressTakenError:
        return Mistake("taken")
    except join.WrongCodeError:
        return Mistake("code")
    except join.PasswordRefusedError as error:
        return Mistake("password", passwords.told(error.refusal))


def _form(
    request: HttpRequest, link: OneTimeLink, kept: dict[str, str], mistake: Mistake | None = None
) -> HttpResponse:
    owner = uuid.UUID(kept["id"])
    label = link.email or (link.account.email if link.account else "") or shop.name()
    secret = codes.totp_secret(kept["id"], kept["salt"])
    first = link.purpose == Purpose.FIRST
    return page(
        request,
        "join",
        REFUSED if mistake else 200,
        link=link,
        person=PersonForm(request.POST or None) if first else None,
        form=PasswordAndAppForm(),
        mistake=mistake,
        options=passkeys.begin_binding(request, owner.bytes, label, []),
        qr=qr.image(totp.uri(secret, label, shop.name())),
        secret=totp.to_base32(secret),
    )


def _gone(request: HttpRequest, state: State) -> HttpResponse:
    status = GONE if state is not State.UNKNOWN else 404
    return page(request, "link_gone", status, state=state.value, hours=_hours())


def _hours() -> int:
    return int(one_time.INVITATION.total_seconds()) // 3600
