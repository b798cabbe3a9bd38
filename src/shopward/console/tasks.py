"""Work for later: queued in the database with the change that wants it, run by `worker`.

A kind of work is a function of its arguments, registered under a name::

    @task("mail", attempts=12)
    def send(mail: int) -> None: ...


    queue("mail", mail=7)

- At least once: a worker holds a task for `LEASE`, and renews nothing. A task whose worker died is
  taken by another afterwards, so the function has to bear being called again.
- A failure is tried again, later each time: 10 s, 20 s, 40 s … at most an hour apart.
- What an error said is not kept, for it may hold a value; its type is.
- Nothing but JSON is stored: a row in the table can call what is registered, and nothing else.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q

from shopward import clock
from shopward.console import outbox, vouch, worker
from shopward.console.models import Event, Mail, Task
from shopward.events import Kind

LEASE: Final = timedelta(minutes=5)
FIRST_WAIT: Final = timedelta(seconds=10)
LONGEST_WAIT: Final = timedelta(hours=1)
DOUBLINGS: Final = 16
KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Work:
    """A kind of work; `every` makes it recur."""

    kind: str
    call: Callable[..., None]
    attempts: int
    every: timedelta | None


KINDS: Final[dict[str, Work]] = {}


def task(
    kind: str, *, attempts: int = 8, every: timedelta | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Registers a function as a kind of work."""

    def register(call: Callable[..., None]) -> Callable[..., None]:
        KINDS[kind] = Work(kind, call, attempts, every)
        return call

    return register


def queue(
    kind: str,
    *,
    key: str | None = None,
    due: datetime | None = None,
    **arguments: str | int,
) -> None:
    """Queues work in this transaction; with `key`, once and never again.

    Raises:
        KeyError: There is no such kind.
    """
    known = KINDS[kind]
    row = Task(kind=known.kind, arguments=arguments, key=key, due=due or clock.now())
    Task.objects.bulk_create([row], ignore_conflicts=key is not None)
    transaction.on_commit(worker.wake)


class Recurring:
    """Queues what recurs, once for each of its turns, however many processes ask.

    What this process asked for already it does not ask for again: a look costs nothing, and wakes
    nobody.
    """

    def __init__(self) -> None:
        self._asked: dict[str, int] = {}

    def queue(self, now: datetime) -> None:
        """Queues each kind whose turn has come."""
        for known in KINDS.values():
            if known.every is None:
                continue
            turn = int(now.timestamp() // known.every.total_seconds())
            if self._asked.get(known.kind) != turn:
                queue(known.kind, key=f"{known.kind}@{turn}")
                self._asked[known.kind] = turn


def run_next(now: datetime) -> bool:
    """Runs one task that is due; False when there is none."""
    row = _claim(now)
    if row is None:
        return False
    try:
        KINDS[row.kind].call(**row.arguments)
    except Exception as error:  # noqa: BLE001 - whatever breaks, it is tried again
        _put_off(row, type(error).__name__)
    else:
        _mine(row).update(state=Task.State.DONE, ended=clock.now(), error="", lease=None)
    return True


def retry(pk: int, actor: str, role: str) -> bool:
    """Has a task that failed tried again from the start; False when it has not failed."""
    with transaction.atomic():
        failed = Task.objects.filter(pk=pk, state=Task.State.FAILED)
        kind = failed.values_list("kind", flat=True).first()
        if kind is None:
            return False
        failed.update(state=Task.State.WAITING, due=clock.now(), attempts=0, ended=None)
        about = f"task={kind} id={pk}"
        outbox.record(Kind.TASK_RETRIED, actor=actor, realm="staff", role=role, about=about)
    transaction.on_commit(worker.wake)
    return True


def _claim(now: datetime) -> Task | None:
    """The next due task, ours for a while; whoever updates the row first has it."""
    is_free = Q(state=Task.State.WAITING) | Q(state=Task.State.RUNNING, lease_until__lte=now)
    due = Task.objects.filter(is_free, due__lte=now, kind__in=KINDS, ended=None)
    for row in due.order_by("due", "pk")[:8]:
        lease = uuid.uuid4()
        taken = Task.objects.filter(pk=row.pk, lease=row.lease, attempts=row.attempts).update(
            state=Task.State.RUNNING,
            lease=lease,
            lease_until=now + LEASE,
            attempts=row.attempts + 1,
        )
        if taken:
            row.lease, row.attempts = lease, row.attempts + 1
            return row
    return None


def _mine(row: Task) -> Any:  # noqa: ANN401 - a queryset
    """The row while we still hold it."""
    return Task.objects.filter(pk=row.pk, lease=row.lease)


def _put_off(row: Task, error: str) -> None:
    now = clock.now()
    if row.attempts >= KINDS[row.kind].attempts:
        with transaction.atomic():
            failed = _mine(row).update(state=Task.State.FAILED, ended=now, error=error, lease=None)
            if failed:
                about = f"task={row.kind} id={row.pk} error={error}"
                outbox.record(Kind.TASK_FAILED, actor=vouch.NAME, about=about)
        return
    wait = min(FIRST_WAIT * 2 ** min(row.attempts - 1, DOUBLINGS), LONGEST_WAIT)
    _mine(row).update(state=Task.State.WAITING, due=now + wait, error=error, lease=None)


@task("tidy", every=timedelta(hours=1))
def tidy() -> None:
    """Takes away what was done a month ago."""
    before = clock.now() - KEPT
    Task.objects.filter(ended__lte=before).delete()
    Event.objects.filter(settled__lte=before).delete()
    Mail.objects.filter(Q(sent__lte=before) | Q(given_up__lte=before)).delete()
