"""Which guide is offered by itself now, and waving one away."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from shopward.portal import nudges
from shopward.portal.guides import Guide, Nudge
from shopward.portal.web.models import Waved


def offered(subject: str, moments: Collection[Nudge], now: datetime) -> Guide | None:
    """The guide to offer, if any."""
    waved = {Nudge(one.nudge): one.at for one in Waved.objects.filter(subject=subject)}
    return nudges.offered(moments, waved, now)


def wave(subject: str, nudge: Nudge, now: datetime) -> None:
    """Not now, thanks."""
    Waved.objects.update_or_create(subject=subject, nudge=nudge.value, defaults={"at": now})
