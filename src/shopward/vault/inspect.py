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
from shopward.store import HOUSE, OpenStore
from shopward.store.opening import is_there, open_store
from shopward.vault.custodian import Custodian
from shopward.vault.details import LEDGER_CLASS, open_
from shopward.vault.keyring import Keyring
from shopward.vault.opening import HOUSE_CLASS


class StoredLedger:
    """A `LedgerReader` over a store that nobody else has open; `progress` hears how far it is."""

    def __init__(self, store: OpenStore, keyring: Keyring, installation: bytes) -> None:
        self._store = store
        self._keyring = keyring
        self._installation = installation
        self.progress: Callable[[int], object] = lambda _done: None

    @property
    def size(self) -> int:
        """Leaves that are stored, whatever the head says."""
        return self._store.leaf_count()

    @property
    def note(self) -> str:
        """The stored checkpoint."""
        return self._store.head_row().note

    def leaves(self, start: int, count: int) -> Sequence[bytes]:
        """Leaves from a position on."""
        self.progress(start + count)
        return self._store.leaf_bytes(start, count)

    def tile(self, level: int, index: int) -> bytes | None:
        """A full tile of 8192 bytes."""
        return self._store.tile_bytes(level, index)

    def details(self, start: int, count: int) -> Sequence[Opened | None]:
        """What the leaves commit to, where a key is left."""
        rows = self._store.leaf_rows(start, count)
        return [self._open(row.leaf, row.subject, row.sealed) for row in rows]

    def _open(self, leaf: bytes, subject: bytes, sealed: bytes) -> Opened | None:
        name = HOUSE_CLASS if subject == HOUSE else LEDGER_CLASS
        key = self._store.class_row(subject, name)
        if key is None:
            return UNOPENABLE if subject == HOUSE else None
        try:
            dek = self._keyring.dek(subject, key.name, key.version, key.epoch, key.wrapped)
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
