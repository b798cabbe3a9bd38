"""Keeps the erasure journal in step with the ledger: what must never come back is in both.

`keep` writes what was just committed, before it is acknowledged; `reconcile` writes at start what
a killed process committed and could not write any more. Nothing else is asked of a request: one
that erases nothing costs nothing.

- What cannot be written now is not acknowledged; it is kept here and written as soon as it can.
- A store that is shorter than the journal has seen it is an old copy put back by hand: it does not
  open, for erased customers would be in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final

import msgspec

from shopward.clock import to_ms
from shopward.errors import IntegrityError, ShopwardError, UnavailableError
from shopward.events import Kind
from shopward.ledger.checkpoint import open_checkpoint
from shopward.ledger.entry import parse_leaf
from shopward.ledger.merkle import leaf_hash
from shopward.store import Committed, LeafRow, Need
from shopward.vault.details import Details
from shopward.vault.journal import Erased, Frozen, Journal, Line, Revoked, Seen, Standing, Told
from shopward.vault.ledger_keys import verifiers
from shopward.vault.operation import Lasting
from shopward.vault.service import Vault

TOLD: Final = {
    Kind.RECORD_ERASED,
    Kind.CALLER_REVOKED,
    Kind.SUBJECT_FROZEN,
    Kind.SUBJECT_THAWED,
    Kind.CALLER_FROZEN,
    Kind.CALLER_THAWED,
}
PAGE: Final = 1000


class Keeper:
    """One vault and its journal. `due` are lines that could not be written yet."""

    def __init__(self, vault: Vault, journal: Journal) -> None:
        self.due: list[Line] = []
        self.unread = 0
        self._vault = vault
        self._journal = journal
        self._turn = asyncio.Lock()
        self._size = 0

    async def keep(self, kept: Sequence[tuple[Lasting, Committed]]) -> ShopwardError | None:
        """Writes what was committed; why it may not be acknowledged yet, or None.

        Erasures of one group share one wait for the disk.
        """
        at_ms = to_ms(self._vault.moment())
        self.due += [Line(at_ms, self._line(lasting, entry)) for lasting, entry in kept]
        try:
            await self.retry()
        except ShopwardError as error:
            return _not_acknowledged(error)
        return None

    async def retry(self) -> None:
        """Writes what is due.

        Raises:
            UnavailableError: It still cannot be written.
        """
        async with self._turn:
            if due := tuple(self.due):
                await asyncio.to_thread(self._journal.append, due)
                del self.due[: len(due)]

    async def standing(self) -> Standing:
        """Where the journal stands.

        Raises:
            JournalError: It was altered.
        """
        return await asyncio.to_thread(self._journal.standing)

    async def reconcile(self) -> None:
        """Brings the journal up to the ledger's present end; makes it when there is none.

        Raises:
            IntegrityError: The store is older than the journal.
            JournalError: The journal was altered, or is another installation's.
            UnavailableError: It cannot be written.
        """
        vault = self._vault
        await asyncio.to_thread(self._journal.create, to_ms(vault.moment()))
        lines = [line.what for line, _ in await asyncio.to_thread(self._journal.read)]
        await vault.store.refresh()
        head = vault.log.head
        start = self._seen(what for what in lines if isinstance(what, Seen))
        if start > head.edge.size:
            raise IntegrityError(
                "The store is older than its erasure journal.",
                hint="An old copy was put back. Use `shopward restore` with a backup, which erases "
                "again what was erased since; docs/operations/backup.md.",
                reason="store-older-than-journal",
            )
        known = {(one.origin, one.index) for one in lines if isinstance(one, Told)}
        for first in range(start, head.edge.size, PAGE):
            count = min(PAGE, head.edge.size - first)
            for row in await vault.store.leaves(first, count):
                if (vault.log.origin, row.position) not in known:
                    await self._make_up(row)
        await self.retry()
        self._size = start
        await self._see()

    async def close(self) -> None:
        """Notes how far the ledger is in the journal, once nothing more is committed.

        What cannot be written is made up for at the next start, and so is what other processes
        over the same store have still to write: they are not spoken for.
        """
        with suppress(UnavailableError):
            await self.retry()
            if self._vault.store.is_exclusive:
                await self._see()

    async def _see(self) -> None:
        head = self._vault.log.head
        if head.edge.size > self._size:
            line = Line(to_ms(self._vault.moment()), Seen(head.note))
            await asyncio.to_thread(self._journal.append, (line,))
            self._size = head.edge.size

    def _seen(self, seen: Iterable[Seen]) -> int:
        """How many entries of the present log the journal has seen."""
        log = self._vault.log
        keys, size = verifiers(self._vault.keyring.custodian, log.origin), 0
        for one in seen:
            try:
                size = max(size, open_checkpoint(one.checkpoint, *keys).size)
            except IntegrityError:
                continue  # of a log before this one
        return size

    async def _make_up(self, row: LeafRow) -> None:
        """The line of an entry that was committed and not written, if it needs one."""
        leaf = parse_leaf(row.leaf)
        if leaf.kind not in TOLD:
            return
        (opened,) = await self._vault.open_entries([row])
        if opened is None or not opened.opens(leaf):
            self.unread += 1
            return
        lasting = await self._lasting(leaf.kind, msgspec.json.decode(opened.details, type=Details))
        if lasting is None:
            self.unread += 1
            return
        entry = Committed(row.position, leaf_hash(row.leaf), "")
        self.due.append(Line(leaf.time_ms, self._line(lasting, entry)))

    async def _lasting(self, kind: str, details: Details) -> Lasting | None:
        """What an entry did, as the rows show it now."""
        if kind in {Kind.CALLER_REVOKED, Kind.CALLER_FROZEN, Kind.CALLER_THAWED}:
            caller = (details.about or "").partition(" ")[0]
            if kind == Kind.CALLER_REVOKED:
                return Lasting("revoked", caller=caller)
            rows = [one for one in await self._vault.store.callers() if one.id == caller]
            return Lasting("frozen", caller=caller, freeze=rows[0].freeze) if rows else None
        alias = self._vault.token_digest("#token", details.subject or "")
        snapshot = (await self._vault.store.look([Need(alias)])).found[0].snapshot
        if snapshot is None:
            return None
        if kind != Kind.RECORD_ERASED:
            return Lasting("frozen", snapshot.subject, freeze=snapshot.freeze)
        classes = None if snapshot.erased_ms else details.classes
        stays = tuple(one.partition(" ")[0] for one in details.stays) if classes is None else ()
        return Lasting("erased", snapshot.subject, classes=classes, stays=stays)

    def _line(self, lasting: Lasting, entry: Committed) -> Told:
        place = (self._vault.log.origin, entry.position, entry.leaf_hash.hex())
        subject = lasting.subject.hex()
        if lasting.what == "revoked":
            return Revoked(*place, lasting.caller or "")
        if lasting.what == "frozen":
            named = None if lasting.caller else subject
            return Frozen(*place, named, lasting.caller, lasting.freeze)
        return Erased(*place, subject, lasting.classes, lasting.stays)


def _not_acknowledged(error: ShopwardError) -> UnavailableError:
    """What the caller is told whose erasure is done and not yet in the journal."""
    return UnavailableError(
        "It is done and entered, but not yet in the erasure journal.",
        hint=f"Do not repeat it; it is written by itself. {error.hint}",
        reason="journal",
    )
