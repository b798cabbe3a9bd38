"""The policy: what it says, what a change would mean, what it would answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from shopward.console import vouch
from shopward.console.asking import Asked, ask
from shopward.console.forms import AskForm, CompareForm
from shopward.errors import PolicyError
from shopward.identity.web import shop
from shopward.policy import Policy, Sentence, diff, parse
from shopward.policy.words import ACTS, FORMS, conditions, listed
from shopward_client import Explained


@dataclass(frozen=True, slots=True)
class Grant:
    """One allowance in words."""

    who: str
    fields: str
    purpose: str
    form: str
    only: str


def show(request: HttpRequest) -> HttpResponse:
    """What is in force."""
    policy = shop.policy()
    asked = ask(request, lambda client: client.policy())
    context = {
        "policy": policy,
        "state": asked.value,
        "is_away": asked.is_away,
        "roles": _roles(policy),
        "grants": _grants(policy),
        "text": _text(vouch.house().policy),
    }
    return render(request, "console/policy.html", context)


def compare(request: HttpRequest) -> HttpResponse:
    """What a new file would change for customers."""
    form = CompareForm(request.POST or None)
    mistakes: tuple[str, ...] = ()
    sentences: list[Sentence] | None = None
    policy = shop.policy()
    if form.is_valid() and policy is not None:
        try:
            sentences = diff(policy, parse(form.cleaned_data["text"].encode()))
        except PolicyError as error:
            mistakes = error.mistakes
    context = {"form": form, "sentences": sentences, "mistakes": mistakes}
    return render(request, "console/compare.html", context)


def simulate(request: HttpRequest) -> HttpResponse:
    """Could a courier see the phone for order 7? The data plane answers and enters the question."""
    form = AskForm(request.POST or None, language=_language())
    asked: Asked[Explained] = Asked()
    if form.is_valid():
        said = form.cleaned_data
        asked = ask(
            request,
            lambda client: client.explain(
                purpose=said["purpose"],
                fields=said["names"],
                subject=said["subject"] or None,
                fact=said["fact"] or None,
                role=said["role"],
            ),
        )
    steps = map(_step, asked.value.steps) if asked.value else ()
    context = {"form": form, "asked": asked, "steps": list(steps), "is_away": asked.is_away}
    return render(request, "console/simulate.html", context)


def _step(line: str) -> tuple[bool, str, str]:
    """(passed, rule, words) of a line like `yes roles.courier: courier may reveal`."""
    verdict, _, rest = line.partition(" ")
    rule, _, words = rest.partition(": ")
    return verdict == "yes", rule, words


def _roles(policy: Policy | None) -> list[tuple[str, str, str]]:
    """Name, title and what it may do, of each role."""
    if policy is None:
        return []
    return [
        (one.name, one.title.say(_language()), listed([ACTS[verb] for verb in sorted(one.may)]))
        for one in policy.roles.values()
    ]


def _grants(policy: Policy | None) -> list[Grant]:
    if policy is None:
        return []
    said = _language()
    return [
        Grant(
            policy.roles[one.role].title.say(said),
            listed([policy.fields[name].title.say(said) for name in one.fields]),
            policy.purposes[one.purpose].title.say(said),
            FORMS[one.show],
            listed(conditions(one)),
        )
        for one in policy.allowances
    ]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _language() -> str:
    return get_language() or "en"
