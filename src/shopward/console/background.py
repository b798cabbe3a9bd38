"""What runs beside the web pages: one thread carries events to the ledger, one runs tasks."""

from __future__ import annotations

from shopward import clock
from shopward.console import accounts, mail, oidc_keys, outbox, portal_tasks, tasks
from shopward.console.worker import Worker

__all__ = ["accounts", "mail", "oidc_keys", "portal_tasks", "start"]


def start() -> list[Worker]:
    """Both threads, running."""
    recurring = tasks.Recurring()

    def work() -> bool:
        now = clock.now()
        recurring.queue(now)
        return tasks.run_next(now)

    workers = [Worker("outbox", lambda: outbox.deliver() > 0), Worker("tasks", work)]
    for one in workers:
        one.start()
    return workers
