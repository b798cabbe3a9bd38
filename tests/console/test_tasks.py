"""Work for later: run once it is due, tried again when it fails, by one worker at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial

import pytest

from shopward import clock
from shopward.console import tasks
from shopward.console.models import Event, Task
from shopward.console.worker import Worker, wake
from shopward.events import Kind

pytestmark = pytest.mark.django_db(transaction=True)
CANARY = "canary-4711"


class OddError(Exception):
    """What a task raises here."""


def _noting(noted: list[int]) -> Callable[..., None]:
    def note(number: int) -> None:
        noted.append(number)

    return note


@pytest.fixture
def done() -> Iterator[list[int]]:
    """What the kind `note` has noted, and `break` that always breaks."""
    noted: list[int] = []
    tasks.task("note", attempts=3)(_noting(noted))

    def broken() -> None:
        raise OddError(CANARY)

    tasks.task("break", attempts=3)(broken)
    yield noted
    del tasks.KINDS["note"], tasks.KINDS["break"]


def drain() -> int:
    ran = 0
    while tasks.run_next(clock.now()):
        ran += 1
    return ran


def test_what_is_due_is_run_once_in_its_order(done: list[int]) -> None:
    for number in range(3):
        tasks.queue("note", number=number)

    assert drain() == 3
    assert done == [0, 1, 2]
    assert set(Task.objects.values_list("state", flat=True)) == {"done"}


def test_what_is_not_due_waits(done: list[int]) -> None:
    tasks.queue("note", number=1, due=clock.now() + timedelta(hours=1))

    assert drain() == 0


def test_the_same_key_is_queued_once(done: list[int]) -> None:
    for _ in range(3):
        tasks.queue("note", key="note@1", number=1)

    assert drain() == 1


def test_a_failure_is_tried_again_later_and_then_given_up_without_what_it_said(
    done: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tasks.queue("break")
    now = clock.now()

    assert tasks.run_next(now)
    assert not tasks.run_next(now)
    for _ in range(2):
        now += timedelta(hours=1)
        assert tasks.run_next(now)

    row = Task.objects.get()
    assert (row.state, row.attempts, row.error) == ("failed", 3, "OddError")
    event = Event.objects.get()
    assert (event.kind, event.about) == (Kind.TASK_FAILED, f"task=break id={row.pk} error=OddError")
    assert CANARY not in caplog.text


def test_a_task_whose_worker_died_is_taken_by_another(done: list[int]) -> None:
    tasks.queue("note", number=1)
    now = clock.now()
    assert tasks._claim(now) is not None  # and then it is killed

    assert not tasks.run_next(now + timedelta(minutes=4))
    assert tasks.run_next(now + timedelta(minutes=6))
    assert done == [1]


def test_a_worker_that_lost_its_lease_ends_nobody_else_s_task(done: list[int]) -> None:
    tasks.queue("break")
    now = clock.now()
    late = tasks._claim(now)
    assert late is not None
    taken = tasks._claim(now + timedelta(minutes=6))
    assert taken is not None

    tasks._put_off(late, "Late")

    row = Task.objects.get()
    assert (row.state, row.lease, row.error) == ("running", taken.lease, "")


def test_only_one_of_two_that_look_at_once_has_it(
    done: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.queue("note", number=1)
    row = Task.objects.get()
    assert tasks._claim(clock.now()) is not None
    first = Task.objects.filter(pk=row.pk, lease=row.lease, attempts=row.attempts)

    assert first.update(state="running") == 0


def test_what_failed_is_tried_again_when_somebody_says_so(done: list[int]) -> None:
    tasks.queue("break")
    now = clock.now()
    for hours in range(3):
        tasks.run_next(now + timedelta(hours=hours))
    pk = Task.objects.get().pk

    assert tasks.retry(pk, "acc_1", "owner")
    assert not tasks.retry(pk, "acc_1", "owner")
    assert Task.objects.get().state == "waiting"
    assert Event.objects.filter(kind=Kind.TASK_RETRIED, actor="acc_1").count() == 1


def test_what_recurs_is_queued_once_a_turn(done: list[int]) -> None:
    tasks.task("every-minute", every=timedelta(minutes=1))(lambda: None)
    now = clock.from_ms(1_750_000_000_000)
    try:
        for seconds in (0, 1, 59, 60, 61):
            tasks.Recurring().queue(now + timedelta(seconds=seconds))
        assert Task.objects.filter(kind="every-minute").count() == 2
    finally:
        del tasks.KINDS["every-minute"]


def test_a_look_between_two_turns_costs_nothing_and_wakes_nobody(
    done: list[int],
    django_assert_num_queries: Callable[[int], AbstractContextManager[object]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recurring, now = tasks.Recurring(), clock.from_ms(1_750_000_000_000)
    recurring.queue(now)
    woken: list[int] = []
    monkeypatch.setattr("shopward.console.worker.wake", partial(woken.append, 1))

    with django_assert_num_queries(0):
        recurring.queue(now + timedelta(seconds=1))

    assert not woken


def test_what_was_done_a_month_ago_goes(done: list[int]) -> None:
    tasks.queue("note", number=1)
    drain()
    Task.objects.update(ended=clock.now() - timedelta(days=31))

    tasks.tidy()

    assert not Task.objects.exists()


def test_a_worker_looks_when_it_is_woken_and_ends_when_told() -> None:
    looked: list[int] = []
    worker = Worker("probe", lambda: bool(looked.append(1)))
    worker.start()
    wake()
    worker.stop()

    assert looked
    assert not worker.is_alive()
