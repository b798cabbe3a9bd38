"""How a freeze is kept with a customer's or a caller's row: one line of JSON, or nothing.

::

    {"reason": "stolen-key", "since": 1780000000000, "stops": ["reveal"], "until": 1780600000000}

Times are milliseconds since the epoch. It holds no personal data, and lies there in clear.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from shopward.clock import from_ms, to_ms
from shopward.errors import UndecryptableError
from shopward.policy import Freeze


class _Kept(Struct, frozen=True, forbid_unknown_fields=True):
    reason: str
    since: int
    stops: list[str]
    until: int


_decode = msgspec.json.Decoder(_Kept).decode


def read_freeze(text: str | None) -> Freeze | None:
    """The freeze that a row keeps.

    Raises:
        UndecryptableError: It is no freeze of ours: the row was altered, and nothing is looked at.
    """
    if text is None:
        return None
    try:
        kept = _decode(text)
        return Freeze(frozenset(kept.stops), from_ms(kept.since), from_ms(kept.until), kept.reason)
    except (msgspec.DecodeError, ValueError, OverflowError, OSError):
        raise UndecryptableError("A freeze does not read as one.") from None


def write_freeze(freeze: Freeze) -> str:
    """The freeze as its row keeps it."""
    since, until = to_ms(freeze.since), to_ms(freeze.until)
    return msgspec.json.encode(_Kept(freeze.reason, since, sorted(freeze.stops), until)).decode()
