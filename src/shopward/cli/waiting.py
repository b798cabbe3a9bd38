"""Stays with a job of the data plane until it is over, with its progress."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from shopward.cli import terminal
from shopward.errors import ShopwardError

if TYPE_CHECKING:
    from shopward_client import Client
    from shopward_client.answers import Job

POLL_S: Final = 0.5


def until_over(client: Client, identifier: str, total: int) -> Job:
    """The job as it ended.

    Raises:
        ShopwardError: It failed or was cancelled.
    """
    bar = terminal.Progress(identifier, total)
    while True:
        (job,) = (one for one in client.jobs() if one.id == identifier)
        bar.total = job.total
        bar.to(min(job.done, job.total))
        if job.finished is not None:
            break
        time.sleep(POLL_S)
    bar.close()
    if job.state != "done":
        raise ShopwardError(
            f"`{job.id}` ended as {job.state} ({job.note}).",
            hint="Begin it again; it goes on from what was done.",
        )
    return job
