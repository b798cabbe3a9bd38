"""The handlers of long work, behind the admin door."""

from __future__ import annotations

import msgspec

from shopward.api.auditing import refuse_stranger
from shopward.api.handlers import decode, receipt_of
from shopward.api.plane import Call, Reply, reply
from shopward.api.wire_jobs import JobList, JobMoved, JobRequest, job

JOB = msgspec.json.Decoder(JobRequest)


async def list_jobs(call: Call) -> Reply:
    """Every job, the oldest first."""
    if (refused := await refuse_stranger(call)) is not None:
        return refused
    return reply(JobList([job(row) for row in await call.plane.jobs.list_()]))


async def start_job(call: Call) -> Reply:
    """Begins a job, or shows the same one that is under way."""
    request: JobRequest = decode(JOB, call.body)
    row, settled = await call.plane.jobs.start(request.name, request.argument, call.caller)
    return reply(JobMoved(job(row), receipt_of(settled) if settled else None), 201)


async def cancel_job(call: Call) -> Reply:
    """Ends a job where it stands."""
    row, settled = await call.plane.jobs.cancel(call.tail, call.caller)
    return reply(JobMoved(job(row), receipt_of(settled)))
