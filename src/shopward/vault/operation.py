"""What every verb has in common: read, prepare, commit, and only then answer.

An operation says what it needs, and from what was found *prepares* an answer together with the
change that records it. `settle` commits the change and hands the answer out afterwards; if
the world moved in between, it reads and prepares again.

- Nothing leaves before its entry is durable: neither a value nor a refusal.
- `prepare` does no I/O and can be repeated.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol

import msgspec
from msgspec import Struct

from shopward.errors import (
    ConflictError,
    DeniedError,
    ErasedError,
    NotFoundError,
    ShopwardError,
    UndecryptableError,
)
from shopward.events import Kind
from shopward.policy import Ask, Deny, Reason, Spent, may
from shopward.policy.explain import explain
from shopward.policy.words import REASONS, until
from shopward.store import Change, Found, Need, Op, Snapshot
from shopward.vault.caller import Caller
from shopward.vault.cipher import Dek
from shopward.vault.details import Details, seal
from shopward.vault.frozen import read_freeze
from shopward.vault.replay import Idempotency
from shopward.vault.service import Vault


class Lasting(Struct, frozen=True):
    """What a restore must not undo; the erasure journal keeps it.

    `erased`: a whole customer (`classes` is None) but for what `stays`, or some classes of one.
    `revoked`: a caller.
    `frozen`: a customer or a caller, with the freeze as its row keeps it; None for thawed.
    """

    what: Literal["erased", "revoked", "frozen"]
    subject: bytes = b""
    caller: str | None = None
    classes: tuple[str, ...] | None = None
    freeze: str | None = None
    stays: tuple[str, ...] = ()


class Prepared(Struct):
    """An answer that may leave once `change` is durable; `error` leaves instead when set.

    `gone` is a subject as it was, whose keys the change destroys: they leave the cache too.
    `lasting` goes to the erasure journal before the answer leaves.
    """

    change: Change
    details: Details
    value: Any = None
    error: ShopwardError | None = None
    gone: Snapshot | None = None
    lasting: Lasting | None = None


class Settled(Struct):
    """An answer whose entry is durable at `position`; `note` is a checkpoint that holds it."""

    value: Any
    error: ShopwardError | None
    position: int
    leaf_hash: bytes
    note: str
    replayed: bool = False


class Operation(Protocol):
    """One verb with its arguments; `changes` is `subject`, `fact` or `callers` when it does."""

    verb: ClassVar[str]
    changes: ClassVar[str]

    @property
    def base(self) -> Base:
        """Where and for whom it runs."""

    def need(self) -> Need:
        """What it must read."""

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """Its answer and the change that records it, from what was found."""


class Base(Struct, frozen=True):
    """Where and for whom an operation runs. `request` is the request id, not secret."""

    vault: Vault
    caller: Caller
    request: str
    idempotency: Idempotency | None = None

    def details(self, verb: str, **more: Any) -> Details:
        """Details with everything that is the same for every verb."""
        caller = self.caller
        return Details(
            v=1,
            request=self.request,
            actor=caller.id,
            role=caller.role,
            assurance=caller.assurance,
            verb=verb,
            policy=self.vault.policy.sha256,
            via=caller.via,
            realm=caller.realm,
            session=caller.session,
            **more,
        )

    def entry(
        self,
        kind: Kind,
        details: Details,
        snapshot: Snapshot | None = None,
        writes: tuple[tuple[Op, tuple[Any, ...]], ...] = (),
    ) -> Change:
        """A change that records `details`, sealed for the subject, or for the house."""
        change = self.sealed(kind, details, self.vault.ledger_dek(snapshot), writes)
        if snapshot is not None:
            change.guard, change.generation = snapshot.subject, snapshot.generation
        return change

    def sealed(
        self,
        kind: Kind,
        details: Details,
        lock: tuple[bytes, Dek],
        writes: tuple[tuple[Op, tuple[Any, ...]], ...] = (),
    ) -> Change:
        """A change that records `details`, sealed under the ledger DEK of this subject."""
        vault, (subject, dek) = self.vault, lock
        promise, sealed = seal(dek, vault.installation, subject, details)
        change = Change(kind, promise, subject, sealed, writes, policy=vault.policy.sha256)
        if not self.caller.is_operator:
            change.callers = vault.register.version
        return change

    def barred(self, verb: str, now: datetime, snapshot: Snapshot | None = None) -> Deny | None:
        """Why this caller may not do this to this customer now; None when it may.

        For verbs that take no purpose; `policy.decide` judges the others.
        """
        stop = self.vault.register.freeze_of(self.caller)
        if stop is not None and stop.holds(verb, now):
            return Deny(Reason.CALLER_FROZEN, until=stop.until)
        stop = read_freeze(snapshot.freeze) if snapshot is not None else None
        if stop is not None and stop.holds(verb, now):
            return Deny(Reason.SUBJECT_FROZEN, until=stop.until)
        return may(self.vault.policy, self.caller.role, verb)

    def spent(self, purpose: str | None, snapshot: Snapshot | None, now: datetime) -> Spent | None:
        """What this caller has used of its budget; None when it has none for the purpose."""
        policy = self.vault.policy
        budget = policy.budget_of.get((self.caller.role, purpose))
        if budget is None:
            return None
        subject = None if snapshot is None else snapshot.subject
        return self.vault.budgets.spent(policy, budget, self.caller.key, subject, now)

    def spend(
        self, change: Change, purpose: str | None, snapshot: Snapshot | None, now: datetime
    ) -> None:
        """Lets a permitted look count in the caller's budget, in the transaction of its receipt."""
        policy, budgets = self.vault.policy, self.vault.budgets
        budget = policy.budget_of.get((self.caller.role, purpose))
        if budget is None:
            return
        budgets.read(budget, self.caller.key, self.request, now)
        if snapshot is None:
            return
        more = budgets.spend(policy, budget, self.caller.key, snapshot.subject, now)
        if more is not None:
            change.spend, writes = more
            change.writes += writes

    def permit(self, details: Details, **more: Any) -> Details:
        """The same details, permitted."""
        return msgspec.structs.replace(details, decision="permit", **more)

    def replay_need(self) -> Need:
        """What an idempotent request reads first: its earlier answer."""
        return Need(replay=self.idempotency.digest if self.idempotency else None)

    def remember(self, change: Change, value: Any) -> None:
        """Keeps the answer with the change, so that the same key gets the same answer."""
        if self.idempotency is not None:
            change.replay = self.vault.replays.seal(self.idempotency, value)

    def refuse(
        self,
        deny: Deny,
        details: Details,
        snapshot: Snapshot | None = None,
        asked: tuple[Ask, datetime] | None = None,
    ) -> Prepared:
        """A denial, to be entered before it is told; `asked` lets it be told more exactly."""
        reason = str(deny.reason)
        said = msgspec.structs.replace(details, decision="deny", reason=reason)
        sentence, hint = REASONS[deny.reason]
        if deny.until is not None:
            ends = until(deny.until, self.vault.policy.shop.time_zone)
            sentence = f"{sentence.removesuffix('.')} {ends}."
        for step in explain(self.vault.policy, *asked) if asked else ():
            if step.reason is deny.reason and step.field == deny.field:
                sentence = step.words
        error = DeniedError(sentence, hint=hint, field=deny.field, reason=reason)
        return Prepared(self.entry(Kind.RECORD_DENIED, said, snapshot), said, error=error)

    def absent(self, details: Details, snapshot: Snapshot | None) -> Prepared:
        """The subject is unknown or erased: entered, then told."""
        reason = "subject-unknown" if snapshot is None else "subject-erased"
        said = msgspec.structs.replace(details, decision="deny", reason=reason)
        error: ShopwardError = (
            NotFoundError("No customer is known by that `subject`.", field="subject", reason=reason)
            if snapshot is None
            else ErasedError(field="subject", reason=reason)
        )
        return Prepared(self.entry(Kind.RECORD_DENIED, said, snapshot), said, error=error)

    def fail(
        self, error: ShopwardError, details: Details, snapshot: Snapshot | None = None
    ) -> Prepared:
        """Something stored did not open or fit: entered, then told.

        It is entered for the house when the customer's own ledger key is what does not open.
        """
        said = msgspec.structs.replace(details, decision="fail", reason=error.reason or error.code)
        try:
            change = self.entry(Kind.RECORD_FAILED, said, snapshot)
        except UndecryptableError:
            change = self.entry(Kind.RECORD_FAILED, said)
        return Prepared(change, said, error=error)

    def taken(self, name: str, details: Details) -> Prepared:
        """Another customer has this unique value: entered under the house, then told."""
        said = msgspec.structs.replace(
            details, decision="fail", reason="already-taken", subject=None
        )
        shown = name.lstrip("#").removeprefix("token:")
        error = ConflictError(
            f"Another customer already has this `{shown}`.", field=shown, reason="already-taken"
        )
        return Prepared(self.entry(Kind.RECORD_FAILED, said), said, error=error)
