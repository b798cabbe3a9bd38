"""Finding a customer and looking at fields, for a purpose; each look leaves its receipt."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language

from shopward.console.asking import Asked, ask
from shopward.console.forms import TOKEN, FindForm, RevealForm
from shopward.identity.web import shop
from shopward_client import Client, Found, Revealed


@dataclass(frozen=True, slots=True)
class Line:
    """One field of the card; `value` is None while it is masked, "" when there is none."""

    title: str
    value: str | None


def find(request: HttpRequest) -> HttpResponse:
    """By token at once; by mail or phone for a purpose, which is entered."""
    form = FindForm(request.POST or None, role=request.user.role, language=_language())  # type: ignore[union-attr]
    asked: Asked[Found] = Asked()
    if form.is_valid():
        said = form.cleaned_data
        if said["by"] == "token":
            return redirect("customer", said["value"])
        asked = ask(request, lambda client: _search(client, said))
        if asked.value is not None and asked.value.subject:
            return redirect("customer", asked.value.subject)
    context = {
        "form": form,
        "asked": asked,
        "is_away": asked.is_away,
        "prove": _prove(asked, request),
    }
    return render(request, "console/customers.html", context)


def card(request: HttpRequest, token: str) -> HttpResponse:
    """One customer: masked, until fields are asked for with purpose and fact."""
    if not TOKEN.fullmatch(token):
        raise Http404
    form = RevealForm(request.POST or None, role=request.user.role, language=_language())  # type: ignore[union-attr]
    asked: Asked[Revealed] = Asked()
    if form.is_valid():
        said = form.cleaned_data
        asked = ask(request, lambda client: _reveal(client, token, said))
    context = {
        "token": token,
        "form": form,
        "asked": asked,
        "lines": _lines(asked.value),
        "is_away": asked.is_away,
        "prove": _prove(asked, request),
    }
    return render(request, "console/customer.html", context)


def _search(client: Client, said: dict[str, str]) -> Found:
    return client.search(
        said["by"], said["value"], purpose=said["purpose"], fact=said["fact"] or None
    )


def _reveal(client: Client, token: str, said: dict[str, list[str] | str]) -> Revealed:
    return client.reveal(
        token, said["names"], purpose=str(said["purpose"]), fact=str(said["fact"]) or None
    )


def _lines(seen: Revealed | None) -> list[Line]:
    policy = shop.policy()
    if policy is None:
        return []
    values = seen.fields if seen else {}
    return [
        Line(one.title.say(_language()), values[one.name] or "" if one.name in values else None)
        for one in policy.fields.values()
    ]


def _prove(asked: Asked[Found] | Asked[Revealed], request: HttpRequest) -> str:
    """Where the person confirms who it is, when that would change the answer."""
    if not asked.is_stale:
        return ""
    return reverse("identity:prove") + "?" + urlencode({"next": request.path})


def _language() -> str:
    return get_language() or "en"
