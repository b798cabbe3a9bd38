"""The public site's pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from shopward.console import vouch
from shopward.console.asking import AWAY
from shopward.identity.web import shop
from shopward.identity.web.middleware import is_open
from shopward_client import ShopwardError


@is_open
def home(request: HttpRequest) -> HttpResponse:
    """What the shop keeps, and facts that anybody can check: the ledger's key and signed head."""
    policy, said = shop.policy(), get_language() or "en"
    checkpoint, key = _head()
    context = {
        "fields": [one.title.say(said) for one in policy.fields.values()] if policy else [],
        "checkpoint": checkpoint,
        "size": checkpoint.split("\n")[1] if checkpoint else "",
        "key": key,
    }
    return render(request, "console/public_home.html", context)


def _head() -> tuple[str, str]:
    """(checkpoint, verifier key), both public; empty while the vault does not answer."""
    try:
        with vouch.for_itself() as client:
            return client.checkpoint(), client.log_key()
    except (*AWAY, ShopwardError):
        return "", ""
