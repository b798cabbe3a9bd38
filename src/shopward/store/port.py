"""What a store is: rows in, rows out, and changes that are applied whole or not at all.

A request never talks SQL. It says what it *needs* (`Need`), gets what was *found* (`Found`), and
hands back a `Change`: the entry for the ledger, the writes, and the guards under which both hold.
The store checks the guards and applies writes and leaves in one transaction, many changes at a
time. Because a change is data, a store over an asynchronous driver fits the same Protocol.

- No leaf without its writes, no write without its leaf.
- A guard that no longer holds makes that one change stale; its neighbours go on.
- Leaf positions are the tree size, assigned under the writer's lock: no gaps, no reordering.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct

from shopward.store.postings import Postings
from shopward.store.rows import (
    CallerRow,
    ClassRow,
    FactRow,
    FrozenRow,
    Head,
    JobRow,
    LeafRow,
    PastLog,
    ReplayRow,
    Snapshot,
)

HOUSE = bytes(16)
"""The subject of everything that belongs to no customer."""


class Op(StrEnum):
    """Every write there is; each store holds one statement per name, in this order of applying."""

    DELETE_ALIASES = "delete_aliases"
    DELETE_ALIAS = "delete_alias"
    DELETE_POSTINGS = "delete_postings"
    DELETE_POSTINGS_BY = "delete_postings_by"
    DELETE_CLASS = "delete_class"
    DELETE_CLASSES = "delete_classes"
    DELETE_FACTS = "delete_facts"
    DELETE_SEEN = "delete_seen"
    FORGET_SEEN = "forget_seen"
    PUT_SUBJECT = "put_subject"
    PUT_CLASS = "put_class"
    MOVE_TERM = "move_term"
    PUT_ALIAS = "put_alias"
    PUT_POSTING = "put_posting"
    PUT_FACT = "put_fact"
    PUT_SEEN = "put_seen"
    PUT_CALLER = "put_caller"
    REVOKE_CALLER = "revoke_caller"
    FREEZE_CALLER = "freeze_caller"
    PUT_POLICY = "put_policy"
    SET_POLICY = "set_policy"
    PUT_JOB = "put_job"
    PROVE_CALLER = "prove_caller"
    REWRAP_CLASS = "rewrap_class"
    RENEW_CLASS = "renew_class"
    RENEW_LEAF = "renew_leaf"
    RENEW_REPLAY = "renew_replay"
    ADD_ALIAS = "add_alias"
    DROP_ALIAS = "drop_alias"
    ADD_POSTING = "add_posting"
    DROP_POSTING = "drop_posting"
    PUT_BUILT = "put_built"
    DELETE_BUILT = "delete_built"
    PUT_LOG_KEY = "put_log_key"


CALLER_OPS = frozenset({Op.PUT_CALLER, Op.REVOKE_CALLER, Op.FREEZE_CALLER})
"""Writes that count the table of callers up."""


class Need(Struct, frozen=True, gc=False):
    """What one request wants to read: digests of 32 bytes, a fact's (type, id).

    `subject` (16 bytes) is for the house's own work, which knows a customer by no reference.
    """

    alias: bytes | None = None
    fact: tuple[str, str] | None = None
    replay: bytes | None = None
    subject: bytes | None = None


class Found(Struct, frozen=True, gc=False):
    """What one need found; None for what is not there."""

    snapshot: Snapshot | None = None
    fact: FactRow | None = None
    replay: ReplayRow | None = None


class State(Struct, frozen=True, gc=False):
    """What every process over this store must agree on.

    `policy` is SHA-256 (hex) of the one in force, empty before the first; `callers` counts the
    changes of the list of callers.
    """

    policy: str = ""
    callers: int = 0


class Looked(Struct, frozen=True, gc=False):
    """What each need found, with the store's revision and state when the look began.

    A commit as of the same revision knows that nothing it was prepared on has moved.
    """

    found: list[Found]
    as_of: int
    state: State


class Spend(Struct, frozen=True, gc=False):
    """One customer more of a budget: whose, for what, on which day, and the most there may be.

    `counted` is how many there were when it was prepared.
    """

    day: int
    caller: str
    purpose: str
    subject: bytes
    counted: int
    limit: int

    @property
    def key(self) -> tuple[int, str, str]:
        """The budget it is of."""
        return self.day, self.caller, self.purpose


class Change(Struct):
    """One request's entry and writes, and what must still be true when they are applied.

    Attributes:
        kind: Kind of the ledger entry, public.
        commitment: 32 bytes, the salted commitment to the details.
        subject: 16 bytes; whose ledger DEK sealed the details.
        sealed: The sealed details.
        writes: Statements with their values.
        generation: The generation of `guard` that was read; None guards nothing.
        guard: The subject that must be unchanged.
        fact: (type, id, version) that must be unchanged; version 0 means absent.
        policy: SHA-256 (hex) of the policy that decided; None for changes no policy decides.
        callers: The count of changes to the table of callers that must be unchanged; None guards
            nothing.
        terms: (class, since) of `guard`'s classes that must be unchanged.
        spend: A customer that a budget counts for the first time; it holds while that is so and the
            budget is not used up.
        replay: (digest, request hash, sealed answer, expires ms) of an idempotent request.
        job: (id, version) of a job's row that must be unchanged; version 0 means absent.
    """

    kind: str
    commitment: bytes
    subject: bytes
    sealed: bytes
    writes: tuple[tuple[Op, tuple[Any, ...]], ...] = ()
    guard: bytes | None = None
    generation: int = 0
    fact: tuple[str, str, int] | None = None
    policy: str | None = None
    callers: int | None = None
    terms: tuple[tuple[str, int | None], ...] = ()
    spend: Spend | None = None
    replay: tuple[bytes, bytes, bytes, int] | None = None
    job: tuple[str, int] | None = None


class Committed(Struct, frozen=True, gc=False):
    """Where a change's entry stands: durable before anyone sees this object."""

    position: int
    leaf_hash: bytes
    note: str


class Taken(Struct, frozen=True, gc=False):
    """A unique alias already belongs to another subject; nothing of the change was written."""

    name: str


Outcome = Committed | Taken | None
"""None: stale, read again and prepare anew."""


class Staged(Protocol):
    """A ledger's answer to `stage`: what to write so that the tree grows by the drafts."""

    first: int
    size: int
    time_ms: int
    leaves: list[bytes]
    hashes: list[bytes]
    tiles: list[tuple[int, int, bytes]]
    note: str


class Ledger(Protocol):
    """The right edge of the tree, in memory: pure, so that a store can call it under its lock."""

    @property
    def size(self) -> int:
        """Leaves in the tree."""

    @property
    def note(self) -> str:
        """The signed checkpoint of that tree."""

    def stage(self, drafts: Sequence[Any], now_ms: int, /) -> Any:
        """A `Staged` for these drafts; changes nothing."""

    def accept(self, staged: Any, /) -> None:
        """Moves the edge to what is now durable."""

    def follow(self, leaves: Sequence[bytes], note: str, /) -> None:
        """Moves the edge over leaves that another process appended, to the note it signed.

        Raises:
            IntegrityError: The note is not ours, or not that of a tree with these leaves.
        """


class Store(Postings, Protocol):
    """The one door to rows; `look` and `commit` follow each other, the rest comes at any time.

    `is_exclusive` says that no other process can have it open: what another one held is free.
    """

    is_exclusive: bool

    async def look(self, needs: Sequence[Need]) -> Looked:
        """What each need found, as last committed; the ledger's edge is that of this moment."""

    async def commit(self, changes: Sequence[Change], as_of: int) -> list[Outcome]:
        """Applies the changes, each whole or not at all; durable when it returns."""

    async def refresh(self) -> State:
        """The state as last committed; the ledger's edge follows what others appended."""

    async def facts(self, subject: bytes) -> list[FactRow]:
        """Every fact about one subject."""

    async def open_facts(self, types: Sequence[str], limit: int) -> list[FactRow]:
        """Up to `limit` facts of these types that are open, by type and id."""

    async def callers(self) -> list[CallerRow]:
        """Every caller ever made."""

    async def due(self, before: Sequence[tuple[str, int]], limit: int) -> list[bytes]:
        """Customers with a row of a class that counts from that moment or earlier."""

    async def left(self, classes: Sequence[str], limit: int) -> list[bytes]:
        """Erased customers with a row of another class than these."""

    async def terms(self, before: Sequence[tuple[str, int]]) -> dict[str, tuple[int, int | None]]:
        """By class: how many customers' rows count from that moment or earlier, and the first."""

    async def seen(self, day: int, caller: str, purpose: str) -> set[bytes]:
        """The customers that a caller looked at for a purpose on one day."""

    async def frozen(self, name: str, now_ms: int, limit: int) -> list[FrozenRow]:
        """Customers with a freeze that stands, the first to end first, with a row of a class."""

    async def policy(self, sha256: str) -> tuple[bytes, bytes] | None:
        """(source, proof of 32 bytes) of a policy that was once in force."""

    async def classes(self, subjects: Sequence[bytes], name: str) -> dict[bytes, ClassRow]:
        """One retention class of each subject that still has it."""

    async def jobs(self) -> list[JobRow]:
        """Every job there ever was, the oldest first."""

    async def scan(self, after: tuple[bytes, str], count: int) -> list[tuple[bytes, ClassRow]]:
        """Up to `count` records behind (subject, class), in the order of both."""

    async def count_records(self) -> int:
        """How many records there are, for a job's progress."""

    async def scan_aliases(self, after: bytes, count: int) -> list[tuple[bytes, int]]:
        """Up to `count` (digest, version) of aliases behind a digest, in its order."""

    async def owners(self, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        """Whose each alias is, for those there are."""

    async def scan_replays(self, after: bytes, count: int) -> list[tuple[bytes, bytes]]:
        """Up to `count` (digest, sealed answer) behind a digest, in its order."""

    async def log_keys(self) -> list[tuple[int, str, str]]:
        """(version, vkey, note) of the keys that signed the ledger after the first."""

    async def leaves(self, start: int, count: int) -> list[LeafRow]:
        """Leaves from a position on."""

    async def leaves_of(self, subject: bytes, before: int, count: int) -> list[LeafRow]:
        """Leaves under a subject's key, before a position, the newest first."""

    async def tile(self, level: int, position: int) -> bytes | None:
        """A full tile of 8192 bytes."""

    async def head(self) -> Head:
        """The head of the ledger."""

    async def past_logs(self) -> list[PastLog]:
        """The logs before the present one, the oldest first."""

    async def past_leaves(self, log: int, start: int, count: int) -> list[LeafRow]:
        """Leaves of a past log from a position on."""

    async def past_tile(self, log: int, level: int, position: int) -> bytes | None:
        """A tile of a past log; the last of each level may be partial."""

    async def close(self) -> None:
        """Closes it; nothing may be under way."""


class OpenStore(Protocol):
    """A store while it is opened or inspected, outside an event loop and before it takes commits.

    It is open until `abandon`, or until the store that `attach` gives is closed.
    """

    def installation(self) -> tuple[bytes, str] | None:
        """(id of 16 bytes, origin of the log), or None in a store not yet initialised."""

    def initialise(self, installation: bytes, origin: str, now_ms: int, house: ClassRow) -> None:
        """Writes the rows every store has, once; `house` holds the DEK that is no customer's.

        Raises:
            ConfigError: The store has an identity already.
        """

    def snapshot(self) -> AbstractContextManager[None]:
        """Reads within it see one moment, whatever others append meanwhile."""

    def head_row(self) -> Head:
        """The head of the ledger."""

    def caller_rows(self) -> list[CallerRow]:
        """Every caller ever made."""

    def class_row(self, subject: bytes, name: str) -> ClassRow | None:
        """One retention class of one subject."""

    def leaf_rows(self, start: int, count: int) -> list[LeafRow]:
        """Up to `count` leaves from a position on, in order."""

    def leaf_bytes(self, start: int, count: int) -> list[bytes]:
        """As `leaf_rows`, the public leaves alone."""

    def leaf_count(self, log: int = 0) -> int:
        """Leaves that are stored, whatever the head says; of a past log by its number."""

    def past_log_rows(self) -> list[PastLog]:
        """The logs before the present one, the oldest first."""

    def past_leaf_rows(self, log: int, start: int, count: int) -> list[LeafRow]:
        """Up to `count` leaves of a past log, in order."""

    def past_tile_bytes(self, log: int, level: int, position: int) -> bytes | None:
        """A tile of a past log; the last of each level may be partial."""

    def tile_bytes(self, level: int, position: int) -> bytes | None:
        """A full tile of 8192 bytes."""

    def attach(self, ledger: Ledger) -> Store:
        """The store that takes commits, each leaf appended to this ledger."""

    def abandon(self) -> None:
        """Closes it."""


Clock = Callable[[], int]
"""Milliseconds since the epoch, asked once per commit."""
