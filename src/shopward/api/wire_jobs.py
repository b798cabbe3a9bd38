"""What travels about long work: jobs, started and cancelled behind the admin door."""

from __future__ import annotations

from typing import Annotated

import msgspec

from shopward.api.wire import Moment, Name, Position, Receipt, Wire, moment
from shopward.api.works import NAMES
from shopward.store import JobRow

JOB_ID = r"^[a-z][a-z0-9-]*-[1-9][0-9]*$"
JobId = Annotated[str, msgspec.Meta(pattern=JOB_ID)]
JobState = Annotated[
    str,
    msgspec.Meta(extra_json_schema={"enum": ["waiting", "running", "done", "failed", "cancelled"]}),
]


class JobRequest(Wire, frozen=True):
    """Begin a job; `argument` is what this kind of work wants to know."""

    name: Annotated[Name, msgspec.Meta(extra_json_schema={"enum": list(NAMES)})]
    argument: Annotated[str, msgspec.Meta(max_length=1_000)] = ""


class Job(Wire, frozen=True):
    """A job as it stands: `done` of `total`, in the unit of its kind; `note` says why it ended."""

    id: JobId
    name: Name
    argument: str
    state: JobState
    done: Position
    total: Position
    started: Moment
    updated: Moment
    finished: Moment | None = None
    note: str = ""


class JobList(Wire, frozen=True):
    """Every job there ever was, the oldest first."""

    jobs: list[Job]


class JobMoved(Wire, frozen=True):
    """The job as it stands now; no receipt when it was under way already."""

    job: Job
    receipt: Receipt | None = None


def job(row: JobRow) -> Job:
    """A job's row on the wire: without its cursor, which is nobody's business."""
    ended = None if row.finished_ms is None else moment(row.finished_ms)
    begun, moved = moment(row.started_ms), moment(row.updated_ms)
    progress = (row.state, row.done, row.total)
    return Job(row.id, row.name, row.argument, *progress, begun, moved, ended, row.note)
