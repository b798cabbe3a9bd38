"""What runs beside the web pages: one thread carries events to the ledger, one runs tasks."""

from __future__ import annotations

from shopward import clock
from shopward.console import accounts, mail, oidc_keys, outbox, portal_tasks, tasks
from shopward.console.worker import Worker

__all__ = ["accounts", "mail", "oidc_keys", "portal_tasks", "start"]


def start() -> list[Worker]:
    """Both threads, running."""
    workers = [Worker("outbox", lambda: outbox.deliver() > 0), Worker("tasks", _work)]
    for one in workers:
        one.start()
    return workers


def _work() -> bool:
    now = clock.now()
    tasks.queue_recurring(now)
    return tasks.run_next(now)
