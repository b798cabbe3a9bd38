"""What an audit asks the control plane: its database, files, outbox, tasks, mails.

The questions are answered from `House`, a picture of one moment; `examining` takes it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from shopward.checks import Check, Outcome

_NAMED: Final = 5
PATIENCE: Final = timedelta(hours=1)
Answer = tuple[Outcome, str, str]


@dataclass(frozen=True, slots=True)
class House:
    """The control plane at one moment.

    Args:
        now: The moment.
        files: What holds secrets or accounts, as far as it is there.
        oldest_event: When the oldest event happened that waits to be entered; None for none.
        refused_events: How many the data plane refused for good.
        failed_tasks: How many tasks failed and were not tried again.
        lost_mails: How many mails were given up.
        has_mail_server: Whether mails leave through a server, or may stay in a folder here.
        unseen: Columns that look personal and that nobody decided; None where none were looked for.
        copied: When the copy of accounts for backups was written; None where none is whole.
    """

    now: datetime
    files: tuple[Path, ...]
    oldest_event: datetime | None
    refused_events: int
    failed_tasks: int
    lost_mails: int
    has_mail_server: bool
    unseen: tuple[str, ...] | None
    copied: datetime | None


def _private(house: House) -> Answer:
    loose = " ".join(str(path) for path in house.files if not _is_private(path))
    if not loose:
        return Outcome.PASS, "Its database and keys are closed to other users.", ""
    return Outcome.FAIL, f"Open to other users, or not ours: {loose}.", f"Run `chmod 600 {loose}`."


def _is_private(path: Path) -> bool:
    status = path.stat()
    return status.st_uid == os.geteuid() and not stat.S_IMODE(status.st_mode) & 0o077


def _outbox(house: House) -> Answer:
    hint = "See that the data plane runs and knows this control plane's key."
    if house.refused_events:
        said = f"{house.refused_events} events were refused for good."
        return Outcome.FAIL, said, "Tasks and mails has the reasons."
    if house.oldest_event is not None and house.now - house.oldest_event > PATIENCE:
        return Outcome.FAIL, "Events have waited for more than an hour to be entered.", hint
    return Outcome.PASS, "What happened is entered, or on its way.", ""


def _tasks(house: House) -> Answer:
    if not house.failed_tasks:
        return Outcome.PASS, "No task failed for good.", ""
    hint = "Tasks and mails has the reasons, and a button to try again."
    return Outcome.FAIL, f"{house.failed_tasks} tasks failed for good.", hint


def _mail(house: House) -> Answer:
    if not house.has_mail_server:
        return Outcome.FAIL, "There is no mail server, so no mail leaves.", "Set `mail.host`."
    if house.lost_mails:
        said = f"{house.lost_mails} mails were given up within a month."
        return Outcome.FAIL, said, "Tasks and mails has the reasons; see `[mail]`."
    return Outcome.PASS, "Mails leave.", ""


def _copy(house: House) -> Answer:
    hint = "See that `console.copy` can be written; it is written every hour and at the start."
    if house.copied is None:
        return Outcome.FAIL, "There is no whole copy of the accounts for backups.", hint
    if house.now - house.copied > 2 * PATIENCE:
        return Outcome.FAIL, "The copy of the accounts for backups is older than two hours.", hint
    return Outcome.PASS, "Backups have a copy of the accounts that is newer than two hours.", ""


def _found(house: House) -> Answer:
    if house.unseen is None:
        said = "Nobody looked for personal data in the shop."
        return Outcome.UNKNOWN, said, "Run `shopward discover DATABASE --for-console`."
    if not house.unseen:
        return Outcome.PASS, "Somebody decided about each column that looks personal.", ""
    named = ", ".join(house.unseen[:_NAMED])
    more = f" and {len(house.unseen) - _NAMED} more" if len(house.unseen) > _NAMED else ""
    hint = "What was found, in the pages, asks about each."
    return Outcome.FAIL, f"Nobody decided about {named}{more}.", hint


_QUESTIONS: Final[tuple[tuple[str, str, Callable[[House], Answer]], ...]] = (
    ("private", "Are the accounts and their keys closed to other users?", _private),
    ("outbox", "Does what happens reach the ledger?", _outbox),
    ("tasks", "Does queued work get done?", _tasks),
    ("mail", "Do mails leave?", _mail),
    ("copy", "Can the accounts come back out of a backup?", _copy),
    ("found", "Did somebody decide about each column that looks personal?", _found),
)
CHECKS: Final = tuple(Check(f"console:{slug}", title, ask) for slug, title, ask in _QUESTIONS)
