"""“Erase my data”: asked for on a page, called off or looked at by the link of the mail."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from shopward import clock
from shopward.portal import erasure
from shopward.portal.web.flows import erasing, holding, links
from shopward.portal.web.house import Me, house
from shopward.portal.web.models import Dispute, Erasure
from shopward.portal.web.views.common import (
    GET_AND_POST,
    REFUSED,
    ask,
    for_accounts,
    go,
    hers,
    is_open,
    language,
    page,
    to_prove,
)

GONE: Final = 410
MEDIA: Final = {"json": "application/json", "pdf": "application/pdf"}


@hers
@GET_AND_POST
def from_page(request: HttpRequest, me: Me) -> HttpResponse:
    """What goes, what stays, and the button."""
    policy = house().policy()
    if policy is None:
        raise Http404
    if not me.is_guest and not house().is_fresh(request):
        return to_prove(request.path)
    values: dict[str, Any] = {"me": me, "waits": erasing.waiting(me.subject)}
    values["is_locked"] = Dispute.is_locked(me.subject, clock.now())
    values["has_account"] = me.is_guest and house().has_account(me.subject)
    if request.method == "POST" and not (values["is_locked"] or values["has_account"]):
        return _asked(request, me)
    asked = ask(lambda: holding.planned(me, policy, clock.now(), language()))
    status = 200 if request.method != "POST" else REFUSED
    return page(request, "erase", status, asked=asked, plan=asked.value, **values)


@for_accounts
@require_POST
def undo_from_page(request: HttpRequest, me: Me) -> HttpResponse:
    """Call it off, from the page of whoever is signed in."""
    if erasing.call_off(me):
        messages.success(request, gettext("Your data stays."))
    return go("home")


@is_open
@GET_AND_POST
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link of a guest's mail: asking shows a button, and the button begins the three days."""
    try:
        link = links.read(erasing.CONFIRM, token, clock.now())
    except links.DeadLinkError:
        return page(request, "link_gone", GONE, is_spent=False)
    if links.is_spent(token):
        return page(request, "link_gone", GONE, is_spent=True)
    if request.method != "POST":
        return page(request, "erase_confirm")
    try:
        row = erasing.confirm(token, link)
    except (erasing.LockedError, erasing.HasAccountError) as refused:
        is_locked = isinstance(refused, erasing.LockedError)
        return page(request, "erase_confirm", REFUSED, is_locked=is_locked, is_refused=True)
    if row is None:
        return page(request, "link_gone", GONE, is_spent=True)
    return page(request, "erase_begun", row=row)


@is_open
@GET_AND_POST
def show(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the mails: what became of it; a button to call it off; the certificate."""
    row = _by_link(token)
    if row is None:
        return page(request, "link_gone", GONE, is_spent=False)
    if request.method == "POST":
        erasing.call_off(Me(row.subject, session="link", auth_time=clock.now()))
        row.refresh_from_db()
    told = None
    if row.state == Erasure.State.DONE:
        asked = ask(lambda: erasure.statement_of(erasing.certificate(row)))
        told = asked.value
    return page(request, "erasure", row=row, told=told, token=token, words=_words(told))


@is_open
@require_safe
def certificate(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    """The certificate as a file: `json` is signed and verifies, `pdf` is for people."""
    row = _by_link(token)
    if row is None or row.state != Erasure.State.DONE:
        return page(request, "link_gone", GONE, is_spent=False)
    asked = ask(lambda: erasing.certificate(row))
    if asked.value is None:
        return page(request, "away", 503, asked=asked)
    body = asked.value.encode()
    if kind == "pdf":
        from shopward.portal.certificate_page import draw  # noqa: PLC0415  # it draws: 0.2 s to load

        body = draw(erasure.statement_of(asked.value), asked.value)
    headers = {"Content-Disposition": f'attachment; filename="certificate.{kind}"'}
    return HttpResponse(body, content_type=MEDIA[kind], headers=headers)


def _asked(request: HttpRequest, me: Me) -> HttpResponse:
    try:
        if me.is_guest:
            erasing.ask_guest(me)
            return page(request, "erase_sent", me=me)
        return page(request, "erase_begun", me=me, row=erasing.ask(me))
    except (erasing.LockedError, erasing.HasAccountError):
        return go("erase")


def _by_link(token: str) -> Erasure | None:
    try:
        return erasing.by_link(links.read(erasing.USE, token, clock.now()))
    except (links.DeadLinkError, Erasure.DoesNotExist, ValueError):
        return None


def _words(statement: dict[str, dict[str, str]] | None) -> str:
    words = statement["words"] if statement else {}
    return words.get(language()) or words.get("en", "")
