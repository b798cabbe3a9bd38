"""The counts of `throttle`, in one table for every process and door.

Attempts are counted in a transaction of their own, before anything is verified: parallel guesses
cannot overtake the count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import models, transaction

from shopward.identity import throttle
from shopward.identity.throttle import (
    FRESH,
    Limit,
    Tally,
    Verdict,
    attempt,
    has_just_locked,
    succeed,
)
from shopward.identity.web.models import Throttle

Keys = Mapping[str, Limit]
_WORST: Final = (Verdict.ALLOW, Verdict.WAIT, Verdict.REBIND)


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of one attempt.

    Args:
        verdict: The strictest of all keys.
        locked: The keys that this attempt has used up.
    """

    verdict: Verdict
    locked: tuple[str, ...]


def count(keys: Keys, now: datetime) -> Counted:
    """Counts one attempt under each key; verify only if the verdict is ALLOW.

    When one key refuses, the others are not counted: a paused account costs a network nothing,
    and waiting costs the authenticator nothing.
    """
    with transaction.atomic():
        before = _read(keys)
        after = {key: attempt(before[key], limit, now) for key, limit in keys.items()}
        worst = max((verdict for _, verdict in after.values()), key=_WORST.index)
        if worst is not Verdict.ALLOW:
            return Counted(worst, ())
        _write({key: tally for key, (tally, _) in after.items()})
        used_up = (k for k, one in keys.items() if has_just_locked(before[k], after[k][0], one))
        return Counted(worst, tuple(used_up))


def is_paused(keys: Keys, now: datetime) -> bool:
    """Whether an attempt under one of these keys would not be verified now; counts nothing."""
    with transaction.atomic():
        tallies = _read(keys)
    return any(throttle.is_paused(tallies[key], limit, now) for key, limit in keys.items())


def forgive(keys: Keys) -> None:
    """After a success: these keys start anew; a network's only loses this attempt."""
    before = _read(keys)
    _write({key: succeed(before[key], limit) for key, limit in keys.items()})


def take_back(keys: Keys) -> None:
    """After an attempt that was right, but is not the whole sign-in: it was none."""
    with transaction.atomic():
        before = _read(keys)
        _write({key: throttle.take_back(before[key], limit) for key, limit in keys.items()})


def forget(keys: Sequence[str]) -> None:
    """After an authenticator was bound anew: its count is gone."""
    Throttle.objects.filter(pk__in=keys).delete()


def sweep(now: datetime) -> None:
    """Takes away what is as good as never counted: pauses that ended, quiet networks."""
    old = models.Q(key__startswith="network:", since__lte=now - timedelta(hours=1), until=None)
    texts = models.Q(key__startswith="sms-", since__lte=now - timedelta(days=1), until=None)
    Throttle.objects.filter(models.Q(until__lte=now) | old | texts).delete()


def _read(keys: Keys) -> dict[str, Tally]:
    rows = Throttle.objects.select_for_update().in_bulk(sorted(keys))
    found = {key: Tally(row.failures, row.since, row.until) for key, row in rows.items()}
    return {key: found.get(key, FRESH) for key in keys}


def _write(tallies: Mapping[str, Tally]) -> None:
    rows = [Throttle(k, t.failures, t.since, t.until) for k, t in tallies.items()]
    fields = ("failures", "since", "until")
    Throttle.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["key"], update_fields=fields
    )
