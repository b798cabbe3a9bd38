"""Signed in: what a session knows, how it begins, is proven again, and ends.

    identity.shown     [[factor, milliseconds], …]  what was shown in this session, and when
    identity.pending   {"account", "at", "next"}    a right password that waits for a second factor

The row beside it (allauth's `UserSession`) has beginning, last activity, network and a coarse name
of the browser: what its owner sees in the list.

- The session's id changes at sign-in and at every new proof; nothing from before is kept.
- A session without its row is over; deleting the row ends it with the next request.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from allauth.usersessions.models import UserSession
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.dispatch import Signal
from django.http import HttpRequest

from shopward import clock
from shopward.identity import assurance
from shopward.identity.assurance import Factor, Shown
from shopward.identity.session_limits import SessionLimits, of_realm
from shopward.identity.web import client, throttling
from shopward.identity.web.keys import house
from shopward.identity.web.models import Account, Realm

SHOWN: Final = "identity.shown"
PROVEN: Final = "proven"
"""In the row: when a factor was last shown, in milliseconds."""
PENDING: Final = "identity.pending"
PENDING_LIFE: Final = timedelta(minutes=10)
BACKEND: Final = "shopward.identity.web.backend.AccountBackend"
sessions_ended: Final = Signal()
"""Sent with `account` by `end_all`, for what hangs on the session that is kept too."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What the console's assertion says of a session.

    Args:
        level: The assurance level, 1 to 3; 0 for nobody.
        acr: Its name, `aal2`.
        amr: The methods' registered names.
        auth_time: When the newest factor was shown.
        session: Names the session and opens nothing: 32 hex digits.
    """

    level: int
    acr: str
    amr: tuple[str, ...]
    auth_time: datetime
    session: str


def shown(request: HttpRequest) -> tuple[Shown, ...]:
    """What was shown in this session, and is not too old to count."""
    kept: list[tuple[str, int]] = request.session.get(SHOWN, [])
    seen = tuple(Shown(Factor(what), clock.from_ms(at)) for what, at in kept)
    account = request.user
    if not isinstance(account, Account):
        return seen
    since = clock.now() - limits_of(account).whole
    return tuple(one for one in seen if one.at > since)


def proof(request: HttpRequest) -> Proof | None:
    """What may be said of this session to the data plane; None for nobody."""
    seen = shown(request)
    when, key = assurance.auth_time(seen), request.session.session_key
    if not request.user.is_authenticated or when is None or key is None:
        return None
    return Proof(
        assurance.level(seen), assurance.acr(seen), assurance.amr(seen), when, public_id(key)
    )


def public_id(key: str) -> str:
    """A session's name that opens nothing, 32 hex digits."""
    return hashlib.sha256(f"session\x00{key}".encode()).hexdigest()[:32]


def is_fresh(request: HttpRequest, now: datetime) -> bool:
    """Whether a factor was shown a short while ago, enough for a grave step.

    A session that a recovery code began may do nothing but bind a new factor; that it may do as
    long as it lasts, since it has no factor to show again.
    """
    account, when = request.user, assurance.auth_time(shown(request))
    if when is None or not isinstance(account, Account):
        return False
    return not is_complete(request) or limits_of(account).is_fresh(when, now)


def is_complete(request: HttpRequest) -> bool:
    """Whether this session may do everything that its person may."""
    is_staff = getattr(request.user, "realm", Realm.STAFF) == Realm.STAFF
    judge = assurance.is_complete if is_staff else assurance.is_complete_for_customer
    return judge(shown(request))


def limits_of(account: Account) -> SessionLimits:
    """How long this account's sessions live."""
    return of_realm(account.realm, house().identity.customer_days)


def begin(request: HttpRequest, account: Account, seen: Iterable[Shown]) -> None:
    """Signs somebody in: a new session, with nothing of the old one in it."""
    now = clock.now()
    leave(request)
    login(request, account, backend=BACKEND)
    request.session[SHOWN] = [_kept(one) for one in seen]
    request.session.set_expiry(int(limits_of(account).longest.total_seconds()))
    request.session.save()
    UserSession.objects.create(
        user=account,
        session_key=_key(request),
        ip=client.address(request),
        user_agent=client.label(request),
        created_at=now,
        last_seen_at=now,
        data={PROVEN: clock.to_ms(now)},
    )
    _sweep(now)


def leave(request: HttpRequest) -> None:
    """Begins this browser anew: nothing of its session is left, nor the session."""
    UserSession.objects.filter(session_key=request.session.session_key or "").delete()
    request.session.flush()


def prove(request: HttpRequest, one: Shown) -> None:
    """Adds a new proof to a running session, which gets a new id."""
    before = _key(request)
    request.session.cycle_key()
    request.session[SHOWN] = [*request.session.get(SHOWN, ()), _kept(one)][-20:]
    request.session.save()
    data, now = {PROVEN: clock.to_ms(one.at)}, clock.now()
    rows = UserSession.objects.filter(session_key=before)
    rows.update(session_key=_key(request), data=data, last_seen_at=now)


def is_resting(request: HttpRequest, now: datetime) -> bool:
    """Whether the session lasts, and opens nothing until one factor is shown again."""
    account = request.user
    if not isinstance(account, Account) or not limits_of(account).stays:
        return False
    row = UserSession.objects.filter(session_key=request.session.session_key, user=account).first()
    if row is None or limits_of(account).is_over(row.created_at, row.last_seen_at, now):
        return False
    return rests(row, now)


def rests(row: UserSession, now: datetime) -> bool:
    """The same of the session of this row."""
    proven = clock.from_ms(row.data[PROVEN]) if PROVEN in row.data else row.created_at
    return limits_of(row.user).is_resting(proven, row.last_seen_at, now)


def door(request: HttpRequest) -> str:
    """By which page somebody comes in: with one factor where a session of hers rests."""
    return "identity:prove" if getattr(request, "resting", None) else "identity:sign-in"


def is_alive(request: HttpRequest, now: datetime) -> bool:
    """Whether the session still lasts; notes the activity, at most once a minute."""
    row = (
        UserSession.objects.filter(session_key=request.session.session_key, user_id=request.user.pk)
        .select_related("user")
        .first()
    )
    if row is None or not lasts(row, now):
        return False
    touch(row, now)
    return True


def end(keys: Iterable[str]) -> int:
    """Ends sessions by key, at once; how many there were."""
    listed = list(keys)
    Session.objects.filter(session_key__in=listed).delete()
    ended: int = UserSession.objects.filter(session_key__in=listed).delete()[0]
    return ended


def end_all(account: Account, but: str | None = None) -> int:
    """Ends every session of an account, except one; how many."""
    rows = UserSession.objects.filter(user=account).exclude(session_key=but or "")
    sessions_ended.send(sender=None, account=account)
    return end(rows.values_list("session_key", flat=True))


def lasts(row: UserSession, now: datetime) -> bool:
    """Whether the session of this row still lasts, and does not rest."""
    is_over = limits_of(row.user).is_over(row.created_at, row.last_seen_at, now)
    return not is_over and not rests(row, now)


def whole_end(row: UserSession) -> datetime:
    """When it is over at the latest."""
    end: datetime = row.created_at + limits_of(row.user).longest
    return end


def touch(row: UserSession, now: datetime) -> None:
    """Notes that the session's person was there, at most once a minute."""
    if limits_of(row.user).is_seen_due(row.last_seen_at, now):
        UserSession.objects.filter(pk=row.pk).update(last_seen_at=now)


def of(account: Account) -> list[UserSession]:
    """The running sessions of an account, the newest activity first."""
    rows = UserSession.objects.filter(user=account).order_by("-last_seen_at")
    now, limits = clock.now(), limits_of(account)
    return [row for row in rows if not limits.is_over(row.created_at, row.last_seen_at, now)]


def _sweep(now: datetime) -> None:
    """Takes away what is over, of everybody: rows of this table and of Django's."""
    quiet = of_realm(Realm.CUSTOMER, house().identity.customer_days).quiet
    over = UserSession.objects.filter(last_seen_at__lte=now - quiet)
    end(over.values_list("session_key", flat=True)[:500])
    SessionStore.clear_expired()
    throttling.sweep(now)


def _kept(one: Shown) -> list[str | int]:
    return [one.factor.value, clock.to_ms(one.at)]


def _key(request: HttpRequest) -> str:
    key = request.session.session_key
    if key is None:
        raise RuntimeError("a session that was not saved")
    return key


def keep_after_password_change(request: HttpRequest, account: Account) -> None:
    """Keeps this one session although the password, which it is bound to, is another now."""
    before = _key(request)
    update_session_auth_hash(request, account)
    request.session.save()
    UserSession.objects.filter(session_key=before).update(session_key=_key(request))
