"""Masks: what is left of a value when a role may see it only in part.

A mask is computed from the opened value and returned in its place; this module opens nothing and
decides nothing. A value that has not the form a mask needs is shown as `•••`: never more.

    clear     the value
    last4     `•••` and the last 4 letters or digits, of values with at least 8
    initial   the first letter and a full stop, of values with at least 2 letters
    domain    what follows the only @
    city      the text under "city" in a JSON object
    year      the first 4 digits of YYYY-MM-DD
    ageband   under 18, 18-24, 25-34, 35-44, 45-54, 55-64 or 65+, from YYYY-MM-DD
    redacted  `•••`

- No mask shows the length of what it hides.
- A mask lessens what is seen by accident; a mail domain or a year can still name one person.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Final

import msgspec

from shopward.policy import Show

HIDDEN: Final = "•••"
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BANDS: Final = ((18, "under 18"), (25, "18-24"), (35, "25-34"), (45, "35-44"), (55, "45-54"))


class _Address(msgspec.Struct, frozen=True):
    city: str


_ADDRESS: Final = msgspec.json.Decoder(_Address)


def mask(show: Show, value: str, today: date) -> str:
    """What may be seen of a value.

    Args:
        show: As the policy's verdict says for this field.
        value: The opened value; personal data.
        today: Decides age bands; a day in the shop's time zone.
    """
    if show is Show.CLEAR:
        return value
    return _MASKS[show](value, today) or HIDDEN


def _last4(value: str, _today: date) -> str:
    letters = [letter for letter in value if letter.isalnum()]
    return HIDDEN + "".join(letters[-4:]) if len(letters) >= 8 else ""


def _initial(value: str, _today: date) -> str:
    letters = [letter for letter in value if letter.isalpha()]
    return f"{letters[0]}." if len(letters) >= 2 else ""


def _domain(value: str, _today: date) -> str:
    local, _, domain = value.strip().rpartition("@")
    return domain if local and "@" not in local else ""


def _city(value: str, _today: date) -> str:
    try:
        return _ADDRESS.decode(value).city
    except (msgspec.DecodeError, UnicodeEncodeError):
        return ""


def _year(value: str, _today: date) -> str:
    born = _day(value)
    return f"{born.year:04}" if born else ""


def _ageband(value: str, today: date) -> str:
    born = _day(value)
    if born is None or born > today:
        return ""
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    below = (name for limit, name in (*_BANDS, (65, "55-64")) if age < limit)
    return next(below, "65+")


def _day(value: str) -> date | None:
    if not _DATE.fullmatch(value.strip()):
        return None
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        return None


def _redacted(_value: str, _today: date) -> str:
    return ""


_MASKS: Final[dict[Show, Callable[[str, date], str]]] = {
    Show.LAST4: _last4,
    Show.INITIAL: _initial,
    Show.DOMAIN: _domain,
    Show.CITY: _city,
    Show.YEAR: _year,
    Show.AGEBAND: _ageband,
    Show.REDACTED: _redacted,
}
