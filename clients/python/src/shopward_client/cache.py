"""Values that were revealed a moment ago, kept in this process; there is none unless you make one.

A value that is taken from here leaves no entry: the ledger then shows one look where several people
may have seen the value. Clear values stay in this process's memory for as long as they are kept.
Keep little, for seconds, or nothing.

- Kept is at most `most` values, each for `keep_s` seconds; the oldest leave first.
- A value is found again only for the same customer, field, purpose and fact.
- A refusal is never kept.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from shopward_client.errors import ConfigError

LONGEST_S = 300.0
MOST = 100_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value belongs and what it was shown for."""

    subject: str
    field: str
    purpose: str | None
    fact: str | None


class Cache:
    """A bounded number of values for a bounded time. Safe to share between threads.

    Args:
        most: Values, 1 to 100,000.
        keep_s: Seconds, above 0 and at most 300.
        monotonic: Gives seconds that never go back.

    Raises:
        ConfigError: A bound is out of range.
    """

    def __init__(
        self,
        most: int = 1_000,
        keep_s: float = 10.0,
        *,
        monotonic: Callable[[], float] = time.monotonic,  # noqa: TID251 - the client stands alone
    ) -> None:
        if not 1 <= most <= MOST:
            raise ConfigError(f"`most` is a number from 1 to {MOST}.", field="most")
        if not 0 < keep_s <= LONGEST_S:
            raise ConfigError(f"`keep_s` is above 0 and at most {LONGEST_S:g}.", field="keep_s")
        self._most, self._keep_s, self._monotonic = most, keep_s, monotonic
        self._kept: OrderedDict[Place, tuple[float, str | None]] = OrderedDict()
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"Cache(most={self._most}, keep_s={self._keep_s:g})"

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, place: Place) -> tuple[str | None] | None:
        """Give a value in a tuple of one; None when it is not kept."""
        with self._lock:
            until_s, value = self._kept.get(place, (0.0, None))
            if until_s <= self._monotonic():
                self._kept.pop(place, None)
                return None
            return (value,)

    def put(self, place: Place, value: str | None) -> None:
        """Keep a value."""
        with self._lock:
            self._kept.pop(place, None)
            self._kept[place] = (self._monotonic() + self._keep_s, value)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def forget(self, subject: str) -> None:
        """Drop a customer's values, as an update or an erasure by this process demands."""
        with self._lock:
            for place in [one for one in self._kept if one.subject == subject]:
                del self._kept[place]

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._kept.clear()
