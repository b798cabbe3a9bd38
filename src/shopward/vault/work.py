"""What long work of the data plane is: a plan, and small steps that are each a `Change`.

A job reads what it needs, prepares one batch and hands it back; the runner (`jobs`) commits the
batch's writes, its entry and the job's new cursor in one transaction. A kill at any moment leaves
the last committed step, and the next start goes on behind it.

- A step must be harmless when it is prepared twice: only one of them is committed.
- Nothing is known between two steps but `JobRow.cursor`; what a step read may have moved by the
  time it is written, so its writes are conditional (`Op.REWRAP_CLASS` and its like).
- A cursor, a note and what an entry says hold no value of a customer.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from shopward.events import Kind
from shopward.store import JobRow, Op
from shopward.vault.operation import Operation
from shopward.vault.service import Vault

Write = tuple[Op, tuple[Any, ...]]


class Step(Struct, frozen=True):
    """One batch, to be committed: its entry, its writes, and where the next one begins.

    `done` is how much it adds to the job's progress; `total` replaces the job's when it is given.
    `operations` are settled before it, each with guards and an entry of its own; each that succeeds
    is one done more. They must be harmless when they were settled before.
    """

    kind: Kind
    about: str
    cursor: str
    writes: tuple[Write, ...] = ()
    done: int = 0
    total: int | None = None
    operations: tuple[Operation, ...] = ()


class Pause(Struct, frozen=True):
    """Nothing to commit now: look again after this many seconds, at most 30."""

    seconds: float


class Finished(Struct, frozen=True):
    """All is done; `note` says so to a person in a few words."""

    note: str = ""


class Work(Protocol):
    """One kind of long work. Its object is kept, but a restart forgets it: keep nothing in it.

    `name` is a slug, in the list of jobs and never re-used; `about` a sentence for a person.
    """

    name: str
    about: str

    async def plan(self, vault: Vault, argument: str) -> int:
        """How much there is to do, for the progress; refuses an argument that makes no sense.

        Raises:
            InvalidError: The argument.
            ConflictError: It cannot be done now.
        """
        ...

    async def step(self, vault: Vault, row: JobRow, now: datetime) -> Step | Pause | Finished:
        """The next batch: a few milliseconds of work.

        Raises:
            UnavailableError: It is tried again.
            ShopwardError: Ends the job as failed; the error's code is its note.
        """
        ...
