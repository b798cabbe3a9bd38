"""The first page of each site."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def public(request: HttpRequest) -> HttpResponse:
    """The public site's home."""
    return render(request, "console/public_home.html")


def staff(request: HttpRequest) -> HttpResponse:
    """The staff site's overview."""
    return render(request, "console/overview.html")
