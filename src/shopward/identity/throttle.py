"""How many wrong answers are borne, per account, authenticator and network: counts and moments.

    attempt  counts one more *before* anything is verified, so that a hundred parallel guesses
             are a hundred attempts; it says Allow, Wait(until) or Rebind
    succeed  forgets the failures of the one who succeeded, and of nobody else; `take_back` only
             the attempt that was right

It keeps nothing: `web` stores a `Tally` per key, in one table for every process and door.

- A person: at most 10 in a row, then 30 minutes of silence. A device that has signed this person
  in before counts by itself, and so do passkeys: whoever guesses from elsewhere cannot lock
  somebody out of his own desk.
- An authenticator (one password, one TOTP secret): at most 100 in a row; then it is worth nothing
  until it is bound anew. Waiting does not forgive.
- A network (IPv4 address, IPv6 /64): counted over an hour; no success forgives, one's own least of
  all.

Source: NIST SP 800-63B-4 §3.2.2; PCI DSS 4.0.1 §8.3.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final


@dataclass(frozen=True, slots=True)
class Limit:
    """What one kind of key bears.

    Args:
        attempts: How many are verified; the one after is not.
        pause: How long it then waits; None for ever, until it is bound anew.
        window: After how much quiet earlier failures are forgotten; None never.
    """

    attempts: int
    pause: timedelta | None
    window: timedelta | None = None


PERSON: Final = Limit(10, timedelta(minutes=30))
AUTHENTICATOR: Final = Limit(100, None)
NETWORK: Final = Limit(100, timedelta(minutes=30), window=timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Tally:
    """What is remembered of one key.

    Args:
        failures: Attempts counted since the last success, pause or window.
        since: When the first of them was.
        until: When the pause ends, if there is one.
    """

    failures: int = 0
    since: datetime | None = None
    until: datetime | None = None


class Verdict(Enum):
    """Whether an attempt is verified."""

    ALLOW = "allow"
    WAIT = "wait"
    REBIND = "rebind"


FRESH: Final = Tally()


def attempt(tally: Tally, limit: Limit, now: datetime) -> tuple[Tally, Verdict]:
    """Counts one attempt; what to remember, and whether to verify it.

    The last attempt that is allowed starts the pause at once: if it succeeds, `succeed` ends it.
    """
    tally = _forgive(tally, limit, now)
    if tally.until is not None:
        return tally, Verdict.WAIT
    if tally.failures >= limit.attempts:
        return tally, Verdict.REBIND
    failures = tally.failures + 1
    until = now + limit.pause if limit.pause and failures >= limit.attempts else None
    return Tally(failures, tally.since or now, until), Verdict.ALLOW


def succeed(tally: Tally, limit: Limit) -> Tally:
    """What to remember after a success: nothing; a network keeps all but this one attempt."""
    return take_back(tally, limit) if limit.window is not None else FRESH


def take_back(tally: Tally, limit: Limit) -> Tally:
    """What to remember when this attempt was right, though nobody is signed in by it yet."""
    began_pause = tally.until is not None and tally.failures == limit.attempts
    until = None if began_pause else tally.until
    return Tally(max(tally.failures - 1, 0), tally.since, until)


def is_paused(tally: Tally, limit: Limit, now: datetime) -> bool:
    """Whether an attempt now would not be verified."""
    return attempt(tally, limit, now)[1] is not Verdict.ALLOW


def has_just_locked(before: Tally, after: Tally, limit: Limit) -> bool:
    """Whether this very attempt was the last one that is borne."""
    return before.failures < limit.attempts <= after.failures


def _forgive(tally: Tally, limit: Limit, now: datetime) -> Tally:
    if tally.until is not None:
        return FRESH if now >= tally.until else tally
    if limit.window is None or tally.since is None or now - tally.since < limit.window:
        return tally
    return FRESH
