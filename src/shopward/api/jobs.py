"""The handlers of long work: for the operator, and a little of it for people (`operating`)."""

from __future__ import annotations

import msgspec

from shopward.api.auditing import refuse_stranger
from shopward.api.handlers import decode, receipt_of
from shopward.api.operating import refuse, refuse_too_soon, work_of
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
    if (refused := await refuse(call, (request.name, request.argument))) is not None:
        return refused
    await refuse_too_soon(call, request.name)
    row, settled = await call.plane.jobs.start(request.name, request.argument, call.caller)
    return reply(JobMoved(job(row), receipt_of(settled) if settled else None), 201)


async def cancel_job(call: Call) -> Reply:
    """Ends a job where it stands."""
    work = work_of(await call.plane.jobs.list_(), call.tail)
    if (refused := await refuse(call, work)) is not None:
        return refused
    row, settled = await call.plane.jobs.cancel(call.tail, call.caller)
    return reply(JobMoved(job(row), receipt_of(settled)))
