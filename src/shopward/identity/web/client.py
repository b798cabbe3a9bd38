"""Who asks: address, network and browser of a request, and the device's cookie."""

from __future__ import annotations

from datetime import datetime
from ipaddress import ip_network
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase

from shopward.identity import device, network
from shopward.identity.web.keys import house
from shopward.identity.web.models import Account, KnownDevice

COOKIE: Final = "__Host-shopward-device"
YEAR_S: Final = 365 * 24 * 3600
NOWHERE: Final = "::"
NOBODY: Final = UUID(int=0)


def address(request: HttpRequest) -> str:
    """The address it is counted under; `::` when it has none."""
    found = _address(request)
    return str(found) if found else NOWHERE


def network_name(request: HttpRequest) -> str:
    """Its network: an IPv4 address or an IPv6 /64."""
    return network.network_of(_address(request))


def label(request: HttpRequest) -> str:
    """The browser's coarse name."""
    return device.label(request.headers.get("user-agent", ""))


def cookie(request: HttpRequest) -> str:
    """The device's cookie; empty when it has none of ours. Secret."""
    value = request.COOKIES.get(COOKIE, "")
    return value if device.is_cookie(value) else ""


def digest(request: HttpRequest) -> str:
    """The device's digest, or an empty text for one without a cookie."""
    value = cookie(request)
    return device.digest(value, label(request)) if value else ""


def is_known(request: HttpRequest, account: Account | None) -> bool:
    """Whether this browser has signed this person in before; nobody is asked about as well."""
    value = cookie(request)
    if not value:
        return False
    whose = account.pk if account else NOBODY
    digests = list(KnownDevice.objects.filter(account=whose).values_list("digest", flat=True))
    return device.is_known(digests, value, label(request))


def remember(request: HttpRequest, account: Account, now: datetime) -> tuple[str, bool]:
    """Notes the device; its cookie to be set, and whether it is new to a person who had others."""
    value = cookie(request) or device.new_cookie()
    first = not account.devices.exists()
    row, made = KnownDevice.objects.get_or_create(
        account=account,
        digest=device.digest(value, label(request)),
        defaults={"label": label(request), "first_seen": now, "last_seen": now},
    )
    if not made:
        KnownDevice.objects.filter(pk=row.pk).update(last_seen=now)
    return value, made and not first


def set_cookie(answer: HttpResponseBase, value: str) -> None:
    """Gives the browser its device's cookie."""
    answer.set_cookie(COOKIE, value, YEAR_S, secure=True, httponly=True, samesite="Lax")


def _address(request: HttpRequest) -> network.Address | None:
    proxies = [ip_network(one) for one in house().identity.trusted_proxies.split()]
    forwarded = request.headers.get("x-forwarded-for", "")
    return network.client_address(request.META.get("REMOTE_ADDR", ""), forwarded, proxies)
