"""Pages about the house: callers, keys and backups, tasks and mails, health, settings."""

from __future__ import annotations

import sqlite3
import sys
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Final

import django
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from shopward import clock
from shopward.checks import Outcome
from shopward.console import examining, outbox, tasks, vouch
from shopward.console.access import for_overseers, verbs_of
from shopward.console.asking import ask
from shopward.console.mail import masked
from shopward.console.models import Event, Mail, Task
from shopward.console.views.acts import WORKS
from shopward.policy import Verb
from shopward.settings import Settings
from shopward.settings import rows as setting_rows
from shopward_client.answers import Job, Key

SHOWN: Final = 50
SECRETS: Final = frozenset({"mail.user", "store.url", "console.url"})
"""Settings whose value is shown to nobody; files that hold secrets are shown by their path."""

OUTCOMES: Final = {
    Outcome.PASS: gettext_lazy("good"),
    Outcome.UNKNOWN: gettext_lazy("not known"),
    Outcome.FAIL: gettext_lazy("to do"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A task with what it is about."""

    task: Task
    tone: str


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One version of a key."""

    kind: str
    number: int
    state: str
    tone: str
    begins: str
    gone: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail, its recipient masked."""

    to: str
    made: object
    state: str
    tone: str
    error: str


def callers(request: HttpRequest) -> HttpResponse:
    """Who may ask the data plane."""
    asked = ask(request, lambda client: client.callers())
    context = {
        "asked": asked,
        "is_away": asked.is_away,
        "may_stop": Verb.FREEZE in verbs_of(request),
    }
    return render(request, "console/callers.html", context)


def vault(request: HttpRequest) -> HttpResponse:
    """Long work of the data plane: rotation, backups, drills, with how far it is."""
    asked = ask(request, lambda client: (client.jobs(), client.key_versions()))
    jobs, rings = asked.value or ((), ())
    context = {
        "asked": asked,
        "jobs": [(one, _can_end(one)) for one in reversed(jobs)],
        "keys": [_key(ring.kind, one) for ring in rings for one in ring.keys],
        "is_away": asked.is_away,
        "backup": vouch.house().backup,
        "may_operate": Verb.OPERATE in verbs_of(request),
        "works": [(slug, one.button) for slug, one in WORKS.items()],
    }
    return render(request, "console/vault.html", context)


@for_overseers
def work(request: HttpRequest) -> HttpResponse:
    """Tasks, mails and events on their way."""
    tones = {"failed": "bad", "done": "good", "running": "warn", "waiting": "none"}
    context = {
        "tasks": [Row(one, tones[one.state]) for one in Task.objects.order_by("-pk")[:SHOWN]],
        "mails": [_letter(one) for one in Mail.objects.order_by("-pk")[:SHOWN]],
        "events": Event.objects.filter(settled=None).order_by("pk")[:SHOWN],
        "refused": Event.objects.exclude(error="").order_by("-pk")[:SHOWN],
    }
    return render(request, "console/work.html", context)


@require_POST
@for_overseers
def retry(request: HttpRequest, task: int) -> HttpResponse:
    """Has a failed task tried again; the one who says so is entered."""
    account = request.user
    if not isinstance(account, AnonymousUser) and tasks.retry(task, str(account.pk), account.role):
        messages.success(request, _("The task is tried again now."))
    else:
        messages.warning(request, _("This task has not failed; nothing was changed."))
    return redirect("work")


@for_overseers
def health(request: HttpRequest) -> HttpResponse:
    """How both processes feel."""
    asked = ask(request, lambda client: client.readyz())
    found = examining.findings(vouch.house(), clock.now())
    tones = {Outcome.PASS: "good", Outcome.UNKNOWN: "warn", Outcome.FAIL: "bad"}
    context = {
        "checks": [
            (_(examining.TITLES[one.check]), one, tones[one.outcome], OUTCOMES[one.outcome])
            for one in found
        ],
        "plane": asked.value,
        "is_away": asked.is_away,
        "waiting": outbox.backlog(),
        "failed": Task.objects.filter(state=Task.State.FAILED).count(),
        "versions": [
            ("Shopward", version("shopward")),
            ("Python", sys.version.split()[0]),
            ("Django", django.get_version()),
            (_("SQLite of the control plane"), sqlite3.sqlite_version),
        ],
    }
    return render(request, "console/health.html", context)


@for_overseers
def settings(request: HttpRequest) -> HttpResponse:
    """The operator's settings, to be read; they are changed in shopward.toml."""
    house = vouch.house()
    found = [(row.key, _value(house, row.key, row.default), row.text) for row in setting_rows()]
    return render(request, "console/settings.html", {"rows": found})


def _can_end(job: Job) -> bool:
    """Whether it is under way, and of the work that people may begin and end."""
    known = {(one.name, one.argument) for one in WORKS.values()}
    return job.finished is None and (job.name, job.argument) in known


def _key(kind: str, one: Key) -> KeyLine:
    """A version as people read it; what was there from the start has no date."""
    if one.destroyed is not None:
        state, tone = _("destroyed"), "none"
    elif one.ends is not None and datetime.fromisoformat(one.ends) <= clock.now():
        state, tone = _("on its way out"), "warn"
    else:
        state, tone = _("in use"), "good"
    begins = "" if one.begins.startswith("1970-") else one.begins
    gone = _minute(one.destroyed or one.dies)
    return KeyLine(kind, one.number, state, tone, _minute(begins), gone)


def _minute(moment: str | None) -> str:
    """A time of the wire, to the minute."""
    return (moment or "")[:16].replace("T", " ")


def _value(house: Settings, key: str, default: object) -> tuple[str, bool]:
    """(what is set, whether it is the default)."""
    table, _dot, name = key.rpartition(".")
    value = getattr(getattr(house, table) if table else house, name)
    if key in SECRETS and value:
        return "••••••", False
    return ("" if value is None else str(value)), value == default


def _letter(mail: Mail) -> Letter:
    if mail.sent is not None:
        state, tone = _("sent"), "good"
    elif mail.given_up is not None:
        state, tone = _("given up"), "bad"
    else:
        state, tone = _("waiting"), "warn" if mail.error else "none"
    return Letter(masked(mail.address), mail.made, state, tone, mail.error)
