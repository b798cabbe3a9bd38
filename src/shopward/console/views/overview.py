"""The staff's first page: the eleven practices, honestly, and what goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from shopward import clock
from shopward.console import entries, outbox
from shopward.console.access import oversees, verbs_of
from shopward.console.asking import ask
from shopward.console.models import Mail, Task
from shopward.identity.web.models import Account, Realm
from shopward.policy import Verb
from shopward.practices import PRACTICES, Practice
from shopward_client import Client

RECENT: Final = 400


@dataclass(frozen=True, slots=True)
class Card:
    """One practice as its card shows it; `tone` is that of the pill."""

    practice: Practice
    title: str
    promise: str
    tone: str
    state: str
    step: str


def show(request: HttpRequest) -> HttpResponse:
    """What is on, what is not yet, and what needs somebody."""
    may_audit = Verb.AUDIT in verbs_of(request)
    asked = ask(request, _recent if may_audit else _size)
    size, found = asked.value or (None, [])
    context = {
        "cards": [_card(one) for one in PRACTICES],
        "on": sum(one.built for one in PRACTICES),
        "size": size,
        "is_away": asked.is_away,
        "waiting": outbox.backlog(),
        "people": Account.objects.filter(realm=Realm.STAFF, is_active=True).count(),
        "oversees": oversees(request),
        "failed": Task.objects.filter(state=Task.State.FAILED).count(),
        "mails": Mail.objects.filter(sent=None, given_up=None).count(),
        "latest": list(reversed(found[-6:])),
    }
    if may_audit and not asked.is_away:
        label = gettext("Entries in the ledger by hour, the last 24 hours; refusals in red")
        context["chart"] = entries.by_hour(found, clock.now(), label)
    return render(request, "console/overview.html", context)


def _size(client: Client) -> tuple[int, list[entries.Shown]]:
    return entries.size_of(client.checkpoint()), []


def _recent(client: Client) -> tuple[int, list[entries.Shown]]:
    size = entries.size_of(client.checkpoint())
    page = client.entries(max(0, size - RECENT), RECENT)
    return size, [entries.shown(row) for row in page.entries]


def _card(one: Practice) -> Card:
    title, promise = gettext(one.title), gettext(one.promise)
    if one.built:
        return Card(one, title, promise, "good", gettext("on"), "")
    if one.so_far:
        return Card(one, title, promise, "warn", gettext("in part"), gettext(one.so_far))
    step = gettext("Not built in this version; nothing of it protects you yet.")
    return Card(one, title, promise, "none", gettext("not yet"), step)
