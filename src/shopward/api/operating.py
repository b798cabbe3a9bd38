"""Long work that a person may begin through the pages: little of it, freshly proven, not too often.

Who takes over a control plane can say that anybody is there. So a person may begin only what harms
nobody when it is begun without need: a backup into the folder of the settings, a restore drill, the
next epoch's key. Whatever makes a credential, names a file, changes a key that others verify with,
or cannot be undone stays with the operator, behind the admin door.

- A role needs `operate`, the person two factors, the newest shown within five minutes.
- The same work begins at most once an hour, so that nobody can push the kept backups out.
- Every refusal is entered; so is every start, with person, role and session.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from shopward.api.handlers import receipt_of, refusal
from shopward.api.plane import Call, Reply
from shopward.clock import from_ms
from shopward.errors import ConflictError, DeniedError
from shopward.policy import Deny, Reason
from shopward.store import JobRow
from shopward.vault.administer import Operate
from shopward.vault.operation import Base

WORK: Final = frozenset({("backup", ""), ("restore-drill", ""), ("rewrap", "turn")})
"""(name, argument) of what a person may begin and end."""
FRESH_S: Final = 300
FACTORS: Final = 2
PAUSE: Final = timedelta(hours=1)
UNDER_WAY: Final = ("waiting", "running")


async def refuse(call: Call, work: tuple[str, str] | None) -> Reply | None:
    """The refusal of a caller that may not begin or end this work, entered; None for one that may.

    `work` is None where there is no such job: nobody but the operator learns that.
    """
    deny = _deny(call, work)
    if deny is None:
        return None
    base = Base(call.plane.vault, call.caller, call.request)
    name = " ".join(work).strip() if work else ""
    settled = (await call.plane.settler.settle([Operate(base, deny, name)]))[0]
    return refusal(settled.error or DeniedError(), receipt_of(settled))


async def refuse_too_soon(call: Call, name: str) -> None:
    """Nothing, for the operator and for work that has not been begun within the hour.

    Raises:
        ConflictError: It was.
    """
    if call.caller.is_operator:
        return
    now = call.plane.vault.moment()
    for row in await call.plane.jobs.list_():
        if row.name != name or row.state in UNDER_WAY:
            continue
        if now - from_ms(row.started_ms) < PAUSE:
            raise ConflictError(
                "This was done within the last hour.",
                hint="Wait; whoever runs the machine can do it at any time.",
                reason="too-soon",
            )


def work_of(rows: list[JobRow], identifier: str) -> tuple[str, str] | None:
    """What a job is about; None when there never was one of this id."""
    return next(((row.name, row.argument) for row in rows if row.id == identifier), None)


def _deny(call: Call, work: tuple[str, str] | None) -> Deny | None:
    caller, vault = call.caller, call.plane.vault
    if caller.is_operator:
        return None
    now = vault.moment()
    stop = vault.register.freeze_of(caller)
    if stop is not None and stop.stands(now):
        return Deny(Reason.CALLER_FROZEN, until=stop.until)
    if caller.realm != "staff" or caller.bound is not None or work not in WORK:
        return Deny(Reason.VERB_NOT_ALLOWED)
    if (denied := Base(vault, caller, call.request).barred("operate", now)) is not None:
        return denied
    if caller.assurance < FACTORS:
        return Deny(Reason.ASSURANCE_TOO_LOW)
    age_s = caller.auth_age_s(now)
    return Deny(Reason.SIGN_IN_TOO_OLD) if age_s is None or age_s > FRESH_S else None
