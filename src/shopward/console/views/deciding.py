"""What discovery found: a person confirms it column by column, and takes map and policy away."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from shopward.console import deciding, vouch
from shopward.console.access import View, for_overseers
from shopward.console.deciding import Line, State
from shopward.console.forms import DecideForm
from shopward.console.models import Decision
from shopward.errors import InvalidError, PolicyError
from shopward.identity.web import shop
from shopward.policy import diff, parse

LEVELS: Final = {
    "certain": ("bad", gettext_lazy("certain")),
    "likely": ("warn", gettext_lazy("likely")),
    "possible": ("none", gettext_lazy("possible")),
}
CHOICES: Final = {
    "keep": ("good", gettext_lazy("into the vault")),
    "copy": ("warn", gettext_lazy("a copy to empty")),
    "leave": ("none", gettext_lazy("stays as it is")),
}
OPEN: Final = ("bad", gettext_lazy("open"))


def _with_state(view: View) -> View:
    """A page about what was found; leads to the empty page where nothing was."""

    @for_overseers
    @wraps(view)
    def looked(request: HttpRequest, **values: str) -> HttpResponse:
        try:
            now = deciding.state(vouch.house())
        except InvalidError as error:
            return render(request, "console/found.html", {"trouble": error})
        if now is None:
            return render(request, "console/found.html", {})
        return view(request, now, **values)

    return looked


@_with_state
def show(request: HttpRequest, now: State) -> HttpResponse:
    """Every finding, by table, with what was decided."""
    first = now.after("")
    tables = [
        (table, [(one, _level(one), _choice(one)) for one in lines])
        for table, lines in deciding.groups(now.lines)
    ]
    context = {"now": now, "tables": tables, "next": first, "total": len(now.lines)}
    return render(request, "console/found.html", context)


@_with_state
def column(request: HttpRequest, now: State, slug: str) -> HttpResponse:
    """One finding: what speaks for it, and what is to become of the column."""
    line = now.at(slug)
    if line is None:
        raise Http404
    form = DecideForm(
        request.POST or None, row=line.row, decision=line.decision, others=now.beside(line)
    )
    if request.method == "POST" and form.is_valid():
        _decide(request, now, line, form.cleaned_data)
        following = now.after(slug)
        if following is None or following.row.slug == slug:
            return redirect("found")
        return redirect("found-column", slug=following.row.slug)
    slugs = [one.row.slug for one in now.lines]
    context = {
        "now": now,
        "line": line,
        "form": form,
        "level": _level(line),
        "choice": _choice(line),
        "number": slugs.index(slug) + 1,
        "total": len(slugs),
        "before": slugs[slugs.index(slug) - 1] if slug != slugs[0] else "",
        "behind": slugs[slugs.index(slug) + 1] if slug != slugs[-1] else "",
    }
    return render(request, "console/found_column.html", context)


@require_POST
@_with_state
def undo(request: HttpRequest, now: State, slug: str) -> HttpResponse:
    """Opens a finding again."""
    line = now.at(slug)
    if line is None:
        raise Http404
    Decision.objects.filter(
        source=now.found.source, table=line.row.table, column=line.row.column
    ).delete()
    messages.success(request, _("%(column)s is open again.") % {"column": _name(line)})
    return redirect("found-column", slug=slug)


@_with_state
def columns(_request: HttpRequest, now: State) -> HttpResponse:
    """The confirmed map, as a file."""
    return _file(deciding.map_text(now), "columns.toml")


@_with_state
def policy(request: HttpRequest, now: State) -> HttpResponse:
    """What the confirmed columns add to the policy, and what that means for customers."""
    known, text = shop.policy(), _text()
    mistakes: tuple[str, ...] = ()
    sentences, proposed = None, ""
    if known is not None:
        proposed = deciding.policy_text(now, known, text)
        try:
            sentences = diff(known, parse(proposed.encode()))
        except PolicyError as error:
            mistakes = error.mistakes
    added = proposed.removeprefix(text.rstrip()).strip()
    context = {
        "policy": known,
        "added": added,
        "sentences": sentences,
        "mistakes": mistakes,
        "place": vouch.house().policy,
    }
    return render(request, "console/found_policy.html", context)


@_with_state
def policy_file(_request: HttpRequest, now: State) -> HttpResponse:
    """The proposed policy, as a file."""
    known = shop.policy()
    if known is None:
        raise Http404
    return _file(deciding.policy_text(now, known, _text()), "policy.toml")


def _decide(request: HttpRequest, now: State, line: Line, said: dict[str, Any]) -> None:
    Decision.objects.update_or_create(
        source=now.found.source,
        table=line.row.table,
        column=line.row.column,
        defaults={**said, "by": str(request.user.pk)},
    )
    line_now = CHOICES[said["choice"]][1]
    messages.success(request, f"{_name(line)}: {line_now}.")


def _name(line: Line) -> str:
    return f"{line.row.table}.{line.row.column}"


def _level(line: Line) -> tuple[str, Any]:
    return LEVELS.get(line.row.level, LEVELS["possible"])


def _choice(line: Line) -> tuple[str, Any]:
    return OPEN if line.decision is None else CHOICES[line.decision.choice]


def _text() -> str:
    path: Path = vouch.house().policy
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _file(text: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type="application/toml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
