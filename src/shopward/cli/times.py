"""Times as a person gives them: `2026-12-01T18:00:00+01:00`, or `7d` from now."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import click

SPAN = re.compile(r"([1-9][0-9]{0,3})([mhd])")
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def moment(text: str, option: str) -> datetime:
    """An aware moment.

    Raises:
        click.BadParameter: Not such a time.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        wrong = "write it with a zone, like 2026-12-01T18:00:00+01:00"
        raise click.BadParameter(wrong, param_hint=option)
    return found


def span(text: str, option: str) -> timedelta:
    """Minutes, hours or days.

    Raises:
        click.BadParameter: Not such a span.
    """
    found = SPAN.fullmatch(text)
    if found is None:
        raise click.BadParameter("write it like 30m, 12h or 7d", param_hint=option)
    return timedelta(**{UNITS[found[2]]: int(found[1])})
