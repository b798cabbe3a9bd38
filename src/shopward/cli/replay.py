"""A log read over the client, in the shape that `ledger.verify` and `ledger.tail` need.

One snapshot: the size is that of the checkpoint fetched first, whatever is appended meanwhile.
Nothing is trusted or verified here; what is malformed counts as missing or altered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from shopward.errors import IntegrityError
from shopward.ledger.checkpoint import parse_checkpoint
from shopward.ledger.reader import UNOPENABLE, Opened
from shopward.signing import decode_base64

if TYPE_CHECKING:
    from shopward_client import Client, EntryRow
    from shopward_client.answers import PastLog

PAGE = 768
"""Entries a request: at most 1,000, and three tiles, so that replaying a tile asks once."""


class RemoteLog:
    """A `LedgerReader` over HTTP; holds one page of entries at a time.

    Args:
        client: Asks as somebody who may audit.
        progress: Called with the number of entries read so far.
        past: A past log, to be read instead of the present one.
    """

    def __init__(
        self,
        client: Client,
        progress: Callable[[int], object] = lambda _done: None,
        past: PastLog | None = None,
    ) -> None:
        self._client = client
        self._log = past.number if past else 0
        self.progress = progress
        self._asked = range(0)
        self._page: dict[int, EntryRow] = {}
        self.note = past.checkpoint if past else client.checkpoint()
        self.size = size_of(self.note)

    def leaves(self, start: int, count: int) -> Sequence[bytes]:
        """The leaves from `start` on; a missing one is empty, so that those after it keep place."""
        return [_leaf(row) for row in self._rows(start, count)]

    def details(self, start: int, count: int) -> Sequence[Opened | None]:
        """What the leaves commit to, aligned with `leaves`."""
        return [_opened(row) for row in self._rows(start, count)]

    def tile(self, level: int, index: int) -> bytes | None:
        """A full tile; None when the log does not have it."""
        from shopward_client import NotFoundError, UnexpectedAnswerError

        try:
            return self._client.tile(level, index, log=self._log)
        except (NotFoundError, UnexpectedAnswerError):
            return None

    def pasts(self) -> list[tuple[str, RemoteLog]]:
        """(name, reader) of the logs before this one, the oldest first."""
        logs = self._client.past_logs()
        return [(past.origin, RemoteLog(self._client, past=past)) for past in logs]

    def keys(self) -> str | None:
        """The document of the log's keys; None when it gives none out."""
        from shopward_client import ShopwardError

        try:
            return self._client.log_keys()
        except ShopwardError:
            return None

    def entries(self, start: int, count: int) -> Sequence[EntryRow]:
        """The entries from `start` on, at most `count`, without those that are missing."""
        return [row for row in self._rows(start, count) if row]

    def _rows(self, start: int, count: int) -> list[EntryRow | None]:
        wanted = range(start, min(start + count, self.size))
        rows = [self._row(index) for index in wanted]
        self.progress(wanted.stop)
        return rows

    def _row(self, index: int) -> EntryRow | None:
        if index not in self._asked:
            self._asked = range(index, min(index + PAGE, self.size))
            page = self._client.entries(index, len(self._asked), self._log).entries
            self._page = {row.index: row for row in page}
        return self._page.get(index)


def size_of(note: str) -> int:
    """The size a checkpoint names, unverified; 0 when it names none."""
    try:
        return parse_checkpoint(note.partition("\n\n")[0] + "\n").size
    except IntegrityError:
        return 0


def _leaf(row: EntryRow | None) -> bytes:
    try:
        return decode_base64(row.leaf, "a leaf") if row else b""
    except IntegrityError:
        return b""


def _opened(row: EntryRow | None) -> Opened | None:
    if row is not None and row.is_damaged:
        return UNOPENABLE
    if row is None or row.details is None:
        return None
    try:
        return Opened(decode_base64(row.salt or "", "a salt"), row.details.encode())
    except IntegrityError:
        return UNOPENABLE
