"""When backups and drills are due, and what an audit is told about them: all out of the jobs.

Pure: the jobs' rows and the time in, answers out.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from msgspec import Struct

from shopward.checks import Outcome
from shopward.vault.backup.work import BACKUP, DRILL

AGAIN: Final = timedelta(hours=1)
"""How long after a failure it is tried again, if not by its own time before that."""
SLACK: Final = 1.5
"""A backup or drill this many times its distance old is late."""
Answer = tuple[Outcome, str, str]


class Attempt(Struct, frozen=True):
    """A job as far as it matters here; `argument` is empty for one by itself or in the folder."""

    name: str
    argument: str
    state: str
    note: str
    started_ms: int
    finished_ms: int | None


class History(Struct, frozen=True):
    """The last attempts of one kind; None where there was none."""

    last: Attempt | None
    good: Attempt | None

    @classmethod
    def of(cls, name: str, attempts: Iterable[Attempt]) -> History:
        """What these attempts say about one kind of work."""
        found = [one for one in attempts if one.name == name and not one.argument]
        found.sort(key=lambda one: one.started_ms)
        good = [one for one in found if one.state == "done"]
        return cls(found[-1] if found else None, good[-1] if good else None)

    def is_due(self, now_ms: int, every: timedelta) -> bool:
        """Whether the next one should begin."""
        last = self.last
        if last is None:
            return True
        if last.finished_ms is None:
            return False
        wait = every if last.state == "done" else min(every, AGAIN)
        return now_ms - last.started_ms >= wait.total_seconds() * 1000


def judge_backup(history: History, now_ms: int, every: timedelta | None) -> Answer:
    """Whether there is a backup that is new enough; `every` is None when none are made."""
    if every is None:
        hint = "Set `backup.folder`: docs/operations/backup.md."
        return Outcome.UNKNOWN, "No backups are made by themselves.", hint
    good, last = history.good, history.last
    if good is None or good.finished_ms is None:
        if last is not None and last.state == "failed":
            return Outcome.FAIL, f"Every backup failed: {last.note}.", _BACKUP_HINT
        return Outcome.UNKNOWN, "No backup was made yet.", "`shopward backup create` makes one."
    said = f"The newest backup is {_age(now_ms, good.finished_ms)} old."
    if now_ms - good.finished_ms > every.total_seconds() * 1000 * SLACK:
        return Outcome.FAIL, said, _BACKUP_HINT
    return Outcome.PASS, said, ""


def judge_drill(history: History, now_ms: int, every: timedelta | None) -> Answer:
    """Whether a backup was restored on trial lately; `every` is None when no drills are held."""
    good, last = history.good, history.last
    if last is not None and last.state == "failed":
        said = f"The restore drill {_age(now_ms, last.started_ms)} ago failed: {last.note}."
        return Outcome.FAIL, said, _DRILL_HINT
    if good is None or good.finished_ms is None:
        hint = "Run `shopward backup drill`: a backup never restored may be none."
        return Outcome.UNKNOWN, "No backup was ever restored on trial.", hint
    said = f"The restore drill {_age(now_ms, good.finished_ms)} ago passed."
    if every is not None and now_ms - good.finished_ms > every.total_seconds() * 1000 * SLACK:
        return Outcome.FAIL, said, "It is late: run `shopward backup drill` and see what it says."
    return Outcome.PASS, said, ""


def _age(now_ms: int, then_ms: int) -> str:
    hours = max(0, now_ms - then_ms) // 3_600_000
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours"


_BACKUP_HINT: Final = (
    "Look at `shopward job list --all`; then make room or mend the folder, and run "
    "`shopward backup create`."
)
_DRILL_HINT: Final = (
    "Count this backup as lost: make another with `shopward backup create`, run `shopward backup "
    "drill`, and read docs/operations/backup.md on the reason."
)

__all__ = ["BACKUP", "DRILL", "Attempt", "History", "judge_backup", "judge_drill"]
