"""A store of its own with a real ledger, and changes that a test makes up."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import Awaitable
from typing import Any, Final, Self, TypeVar

from shopward.ledger.edge import Edge, resume
from shopward.ledger.log import Log
from shopward.ledger.merkle import leaf_hash
from shopward.settings import StoreSettings
from shopward.signing import Signer
from shopward.store import Change, ClassRow, Committed, Need, Op, Outcome, Taken
from shopward.store.opening import open_store
from shopward.store.rows import Snapshot

Result = TypeVar("Result")
Write = tuple[Op, tuple[Any, ...]]
ORIGIN: Final = "shop.example/ledger"
START_MS: Final = 1_780_000_000_000
HOUSE_ROW: Final = ClassRow("_house", 1, 1, b"wrapped", b"\x80")


def subject(name: str) -> bytes:
    """A subject's id, 16 bytes."""
    return hashlib.sha256(name.encode()).digest()[:16]


def digest(name: str) -> bytes:
    """An alias's digest, 32 bytes."""
    return hashlib.sha256(b"alias " + name.encode()).digest()


def put_subject(who: str, generation: int = 1, erased_ms: int | None = None) -> Write:
    return Op.PUT_SUBJECT, (subject(who), generation, erased_ms, None)


def put_class(who: str, name: str = "order", content: bytes = b"sealed") -> Write:
    return Op.PUT_CLASS, (subject(who), name, 1, 1, b"wrapped", content, None)


def put_alias(who: str, alias: str, name: str = "email") -> Write:
    return Op.PUT_ALIAS, (digest(alias), subject(who), name, bytes(16), 1)


def put_fact(who: str, identifier: str, version: int = 1, state: str = "open") -> Write:
    return Op.PUT_FACT, ("order", identifier, subject(who), state, None, version)


class Shelf:
    """A store with its ledger, on one event loop and a clock that a test sets."""

    def __init__(self, place: StoreSettings) -> None:
        self.place = place
        self.now_ms = START_MS
        self._numbers = itertools.count()
        self._runner = asyncio.Runner()
        self.open()
        self.commit(self.change((Op.SET_POLICY, ("policy",)), policy=None))

    def open(self) -> None:
        opened = open_store(self.place, lambda: self.now_ms)
        if opened.installation() is None:
            opened.initialise(b"i" * 16, ORIGIN, self.now_ms, HOUSE_ROW)
        head = opened.head_row()

        def hashes(start: int, count: int) -> list[bytes]:
            return [leaf_hash(leaf) for leaf in opened.leaf_bytes(start, count)]

        edge = resume(head.size, head.time_ms, opened.tile_bytes, hashes)
        self.log = Log(Signer(ORIGIN, b"s" * 32), ORIGIN, edge if head.size else Edge.empty())
        self.store: Any = opened.attach(self.log)

    def reopen(self) -> None:
        self.run(self.store.close())
        self.open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self.store.close())
        self._runner.close()

    def run(self, awaitable: Awaitable[Result]) -> Result:
        async def wait() -> Result:
            return await awaitable

        return self._runner.run(wait())

    def change(
        self,
        *writes: Write,
        policy: str | None = "policy",
        guard: tuple[str, int] | None = None,
        fact: tuple[str, int] | None = None,
        key: str | None = None,
    ) -> Change:
        """A change with an entry of its own; `key` is an idempotency key, kept for an hour."""
        made = Change("record:stored", digest(f"c{next(self._numbers)}"), bytes(16), b"", writes)
        made.policy = policy
        if guard is not None:
            made.guard, made.generation = subject(guard[0]), guard[1]
        if fact is not None:
            made.fact = ("order", *fact)
        if key is not None:
            made.replay = (digest(key), bytes(32), b"answer", self.now_ms + 3_600_000)
        return made

    def commit(self, *changes: Change, as_of: int = -1) -> list[Outcome]:
        """As prepared on an earlier state, unless `as_of` says otherwise."""
        return self.run(self.store.commit(changes, as_of))

    def stored(self, who: str, alias: str, **more: Any) -> Change:
        """The change that stores a new customer."""
        return self.change(put_subject(who), put_class(who), put_alias(who, alias), **more)

    def found(self, alias: str) -> Snapshot | None:
        return self.run(self.store.look([Need(alias=digest(alias))])).found[0].snapshot

    def leaf_bytes(self, start: int = 0, count: int = 10_000) -> list[bytes]:
        return [row.leaf for row in self.run(self.store.leaves(start, count))]

    def leaves(self) -> int:
        return len(self.leaf_bytes())

    def class_row(self, who: str, name: str = "order") -> ClassRow | None:
        return self.run(self.store.classes([subject(who)], name)).get(subject(who))


def told(outcomes: list[Outcome]) -> list[str]:
    """The outcomes in a word each."""
    return [
        "committed"
        if isinstance(one, Committed)
        else "taken"
        if isinstance(one, Taken)
        else "stale"
        for one in outcomes
    ]
