"""The ledger of a store as it lies there, damaged or not, for `ledger verify`.

A store whose ledger does not hold refuses to serve; this opens it all the same, to be looked at.
It appends nothing, and needs the keystore only to open details.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

from shopward.errors import ConfigError, ShopwardError
from shopward.ledger.entry import parse_leaf
from shopward.ledger.reader import UNOPENABLE, Opened
from shopward.settings import StoreSettings
from shopward.store import HOUSE, LeafRow, OpenStore, PastLog
from shopward.store.opening import is_there, open_store
from shopward.vault.custodian import Custodian
from shopward.vault.details import LEDGER_CLASS, open_
from shopward.vault.keyring import Keyring
from shopward.vault.ledger_keys import HOUSE_CLASS, opening_key


class StoredLedger:
    """A `LedgerReader` over a store that nobody else has open; `progress` hears how far it is."""

    def __init__(
        self,
        store: OpenStore,
        keyring: Keyring,
        installation: bytes,
        past: PastLog | None = None,
    ) -> None:
        self._past = past
        self._store = store
        self._keyring = keyring
        self._installation = installation
        self.progress: Callable[[int], object] = lambda _done: None

    @property
    def origin(self) -> str:
        """The log's name."""
        if self._past is not None:
            return self._past.origin
        known = self._store.installation()
        return known[1] if known else ""

    @property
    def size(self) -> int:
        """Leaves that are stored, whatever the head says."""
        return self._store.leaf_count(self._past.number if self._past else 0)

    @property
    def note(self) -> str:
        """The stored checkpoint."""
        return self._past.note if self._past else self._store.head_row().note

    def leaves(self, start: int, count: int) -> Sequence[bytes]:
        """Leaves from a position on."""
        self.progress(start + count)
        return [row.leaf for row in self._rows(start, count)]

    def tile(self, level: int, index: int) -> bytes | None:
        """A full tile of 8192 bytes."""
        if self._past is not None:
            return self._store.past_tile_bytes(self._past.number, level, index)
        return self._store.tile_bytes(level, index)

    def keys(self) -> str | None:
        """None: the keys a log had are told by a running data plane."""
        return None

    def details(self, start: int, count: int) -> Sequence[Opened | None]:
        """What the leaves commit to, where a key is left."""
        return [self._open(row.leaf, row.subject, row.sealed) for row in self._rows(start, count)]

    def pasts(self) -> list[tuple[str, StoredLedger]]:
        """(name, reader) of the logs before this one, the oldest first."""
        return [
            (past.origin, StoredLedger(self._store, self._keyring, self._installation, past))
            for past in self._store.past_log_rows()
        ]

    def _rows(self, start: int, count: int) -> list[LeafRow]:
        if self._past is not None:
            return self._store.past_leaf_rows(self._past.number, start, count)
        return self._store.leaf_rows(start, count)

    def _open(self, leaf: bytes, subject: bytes, sealed: bytes) -> Opened | None:
        name = HOUSE_CLASS if subject == HOUSE else LEDGER_CLASS
        key = self._store.class_row(subject, name)
        if key is None:
            return UNOPENABLE if subject == HOUSE else None
        try:
            dek = opening_key(self._keyring, subject, key, sealed)
            promise = parse_leaf(leaf).commitment
            return Opened(*open_(dek, self._installation, subject, promise, sealed))
        except ShopwardError:
            return UNOPENABLE


@contextlib.contextmanager
def inspecting(settings: StoreSettings, custodian: Custodian) -> Iterator[StoredLedger]:
    """The ledger of a store as it is now; a SQLite file only while no data plane has it open.

    Raises:
        UnavailableError: One has, or PostgreSQL does not answer.
        ConfigError: There is no initialised store there.
    """
    if not is_there(settings):
        raise ConfigError("There is no store where the settings say.", field="store.path")
    store = open_store(settings, lambda: 0)
    try:
        known = store.installation()
        if known is None:
            raise ConfigError("The store was never initialised.", field="store.path")
        with store.snapshot():
            yield StoredLedger(store, Keyring(custodian, known[0]), known[0])
    finally:
        store.abandon()
