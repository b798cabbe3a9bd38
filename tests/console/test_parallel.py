"""Threads that come at once, as several processes would: nothing is done twice, nothing is lost.

Holds on SQLite and, with `--accounts postgres`, on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Lock

import pytest
from django.db import connection, transaction

from shopward import clock
from shopward.console import tasks
from shopward.console.models import Task
from shopward.identity.throttle import Limit
from shopward.identity.web import throttling
from shopward.identity.web.models import Throttle

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 6
MANY = 24


def at_once(work: Callable[[int], object]) -> list[object]:
    """Calls it in each thread, once all are there."""
    start = Barrier(THREADS)

    def call(number: int) -> object:
        start.wait()
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(call, range(THREADS)))


@pytest.fixture
def ran() -> Iterator[list[int]]:
    """The kind `note`, which notes its number."""
    noted: list[int] = []
    guard = Lock()

    def note(number: int) -> None:
        with guard:
            noted.append(number)

    tasks.task("note", attempts=3)(note)
    yield noted
    del tasks.KINDS["note"]


def test_each_task_is_run_by_one_worker_alone(ran: list[int]) -> None:
    for number in range(MANY):
        tasks.queue("note", number=number)

    def drain(_: int) -> None:
        while Task.objects.filter(ended=None).exists():
            tasks.run_next(clock.now())

    at_once(drain)

    assert sorted(ran) == list(range(MANY))
    assert set(Task.objects.values_list("state", "attempts")) == {("done", 1)}


def test_work_with_a_key_is_queued_once_by_all(ran: list[int]) -> None:
    at_once(lambda _: tasks.queue("note", key="note@1", number=1))

    assert Task.objects.count() == 1


def test_first_attempts_that_come_at_once_are_all_counted() -> None:
    limit = Limit(MANY, timedelta(minutes=30))
    at_once(lambda _: throttling.count({"password:somebody": limit}, clock.now()))

    assert Throttle.objects.get().failures == THREADS


def test_what_follows_from_what_was_read_still_holds_when_it_is_written() -> None:
    def only_one(number: int) -> bool:
        with transaction.atomic():
            if Throttle.objects.exists():
                return False
            Throttle.objects.create(key=f"row:{number}")
            return True

    assert sum(map(bool, at_once(only_one))) == 1
    assert Throttle.objects.count() == 1
