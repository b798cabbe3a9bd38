"""Settle operations: read, prepare, commit, and hand out only what is durable.

Everything that waits is settled together: one read for all, one transaction, one wait for the
disk, then all answers leave. While a group is being made durable the next one queues up; alone, an
operation waits for nobody.

- An answer, a refusal and a failure all leave after their entry is durable.
- A change prepared on a state that moved (another generation, fact, policy or caller) is prepared
  anew, and so is one whose random phone-shaped token happens to exist.
- An error of the store reaches every operation of its group, any other error only its own.
- Whether the store takes what it is given is said by `trouble`, until it takes something again.
- What follows a change of the same customer or fact waits for the next group; nothing overtakes it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from msgspec import Struct, structs

from shopward.clock import monotonic_s, to_ms
from shopward.errors import (
    ShopwardError,
    UnauthenticatedError,
    UnavailableError,
    UndecryptableError,
)
from shopward.events import Kind
from shopward.ledger.merkle import leaf_hash
from shopward.store import Committed, Found, Need, Op, Outcome, ReplayRow, Spend, Taken
from shopward.vault.administer import Administer
from shopward.vault.caller import SYSTEM
from shopward.vault.explain import Explain
from shopward.vault.find import Find, Hit
from shopward.vault.follow import follow
from shopward.vault.operation import Base, Lasting, Operation, Prepared, Settled
from shopward.vault.record import Record
from shopward.vault.reveal import Reveal
from shopward.vault.search import Search
from shopward.vault.service import Vault
from shopward.vault.terms import within_terms

GROUP_LIMIT = 256
"""Operations in one transaction at most, so that the event loop turns to others in between."""
ROUNDS = 8
"""How often a change is prepared anew before the caller is asked to try again."""


class _Request(Struct):
    """Operations that are answered together."""

    settled: list[Settled | None]
    left: int
    future: asyncio.Future[list[Settled]]

    def put(self, at: int, settled: Settled) -> None:
        self.settled[at] = settled
        self.left -= 1
        if self.left == 0 and not self.future.done():
            self.future.set_result([one for one in self.settled if one is not None])


class _Waiting(Struct):
    """One operation in the queue; `rounds` counts how often it was prepared.

    `changed` is what others have to wait for. `is_done` is set once it was answered or put back in
    the queue: whatever fails later in its group is not about it.
    """

    operation: Operation
    request: _Request
    at: int
    need: Need
    changed: object = None
    rounds: int = 0
    is_done: bool = False

    def put(self, settled: Settled) -> None:
        self.is_done = True
        self.request.put(self.at, settled)

    def fail(self, error: ShopwardError) -> None:
        self.put(Settled(None, error, -1, b"", ""))

    def crash(self, error: BaseException) -> None:
        self.is_done = True
        if not self.request.future.done():
            self.request.future.set_exception(error)


Keep = Callable[[Sequence[tuple[Lasting, Committed]]], Awaitable[ShopwardError | None]]


class Settler:
    """Settles the operations of one vault, group after group, on one event loop.

    Attributes:
        trouble: What the store said last, when it was an error; None when it works.
        failures: Groups that the store did not take.
        keep: Told what must never come back, before it is acknowledged; see `keeper`.
    """

    def __init__(self, vault: Vault) -> None:
        self.vault = vault
        self.keep: Keep | None = None
        self._queue: deque[_Waiting] = deque()
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task = asyncio.get_running_loop().create_task(self._run())
        self._is_closed = False
        self._began_s: float | None = None
        self.trouble: ShopwardError | None = None
        self.failures = 0

    def waits_s(self) -> float:
        """Seconds that the store has been at work on the present group; 0 when it is not."""
        return 0.0 if self._began_s is None else monotonic_s() - self._began_s

    async def settle(self, operations: Sequence[Operation]) -> list[Settled]:
        """Commits what the operations prepare; answers in their order, one entry each.

        An `error` in an answer is to be raised by whoever hands it out. Errors of the request's
        form carry no entry (`position` is -1): nothing was looked at.

        Raises:
            UnavailableError: The vault is closing.
        """
        if self._is_closed:
            raise UnavailableError("The vault is shutting down.", reason="draining")
        if not operations:
            return []
        future: asyncio.Future[list[Settled]] = asyncio.get_running_loop().create_future()
        request = _Request([None] * len(operations), len(operations), future)
        self._queue.extend(
            [
                _Waiting(one, request, at, need := one.need(), _changed(one, need))
                for at, one in enumerate(operations)
            ]
        )
        self._idle.clear()
        self._work.set()
        return await future

    async def close(self) -> None:
        """Settles what was submitted, then ends."""
        self._is_closed = True
        await self._idle.wait()
        self._task.cancel()

    async def _run(self) -> None:
        while True:
            if not self._queue:
                self._idle.set()
                self._work.clear()
                await self._work.wait()
            self._idle.clear()
            await self._settle_or_fail(self._take())

    def _take(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        held: list[_Waiting] = []
        changing: set[object] = set()
        while self._queue and len(group) < GROUP_LIMIT:
            one = self._queue.popleft()
            if changing and (one.need.alias in changing or one.need.fact in changing):
                held.append(one)
                continue
            if one.changed is not None:
                changing.add(one.changed)
            group.append(one)
        self._queue.extendleft(reversed(held))
        return group

    async def _settle_or_fail(self, group: list[_Waiting]) -> None:
        self._began_s = monotonic_s()
        try:
            await self._settle(group)
        except ShopwardError as error:
            self.trouble = error
            self.failures += 1
            for one in _open(group):
                one.fail(error)
        except Exception as error:  # noqa: BLE001 - one bad change must not fail its neighbours
            if len(group) == 1:
                for one in _open(group):
                    one.crash(error)
                return
            for one in _open(group):
                await self._settle_or_fail([one])
        finally:
            self._began_s = None

    async def _settle(self, group: list[_Waiting]) -> None:
        looked = await self.vault.store.look([one.need for one in group])
        await follow(self.vault, looked.state)
        now = self.vault.moment()
        now_ms = to_ms(now)
        if self.vault.policy.budgets:
            await self._load_budgets(group, now)
        ready: list[tuple[_Waiting, Prepared]] = []
        for one, seen in zip(group, looked.found, strict=True):
            try:
                refused = self._refusal(one, seen, now)
                found = self._within_terms(seen, now_ms)
                if refused is not None:
                    ready.append((one, refused))
                elif found.replay is not None:
                    await self._replay(one, found.replay)
                else:
                    ready.append((one, one.operation.prepare(found, now)))
            except UndecryptableError as error:
                base = one.operation.base
                ready.append((one, base.fail(error, base.details(one.operation.verb))))
            except ShopwardError as error:
                one.fail(error)
        await self._commit(ready, looked.as_of)

    def _within_terms(self, found: Found, now_ms: int) -> Found:
        """What was found, without what is past its date."""
        if found.snapshot is None:
            return found
        snapshot = within_terms(self.vault.policy, found.snapshot, now_ms)
        return found if snapshot is found.snapshot else structs.replace(found, snapshot=snapshot)

    async def _load_budgets(self, group: list[_Waiting], now: datetime) -> None:
        asking = {
            (base.caller.key, base.caller.role, one.operation.purpose)
            for one in group
            if isinstance(one.operation, Reveal | Search | Explain | Find | Hit)
            and not (base := one.operation.base).caller.is_operator
        }
        await self.vault.budgets.load(self.vault.store, self.vault.policy, asking, now)

    async def _commit(self, ready: list[tuple[_Waiting, Prepared]], as_of: int) -> None:
        if not ready:
            return
        changes = [prepared.change for _, prepared in ready]
        outcomes = await self.vault.store.commit(changes, as_of)
        self.trouble = None
        await self._keep(ready, outcomes)
        if any(outcome is None for outcome in outcomes) or any(
            one.operation.changes == "callers" for one, _ in ready
        ):
            await self.vault.register.refresh(self.vault.store)
        taken: list[tuple[_Waiting, Prepared]] = []
        for (one, prepared), outcome in zip(ready, outcomes, strict=True):
            if isinstance(outcome, Taken) and not outcome.name.startswith("token:"):
                refused = one.operation.base.taken(outcome.name, prepared.details)
                taken.append((one, refused))
            else:
                self._conclude(one, prepared, outcome)
        await self._commit(taken, as_of)

    async def _keep(
        self, ready: list[tuple[_Waiting, Prepared]], outcomes: Sequence[Outcome]
    ) -> None:
        """Writes what must never come back into the journal, before any of it is acknowledged."""
        kept = [
            (prepared, outcome)
            for (_, prepared), outcome in zip(ready, outcomes, strict=True)
            if prepared.lasting is not None and isinstance(outcome, Committed)
        ]
        if kept and self.keep is not None:
            pairs = [(prepared.lasting, outcome) for prepared, outcome in kept if prepared.lasting]
            error = await self.keep(pairs)
            for prepared, _ in kept:
                prepared.error = error

    def _conclude(self, one: _Waiting, prepared: Prepared, outcome: Outcome) -> None:
        if isinstance(outcome, Committed):
            if (gone := prepared.gone) is not None:
                rows = (*gone.classes.values(), *gone.over.values())
                keys = [(row.name, row.version, row.epoch, row.wrapped) for row in rows]
                self.vault.keyring.forget(gone.subject, keys)
                if any(op is Op.DELETE_SEEN for op, _ in prepared.change.writes):
                    self.vault.budgets.erase(gone.subject)
            if prepared.change.spend is not None:
                self._count(one.operation.base, prepared.change.spend)
            settled = Settled(
                prepared.value,
                prepared.error,
                outcome.position,
                outcome.leaf_hash,
                outcome.note,
            )
            one.put(settled)
            return
        if prepared.change.spend is not None and not self.vault.store.is_exclusive:
            self.vault.budgets.forget(prepared.change.spend)
        if one.rounds < ROUNDS:
            one.is_done = True
            again = (one.operation, one.request, one.at, one.need, one.changed, one.rounds + 1)
            self._queue.append(_Waiting(*again))
        else:
            one.fail(UnavailableError("Others kept changing the same data.", reason="contended"))

    def _count(self, base: Base, spend: Spend) -> None:
        """Counts a customer of a budget; enters a warning when it is nearly used up."""
        vault = self.vault
        vault.budgets.take(spend)
        about = vault.budgets.warning(vault.policy, base.caller.role, spend)
        if about is None:
            return
        warning = Administer(Base(vault, SYSTEM, base.request), Kind.BUDGET_LOW, about)
        nobody = _Request([None], 1, asyncio.get_running_loop().create_future())
        self._queue.append(_Waiting(warning, nobody, 0, warning.need()))

    def _refusal(self, one: _Waiting, found: Found, now: datetime) -> Prepared | None:
        """What stands before any operation; None lets it go on.

        A kept answer leaves only while the caller may do that at all (no policy is about events,
        and their answer holds nothing), and a customer is looked at only behind an alias that is
        its own.

        Raises:
            UnauthenticatedError: The caller was revoked since it knocked.
        """
        base, verb, snapshot = one.operation.base, one.operation.verb, found.snapshot
        if not self.vault.register.may_ask(base.caller):
            raise UnauthenticatedError
        if found.replay is not None:
            deny = None if verb == Record.verb else base.barred(verb, now)
            return None if deny is None else base.refuse(deny, base.details(verb))
        if (
            snapshot is None
            or one.need.subject is not None
            or self.vault.is_bound(one.need.alias, snapshot)
        ):
            return None
        error = UndecryptableError("A reference leads to another customer than it was given to.")
        return base.fail(error, base.details(verb))

    async def _replay(self, one: _Waiting, row: ReplayRow) -> None:
        key = one.operation.base.idempotency
        value = self.vault.replays.open_(key, row) if key is not None else None
        leaves = await self.vault.store.leaves(row.position, 1)
        hashed, note = leaf_hash(leaves[0].leaf), self.vault.log.note
        one.put(Settled(value, None, row.position, hashed, note, replayed=True))


def _changed(operation: Operation, need: Need) -> object:
    """What an operation changes, as others name it: an alias, a fact, or None."""
    if not operation.changes:
        return None
    return {"subject": need.alias, "fact": need.fact, "callers": None}[operation.changes]


def _open(group: list[_Waiting]) -> list[_Waiting]:
    """Those of a group that have no answer yet."""
    return [one for one in group if not one.is_done]
