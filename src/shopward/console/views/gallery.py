"""Every component of the design system on one page, for whoever builds another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shopward import clock
from shopward.console import entries
from shopward.console.access import for_overseers


class SampleForm(forms.Form):
    """A field that is right and one that is not."""

    name = forms.CharField(label="Name", help_text="As on the parcel.")
    mail = forms.EmailField(label="Mail address")


@for_overseers
def show(request: HttpRequest) -> HttpResponse:
    """The gallery."""
    now = clock.now()
    kinds: list[tuple[str, int]] = [("record:revealed", 3), ("record:denied", 1)]
    sample: list[entries.Shown] = [
        entries.Shown(0, now - timedelta(hours=hour), kind, None, is_damaged=False)
        for hour in range(24)
        for kind, every in kinds
        for _ in range((hour * 7 + every) % (every + 3))
    ]
    context: dict[str, Any] = {
        "form": SampleForm({"name": "Ada", "mail": "no address"}),
        "chart": entries.by_hour(sample, now, "Entries by hour"),
        "tones": ["good", "warn", "bad", "none"],
    }
    return render(request, "console/gallery.html", context)
