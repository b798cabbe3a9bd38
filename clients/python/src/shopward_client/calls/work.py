"""Long work of the data plane (admin socket only): what there is, begun and ended."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from shopward_client.answers import Job, JobList, JobMoved
from shopward_client.call import Call
from shopward_client.calls.build import body, get, json_of
from shopward_client.items import Item


@dataclass(frozen=True, slots=True)
class _Job(Item):
    name: str
    argument: str


def jobs() -> Call[tuple[Job, ...]]:
    """List every job there ever was, the oldest first."""
    read = json_of(JobList)
    return get("/v1/jobs", lambda answer: read(answer).jobs)


def start_job(name: str, argument: str = "") -> Call[JobMoved]:
    """Begin a job; the same one that is under way is shown instead, so it may be sent again.

    Args:
        name: What kind of work.
        argument: What this kind wants to know.
    """
    document = body(_Job(name, argument).to_wire())
    return Call("POST", "/v1/jobs", json_of(JobMoved), body=document, is_harmless=True)


def cancel_job(job: str) -> Call[JobMoved]:
    """End the job with this id where it stands; what it did stays done."""
    return Call("DELETE", f"/v1/jobs/{quote(job, safe='')}", json_of(JobMoved))
