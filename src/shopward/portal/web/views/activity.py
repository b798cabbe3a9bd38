"""Your activity: what happened, who read your data and why, each line with its receipt."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from shopward import clock
from shopward.policy import Policy
from shopward.portal.activity import SIDES, Line
from shopward.portal.plain import Group
from shopward.portal.web.flows import digests, history
from shopward.portal.web.house import Me, house
from shopward.portal.web.views.common import Asked, ask, go, hers, language, page, say
from shopward_client import NotFoundError


@dataclass(frozen=True, slots=True)
class Row:
    """One line as it is shown."""

    line: Line
    text: str
    side: str

    @property
    def is_look(self) -> bool:
        """Whether somebody else looked at data: she can ask why."""
        return self.line.group is Group.LOOK and not self.line.is_disputable


@hers
@require_safe
def show(request: HttpRequest, me: Me) -> HttpResponse:
    """A page of lines; `?before=` goes back in time."""
    said, policy = request.GET.get("before", ""), _policy()
    before = int(said) if said.isdecimal() and len(said) <= 15 else None
    asked = ask(lambda: _page(me, policy, before))
    if asked.value is not None and not me.is_guest and before is None:
        digests.reviewed(me.subject, clock.now())
    rows = [_row(one) for one in asked.value.lines] if asked.value else []
    older = asked.value.older if asked.value else None
    return page(request, "activity", me=me, rows=rows, older=older, asked=asked, key=_key(me).value)


@hers
@require_safe
def one(request: HttpRequest, me: Me, index: int) -> HttpResponse:
    """One line, with all that its entry says."""
    asked = ask(lambda: _one(me, _policy(), index))
    if asked.value is None and asked.problem is None:
        raise Http404
    row, details = (_row(asked.value[0]), asked.value[1]) if asked.value else (None, {})
    said = [(name, value) for name, value in details.items() if name not in {"v", "previous"}]
    return page(request, "entry", me=me, row=row, details=said, asked=asked, key=_key(me).value)


@hers
@require_safe
def receipt(request: HttpRequest, me: Me, index: int) -> HttpResponse:
    """The receipt of one of her entries, as the file that verifies anywhere."""
    asked = ask(lambda: _receipt(me, index))
    if isinstance(asked.problem, NotFoundError) or (asked.problem is None and not asked.value):
        raise Http404
    if asked.value is None:
        return page(request, "away", 503, me=me, asked=asked)
    headers = {"Content-Disposition": f'attachment; filename="receipt-{index}.json"'}
    return HttpResponse(asked.value, content_type="application/json", headers=headers)


@hers
@require_POST
def question(request: HttpRequest, me: Me, index: int) -> HttpResponse:
    """A look makes no sense to her: a case is opened for the shop to answer."""
    asked = ask(lambda: _one(me, _policy(), index))
    if asked.value is None:
        raise Http404
    with transaction.atomic():
        house().report(me, "look", entry=index)
    del request
    return go("asked")


@hers
@require_safe
def asked(request: HttpRequest, me: Me) -> HttpResponse:
    """What happens after a question."""
    return page(request, "asked", me=me)


def _policy() -> Policy:
    policy = house().policy()
    if policy is None:
        raise Http404
    return policy


def _page(me: Me, policy: Policy, before: int | None) -> history.Page:
    with house().asking(me) as client:
        return history.page(client, policy, me.subject, before, language())


def _one(me: Me, policy: Policy, index: int) -> tuple[Line, dict[str, object]] | None:
    with house().asking(me) as client:
        return history.line(client, policy, me.subject, index, language())


def _receipt(me: Me, index: int) -> str | None:
    """Of her own entries alone: the ledger would give the bare proof of others, too."""
    with house().asking(me) as client:
        if history.line(client, _policy(), me.subject, index, "en") is None:
            return None
        return client.receipt(index).to_json()


def _key(me: Me) -> Asked[str]:
    def fetch() -> str:
        with house().asking(me) as client:
            return client.log_key()

    return ask(fetch)


def _row(line: Line) -> Row:
    return Row(line, say(line.said), SIDES[line.side])
