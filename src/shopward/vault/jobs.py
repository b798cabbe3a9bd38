"""Runs long work inside the data plane, step after step, giving way to requests.

Every step goes through the `Settler` like a request: one transaction for its writes, its entry and
the job's row. This module knows no kind of work; `work` says what one is.

- One job of a name at a time. Several jobs take turns, a step each.
- While others write, a job takes at most a quarter of the time; alone, all of it.
- A job is worked on by the process that holds its lease, and a step that was prepared on an older
  row of the job is not committed: two processes never both do it.
- A start goes on with what was under way (`job:resumed`); nothing is begun twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final

from msgspec import Struct, structs

from shopward.clock import monotonic_s, to_ms
from shopward.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    ShopwardError,
    UnavailableError,
)
from shopward.events import Kind
from shopward.store import Found, JobRow, Need, Op
from shopward.vault.caller import SYSTEM, Caller
from shopward.vault.operation import Base, Operation, Prepared, Settled
from shopward.vault.settle import Settler
from shopward.vault.work import Finished, Pause, Work, Write

ACTIVE: Final = frozenset({"waiting", "running"})
LEASE: Final = timedelta(seconds=60)
SHARE: Final = 0.25
"""The part of the time that jobs take while others write."""
LOOK_S: Final = 1.0
"""How often jobs that another process started are looked for."""
RETRY_S: Final = 1.0
TRIES: Final = 20
"""How often a cancellation meets a step that comes first, before it gives up."""
CONTENDED: Final = "contended"

logger = logging.getLogger("shopward.jobs")


class Move(Struct, frozen=True):
    """One write of a job's row, with what belongs to it; answers the row as it is now."""

    verb: ClassVar[str] = "job"
    changes: ClassVar[str] = ""

    base: Base
    kind: Kind
    row: JobRow
    about: str
    writes: tuple[Write, ...] = ()
    reason: str | None = None

    def need(self) -> Need:
        """Nothing: the guard on the job's row is asked when it is written."""
        return Need()

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """The entry, the writes and the row; no policy decides about them."""
        del found, now
        about = f"{self.row.id} {self.about}".rstrip()
        details = self.base.details(str(self.kind), about=about, reason=self.reason)
        writes = (*self.writes, (Op.PUT_JOB, structs.astuple(self.row)))
        change = self.base.entry(self.kind, details, writes=writes)
        change.policy = None
        change.job = (self.row.id, self.row.version - 1)
        return Prepared(change, details, self.row)


class Jobs:
    """The long work of one data plane.

    Args:
        settler: Commits the steps.
        works: Every kind of work there is.
        share: The part of the time that jobs take while others write, above 0 and at most 1.
    """

    def __init__(self, settler: Settler, works: Iterable[Work], *, share: float = SHARE) -> None:
        self.works = {work.name: work for work in works}
        self._settler = settler
        self._vault = settler.vault
        self._share = share
        self._holder = secrets.token_hex(6)
        self._numbers = 0
        self._held: dict[str, JobRow] = {}
        self._ending: set[str] = set()
        self._not_before_s: dict[str, float] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    # What is asked of it

    async def list_(self) -> list[JobRow]:
        """Every job there ever was, the oldest first."""
        return await self._vault.store.jobs()

    async def start(
        self, name: str, argument: str = "", caller: Caller = SYSTEM
    ) -> tuple[JobRow, Settled | None]:
        """Begins a job, or finds the one of this name and argument that is under way.

        Returns:
            Its row, and the entry of its start; None when it was under way.

        Raises:
            InvalidError: There is no such work, or not with this argument.
            ConflictError: It is under way with another argument, or cannot be done now.
        """
        work = self.works.get(name)
        if work is None:
            raise InvalidError(
                "There is no such job.", hint=f"There are: {', '.join(self.works)}.", field="name"
            )
        known = [row for row in await self.list_() if row.name == name]
        for row in known:
            if row.state in ACTIVE:
                if row.argument != argument:
                    raise ConflictError(
                        f"`{row.id}` is under way.",
                        hint=f"Wait for it, or cancel it: `shopward job cancel {row.id}`.",
                        reason="job-active",
                    )
                return row, None
        total = await work.plan(self._vault, argument)
        now_ms = to_ms(self._vault.moment())
        times = (now_ms, now_ms, None)
        identifier = f"{name}-{len(known) + 1}"
        row = JobRow(
            identifier, name, argument, "waiting", "", 0, total, "", *times, "", 0, version=1
        )
        settled = await self._move(Kind.JOB_STARTED, row, argument, caller=caller)
        self._wake.set()
        return row, settled

    async def cancel(self, identifier: str, caller: Caller = SYSTEM) -> tuple[JobRow, Settled]:
        """Ends a job where it stands; what it did stays done.

        Raises:
            NotFoundError: There never was such a job.
            ConflictError: It is over.
            UnavailableError: The store cannot write, or every try met a step of another process.
        """
        self._ending.add(identifier)
        try:
            moved = await self._cancel(identifier, caller, TRIES)
            self._held.pop(identifier, None)
            return moved
        finally:
            self._ending.discard(identifier)

    async def _cancel(self, identifier: str, caller: Caller, tries: int) -> tuple[JobRow, Settled]:
        ended = self._next(await self._active(identifier), state="cancelled", ends=True)
        try:
            return ended, await self._move(Kind.JOB_CANCELLED, ended, caller=caller)
        except UnavailableError as error:
            if error.reason != CONTENDED or tries == 1:
                raise
        return await self._cancel(identifier, caller, tries - 1)

    async def _active(self, identifier: str) -> JobRow:
        for row in await self.list_():
            if row.id == identifier and row.state in ACTIVE:
                return row
            if row.id == identifier:
                raise ConflictError(
                    "This job is over.",
                    hint=f"`shopward job show {identifier}` says how it ended.",
                    reason="job-over",
                    field="id",
                )
        raise NotFoundError("No job of this id is under way.", field="id")

    # Running

    def run(self) -> None:
        """Works in the background from now on, until `close`."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Stops after the step under way."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def drain(self) -> None:
        """Works until nothing is left to do; for a process that serves nobody."""
        while await self._take():
            for row in list(self._held.values()):
                await self._turn(row)
            await asyncio.sleep(self._wait_s())

    async def _run(self) -> None:
        looked_s = -LOOK_S
        while True:
            self._wake.clear()
            with contextlib.suppress(ShopwardError):
                if not self._held or monotonic_s() - looked_s >= LOOK_S:
                    looked_s = monotonic_s()
                    await self._take()
            for row in list(self._held.values()):
                await self._turn(row)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._wait_s())

    def _wait_s(self) -> float:
        """Seconds until a job of ours has something to do."""
        now_s = monotonic_s()
        waits = [self._not_before_s.get(one, now_s) - now_s for one in self._held]
        return max(0.0, min([LOOK_S, *waits]))

    async def _take(self) -> bool:
        """Takes every job that waits or whose holder is gone; whether any is ours."""
        now_ms = to_ms(self._vault.moment())
        for row in await self.list_():
            if row.state not in ACTIVE:
                self._held.pop(row.id, None)
            elif row.holder != self._holder:
                self._held.pop(row.id, None)
                is_free = row.lease_ms <= now_ms or self._vault.store.is_exclusive
                if is_free and row.name in self.works:
                    await self._hold(row)
            elif row.id not in self._held:
                self._held[row.id] = row  # ours, and a step of it was not committed
        return bool(self._held)

    async def _hold(self, row: JobRow) -> None:
        ours = self._next(row, state="running")
        if row.state == "waiting":
            # Its start is entered already; taking it up the first time is part of its first step.
            self._held[row.id] = structs.replace(ours, version=row.version)
            return
        with contextlib.suppress(UnavailableError):
            await self._move(Kind.JOB_RESUMED, ours)
            self._held[row.id] = ours

    async def _turn(self, row: JobRow) -> None:
        """One step of one job; what goes wrong ends or delays this job alone."""
        began_s = monotonic_s()
        if row.id in self._ending or self._not_before_s.get(row.id, began_s) > began_s:
            return
        size = self._vault.log.size
        try:
            pause_s = await self._step(row)
        except UnavailableError:
            self._held.pop(row.id, None)
            pause_s = RETRY_S
        except ShopwardError as error:
            pause_s = await self._fail(row, error.reason or error.code)
        except Exception as error:  # noqa: BLE001 - one job must not end the others
            logger.error("%s failed (%s)", row.id, type(error).__name__)  # noqa: TRY400 - no values
            pause_s = await self._fail(row, "internal")
        took_s = monotonic_s() - began_s
        if self._vault.log.size > size + 1:
            pause_s = max(pause_s, took_s * (1 / self._share - 1))
        self._not_before_s[row.id] = monotonic_s() + pause_s
        await asyncio.sleep(0)

    async def _step(self, row: JobRow) -> float:
        step = await self.works[row.name].step(self._vault, row, self._vault.moment())
        if isinstance(step, Pause):
            return step.seconds
        if isinstance(step, Finished):
            ended = self._next(row, state="done", note=step.note, ends=True)
            await self._move(Kind.JOB_FINISHED, ended, step.note)
            self._held.pop(row.id, None)
            return 0.0
        done = row.done + step.done + await self._each(step.operations)
        moved = self._next(
            row,
            state="running",
            cursor=step.cursor,
            done=done,
            total=max(done, row.total if step.total is None else step.total),
        )
        await self._move(step.kind, moved, step.about, step.writes)
        if row.id in self._held:
            self._held[row.id] = moved
        return 0.0

    async def _each(self, operations: Sequence[Operation]) -> int:
        """Settles the operations of a step; how many succeeded.

        Raises:
            ShopwardError: None did, and not only because all of it was done before.
        """
        settled = await self._settler.settle(operations)
        errors = [one.error for one in settled if one.error is not None]
        wrong = [error for error in errors if not isinstance(error, ConflictError)]
        if wrong and len(errors) == len(settled):
            raise wrong[0]
        return len(settled) - len(errors)

    async def _fail(self, row: JobRow, reason: str) -> float:
        ended = self._next(row, state="failed", note=reason, ends=True)
        with contextlib.suppress(ShopwardError):
            await self._move(Kind.JOB_FAILED, ended, reason=reason)
        self._held.pop(row.id, None)
        return RETRY_S

    def _next(self, row: JobRow, *, ends: bool = False, **more: str | int) -> JobRow:
        now = self._vault.moment()
        ours = {} if ends else {"holder": self._holder, "lease_ms": to_ms(now + LEASE)}
        ended = {"finished_ms": to_ms(now)} if ends else {}
        times = {"updated_ms": to_ms(now), **ended, **ours}
        return structs.replace(row, **{**times, **more}, version=row.version + 1)

    async def _move(
        self,
        kind: Kind,
        row: JobRow,
        about: str = "",
        writes: tuple[Write, ...] = (),
        *,
        reason: str | None = None,
        caller: Caller = SYSTEM,
    ) -> Settled:
        """Commits a row of a job.

        Raises:
            UnavailableError: Another process moved it first, or the store cannot write.
        """
        self._numbers += 1
        base = Base(self._vault, caller, f"job-{self._holder}-{self._numbers:x}")
        settled = (await self._settler.settle([Move(base, kind, row, about, writes, reason)]))[0]
        if settled.error is not None:
            raise settled.error
        return settled
