"""The rows of a store as values: what was committed at one moment."""

from __future__ import annotations

from msgspec import Struct


class ClassRow(Struct, frozen=True, gc=False):
    """The sealed fields of one subject in one retention class, under one DEK.

    `since_ms` is the day its term counts from, None while it does not count.
    """

    name: str
    version: int
    epoch: int
    wrapped: bytes
    body: bytes
    since_ms: int | None = None


class Snapshot(Struct, frozen=True, gc=False):
    """A subject as committed at one moment. `erased_ms` is None while it lives.

    `name`, `proof` (16 bytes) and `version` are those of the alias by which it was found, `freeze`
    is JSON.
    `over` are rows past their date, which nobody may open; a store never puts any there.
    """

    subject: bytes
    generation: int
    erased_ms: int | None
    classes: dict[str, ClassRow]
    name: str = ""
    proof: bytes = b""
    freeze: str | None = None
    over: dict[str, ClassRow] = {}
    version: int = 0


class PostingRow(Struct, frozen=True, gc=False):
    """A customer may be found by this digest of 16 bytes; `name` is the index it belongs to."""

    digest: bytes
    subject: bytes
    name: str
    version: int


class Matching(Struct, frozen=True, gc=False):
    """Who has all digests, in order; `last` is where to go on, None at the end."""

    subjects: list[bytes]
    last: bytes | None


class FactRow(Struct, frozen=True, gc=False):
    """A fact as stored; `state` is open or closed, `version` counts from 1."""

    type: str
    id: str
    subject: bytes
    state: str
    expires_ms: int | None
    version: int


class ReplayRow(Struct, frozen=True, gc=False):
    """What an idempotency key answered before; `sealed` opens under the house DEK."""

    request: bytes
    position: int
    sealed: bytes


class CallerRow(Struct, frozen=True, gc=False):
    """`secret_hash` is SHA-256 of 32 random bytes; the credential itself is not kept.

    `proof` (32 bytes) is made of all the rest with a key outside the database, `freeze` is JSON.
    """

    id: str
    name: str
    role: str
    assurance: int
    clauses: tuple[str, ...]
    secret_hash: bytes
    created_ms: int
    revoked_ms: int | None = None
    freeze: str | None = None
    proof: bytes = b""


class JobRow(Struct, frozen=True, gc=False):
    """Long work of the data plane; its members in this order are the values of `Op.PUT_JOB`.

    `id` is the name and a number; `argument` and `cursor` are texts that the work itself reads;
    `state` is one of `waiting`, `running`, `done`, `failed`, `cancelled`; `done` of `total` is
    progress for a person, and `note` says why it ended. `holder` names the process that works on
    it until `lease_ms`; `version` counts from 1 with every write of the row.
    """

    id: str
    name: str
    argument: str
    state: str
    cursor: str
    done: int
    total: int
    note: str
    started_ms: int
    updated_ms: int
    finished_ms: int | None
    holder: str
    lease_ms: int
    version: int


class FrozenRow(Struct, frozen=True, gc=False):
    """A customer with a freeze, and the class whose DEK seals its token."""

    subject: bytes
    freeze: str
    ledger: ClassRow


class LeafRow(Struct, frozen=True, gc=False):
    """A leaf with its sealed details, and whose key opens them."""

    position: int
    leaf: bytes
    subject: bytes
    sealed: bytes


class PastLog(Struct, frozen=True, gc=False):
    """A log that a restore ended: numbered from 1, its size and its last signed checkpoint."""

    number: int
    origin: str
    size: int
    note: str


class Head(Struct, frozen=True, gc=False):
    """The ledger's head as stored. `note` is the signed checkpoint."""

    size: int
    time_ms: int
    note: str
    policy: str
    callers: int
